import { clusterApiGroup, clusterApiVersion } from '../../../api/cluster-api.js'

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const

const reference = {
  type: 'object',
  required: ['apiGroup', 'kind', 'name'],
  properties: { apiGroup: { ...text, minLength: 1 }, kind: { ...text, minLength: 1 }, name: { ...text, minLength: 1 } },
} as const

const conditions = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: {
    type: 'object',
    required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
    properties: {
      type: text,
      status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
      observedGeneration: { type: 'integer', minimum: 0 },
      lastTransitionTime: { type: 'string', format: 'date-time' },
      reason: text,
      message: text,
    },
  },
} as const

const clusterSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        paused: flag,
        controlPlaneEndpoint: {
          type: 'object',
          properties: { host: { ...text, maxLength: 512 }, port: { type: 'integer', minimum: 1, maximum: 65535 } },
        },
        clusterNetwork: open,
        infrastructureRef: reference,
        controlPlaneRef: reference,
      },
    },
    status: {
      type: 'object',
      properties: {
        initialization: {
          type: 'object',
          properties: { infrastructureProvisioned: flag, controlPlaneInitialized: flag },
        },
        failureDomains: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: text,
              controlPlane: flag,
              attributes: { type: 'object', additionalProperties: text },
            },
          },
        },
        phase: text,
        conditions,
      },
    },
  },
} as const

const machineSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['clusterName', 'infrastructureRef'],
      properties: {
        clusterName: { ...text, minLength: 1 },
        bootstrap: { type: 'object', properties: { dataSecretName: text, configRef: reference } },
        infrastructureRef: reference,
        version: text,
        providerID: { ...text, maxLength: 512 },
        failureDomain: { ...text, maxLength: 256 },
      },
    },
    status: {
      type: 'object',
      properties: {
        initialization: {
          type: 'object',
          properties: { infrastructureProvisioned: flag, bootstrapDataSecretCreated: flag },
        },
        nodeRef: { type: 'object', required: ['name'], properties: { name: text } },
        addresses: {
          type: 'array',
          'x-kubernetes-list-type': 'atomic',
          items: { type: 'object', required: ['type', 'address'], properties: { type: text, address: text } },
        },
        failureDomain: text,
        phase: text,
        conditions,
      },
    },
  },
} as const

const crd = (kind: string, shortNames: string[], schema: object, columns: object[]) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${kind.toLowerCase()}s.${clusterApiGroup}`,
    labels: { [`${clusterApiGroup}/v1beta2`]: clusterApiVersion },
    annotations: {
      'katametal.lab/note':
        'Minimal schema of the core stand-in of the katametal lab; not the CRD of the Cluster API project.',
    },
  },
  spec: {
    group: clusterApiGroup,
    scope: 'Namespaced',
    names: {
      kind,
      listKind: `${kind}List`,
      plural: `${kind.toLowerCase()}s`,
      singular: kind.toLowerCase(),
      shortNames,
      categories: ['cluster-api'],
    },
    versions: [
      {
        name: clusterApiVersion,
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: columns,
        schema: { openAPIV3Schema: schema },
      },
    ],
  },
})

const phase = { name: 'Phase', type: 'string', jsonPath: '.status.phase' }
const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

/** CRDs of Cluster and Machine with the fields that the stand-in and katametal use, and no others. */
export const clusterApiCrds = [
  crd('Cluster', ['cl'], clusterSchema, [
    { name: 'Infrastructure', type: 'boolean', jsonPath: '.status.initialization.infrastructureProvisioned' },
    { name: 'ControlPlane', type: 'boolean', jsonPath: '.status.initialization.controlPlaneInitialized' },
    phase,
    age,
  ]),
  crd('Machine', ['ma'], machineSchema, [
    { name: 'Cluster', type: 'string', jsonPath: '.spec.clusterName' },
    { name: 'Node', type: 'string', jsonPath: '.status.nodeRef.name' },
    { name: 'ProviderID', type: 'string', jsonPath: '.spec.providerID', priority: 1 },
    phase,
    age,
  ]),
]
