import type { KudProfileSpec } from '../../api/kud/kud-profile.js'
import type { TenantPolicy } from '../../api/kud/tenant-policy.js'
import type { KubeObject } from '../../api/meta.js'
import { managedByUs } from './labels.js'

/** Name of each object that katametal keeps in the namespace of a tenant. */
export const tenantObjectName = 'katametal-tenant'

/** An object of the workload cluster; what is in it depends on its kind. */
export type Rendered = KubeObject & Readonly<Record<string, unknown>>

/**
 * The admission policies that hold tenants to Kata, and their bindings (admissionregistration.k8s.io/v1). They look at
 * pods of namespaces with the tenant label only: everybody else stays on runc. Empty when the profile has no tenants.
 */
export const tenantAdmission = ({ tenants, kata }: KudProfileSpec): Rendered[] => {
  if (tenants === undefined) return []
  return [
    ...policy('katametal-tenant-runtime', tenants, creation, runtimeRules(tenants)),
    ...policy('katametal-tenant-isolation', tenants, creationAndDebugging, isolationRules(tenants, kata.annotations)),
  ]
}

/** What one namespace of a tenant gets: limits that size its VMs, a quota, and a network closed until opened. */
export const tenantNamespaceObjects = (policy: TenantPolicy, namespace: string): Rendered[] => [
  limitRange(policy, namespace),
  resourceQuota(policy, namespace),
  ...(policy.networkPolicy === 'DefaultDeny' ? [denyAll(namespace), allowNameLookup(namespace)] : []),
]

/** The label that makes a namespace one of a tenant. */
export const isTenantNamespace = ({ metadata }: KubeObject, policy: Pick<TenantPolicy, 'namespaceLabel'>): boolean =>
  Object.hasOwn(metadata.labels ?? {}, policy.namespaceLabel)

interface Rule {
  readonly expression: string
  readonly message: string
}

const creation = [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }]
/** A container for debugging may be added to a running pod and has a security context of its own. */
const creationAndDebugging = [
  ...creation,
  { apiGroups: [''], apiVersions: ['v1'], resources: ['pods/ephemeralcontainers'], operations: ['UPDATE'] },
]

const policy = (
  name: string,
  { namespaceLabel, enforcement }: TenantPolicy,
  resourceRules: readonly object[],
  validations: readonly Rule[],
): Rendered[] => [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name, labels: { ...managedByUs } },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: { matchExpressions: [{ key: namespaceLabel, operator: 'Exists' }] },
        resourceRules,
      },
      validations: validations.map(rule => ({ ...rule, reason: 'Forbidden' })),
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name, labels: { ...managedByUs } },
    spec: { policyName: name, validationActions: [enforcement] },
  },
]

const runtimeRules = ({ runtimeClassName }: TenantPolicy): Rule[] => [
  {
    expression: `has(object.spec.runtimeClassName) && object.spec.runtimeClassName == ${text(runtimeClassName)}`,
    message: `pods of this namespace run in a VM: set runtimeClassName to ${runtimeClassName}`,
  },
]

const containers = ['containers', 'initContainers', 'ephemeralContainers'] as const

const isolationRules = ({ allowHostPath }: TenantPolicy, annotations: readonly string[]): Rule[] => [
  {
    expression: (['hostNetwork', 'hostPID', 'hostIPC'] as const)
      .map(field => `(!has(object.spec.${field}) || !object.spec.${field})`)
      .join(' && '),
    message: 'hostNetwork, hostPID and hostIPC are not for tenants',
  },
  ...(allowHostPath
    ? []
    : [
        {
          expression: '!has(object.spec.volumes) || object.spec.volumes.all(volume, !has(volume.hostPath))',
          message: 'volumes of type hostPath are not for tenants',
        },
      ]),
  {
    expression: containers
      .map(
        list =>
          `(!has(object.spec.${list}) || object.spec.${list}.all(container, !has(container.securityContext) || !has(container.securityContext.privileged) || !container.securityContext.privileged))`,
      )
      .join(' && '),
    message: 'privileged containers are not for tenants',
  },
  {
    expression: `!has(object.metadata.annotations) || object.metadata.annotations.all(name, !name.startsWith('io.katacontainers.') || name in [${annotations.map(text).join(', ')}])`,
    message: `annotations below io.katacontainers. change the VM and are not for tenants${annotations.length === 0 ? '' : `, but for ${annotations.join(', ')}`}`,
  },
]

/** A string literal of CEL. */
const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

const object = (apiVersion: string, kind: string, name: string, namespace: string, spec: object): Rendered => ({
  apiVersion,
  kind,
  metadata: { name, namespace, labels: { ...managedByUs } },
  spec,
})

/** A CPU limit without a memory limit would make Kata's VM too small to start, so both have a default. */
const limitRange = ({ defaultLimits }: TenantPolicy, namespace: string): Rendered =>
  object('v1', 'LimitRange', tenantObjectName, namespace, {
    limits: [{ type: 'Container', default: { cpu: defaultLimits.cpu, memory: defaultLimits.memory } }],
  })

const resourceQuota = ({ quota }: TenantPolicy, namespace: string): Rendered =>
  object('v1', 'ResourceQuota', tenantObjectName, namespace, {
    hard: { 'limits.cpu': quota.cpu, 'limits.memory': quota.memory, pods: String(quota.pods) },
  })

const denyAll = (namespace: string): Rendered =>
  object('networking.k8s.io/v1', 'NetworkPolicy', tenantObjectName, namespace, {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
  })

const allowNameLookup = (namespace: string): Rendered =>
  object('networking.k8s.io/v1', 'NetworkPolicy', `${tenantObjectName}-dns`, namespace, {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          },
        ],
        ports: (['UDP', 'TCP'] as const).map(protocol => ({ protocol, port: 53 })),
      },
    ],
  })
