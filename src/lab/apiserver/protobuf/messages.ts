/** How a field of a message is read into JSON. A name stands for another message of the table. */
export interface FieldType {
  readonly name: string
  readonly type: string
  readonly repeated?: boolean
}

export type Message = Readonly<Record<number, FieldType>>

const one = (name: string, type = 'string'): FieldType => ({ name, type })
const many = (name: string, type = 'string'): FieldType => ({ name, type, repeated: true })

const metadata = one('metadata', 'ObjectMeta')

/**
 * Field numbers of the messages that kubectl's typed clients send, from the generated.proto files of k8s.io/api and
 * k8s.io/apimachinery. Kinds that are not listed have to come as JSON.
 */
export const messages: Readonly<Record<string, Message>> = {
  Unknown: { 1: one('typeMeta', 'TypeMeta'), 2: one('raw', 'bytes'), 3: one('contentEncoding'), 4: one('contentType') },
  TypeMeta: { 1: one('apiVersion'), 2: one('kind') },
  ObjectMeta: {
    1: one('name'),
    2: one('generateName'),
    3: one('namespace'),
    5: one('uid'),
    6: one('resourceVersion'),
    7: one('generation', 'int'),
    8: one('creationTimestamp', 'time'),
    9: one('deletionTimestamp', 'time'),
    10: one('deletionGracePeriodSeconds', 'int'),
    11: one('labels', 'map:string'),
    12: one('annotations', 'map:string'),
    13: many('ownerReferences', 'OwnerReference'),
    14: many('finalizers'),
  },
  OwnerReference: {
    1: one('kind'),
    3: one('name'),
    4: one('uid'),
    5: one('apiVersion'),
    6: one('controller', 'bool'),
    7: one('blockOwnerDeletion', 'bool'),
  },
  DeleteOptions: {
    1: one('gracePeriodSeconds', 'int'),
    2: one('preconditions', 'Preconditions'),
    3: one('orphanDependents', 'bool'),
    4: one('propagationPolicy'),
    5: many('dryRun'),
  },
  Preconditions: { 1: one('uid'), 2: one('resourceVersion') },
  Namespace: { 1: metadata },
  Secret: {
    1: metadata,
    2: one('data', 'map:base64'),
    3: one('type'),
    4: one('stringData', 'map:string'),
    5: one('immutable', 'bool'),
  },
  ConfigMap: {
    1: metadata,
    2: one('data', 'map:string'),
    3: one('binaryData', 'map:base64'),
    4: one('immutable', 'bool'),
  },
  ServiceAccount: { 1: metadata, 4: one('automountServiceAccountToken', 'bool') },
  Role: { 1: metadata, 2: many('rules', 'PolicyRule') },
  ClusterRole: { 1: metadata, 2: many('rules', 'PolicyRule'), 3: one('aggregationRule', 'AggregationRule') },
  PolicyRule: {
    1: many('verbs'),
    2: many('apiGroups'),
    3: many('resources'),
    4: many('resourceNames'),
    5: many('nonResourceURLs'),
  },
  AggregationRule: { 1: many('clusterRoleSelectors', 'LabelSelector') },
  LabelSelector: { 1: one('matchLabels', 'map:string') },
  RoleBinding: { 1: metadata, 2: many('subjects', 'Subject'), 3: one('roleRef', 'RoleRef') },
  ClusterRoleBinding: { 1: metadata, 2: many('subjects', 'Subject'), 3: one('roleRef', 'RoleRef') },
  Subject: { 1: one('kind'), 2: one('apiGroup'), 3: one('name'), 4: one('namespace') },
  RoleRef: { 1: one('apiGroup'), 2: one('kind'), 3: one('name') },
  SelfSubjectAccessReview: { 1: metadata, 2: one('spec', 'AccessSpec') },
  AccessSpec: { 1: one('resourceAttributes', 'ResourceAttributes'), 2: one('nonResourceAttributes', 'PathAttributes') },
  ResourceAttributes: {
    1: one('namespace'),
    2: one('verb'),
    3: one('group'),
    4: one('version'),
    5: one('resource'),
    6: one('subresource'),
    7: one('name'),
  },
  PathAttributes: { 1: one('path'), 2: one('verb') },
  SelfSubjectReview: { 1: metadata },
  TokenRequest: { 1: metadata, 2: one('spec', 'TokenRequestSpec') },
  TokenRequestSpec: { 1: many('audiences'), 4: one('expirationSeconds', 'int') },
}

/** Kinds that may stand at the top of a body. */
export const decodableKinds: ReadonlySet<string> = new Set([
  'DeleteOptions',
  'Namespace',
  'Secret',
  'ConfigMap',
  'ServiceAccount',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'SelfSubjectAccessReview',
  'SelfSubjectReview',
  'TokenRequest',
])
