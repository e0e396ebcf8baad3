/** CRDs of the IPAM kinds of Cluster API with the fields that katametal uses, written for tests. */
const crd = (kind: string, plural: string, properties: object) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.ipam.cluster.x-k8s.io` },
  spec: {
    group: 'ipam.cluster.x-k8s.io',
    scope: 'Namespaced',
    names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: 'v1beta2',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', properties } },
      },
    ],
  },
})

const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const

export const ipamCrds = [
  crd('IPAddressClaim', 'ipaddressclaims', { spec: open, status: open }),
  crd('IPAddress', 'ipaddresses', { spec: open }),
]
