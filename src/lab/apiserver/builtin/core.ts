import { at, isObject, type Json, listOf, objectOf, textOf } from '../json.js'
import { type ApiObject, withMetadata } from '../object.js'
import type { ApiResource, Column, WriteContext } from '../resource.js'
import type { FieldError } from '../status-error.js'
import { age, builtIn, keyedList, partial, text, textMap } from './built-in.js'
import { podResource } from './pods.js'
import { nodeResource } from './nodes.js'

/** The kinds of the core group that a bare-metal control plane touches, without events. */
export const coreResources = (): ApiResource[] => [
  namespaces,
  secrets,
  configMaps,
  serviceAccounts,
  services,
  podResource,
  nodeResource,
]

/** A column that counts the entries of a map or list. */
const count = (name: string, key: string): Column => ({
  name,
  type: 'integer',
  jsonPath: `.${key}`,
  value: object => Object.keys(object[key] ?? {}).length,
})

const prepareNamespace = (object: ApiObject, { previous, subresource }: WriteContext): ApiObject => {
  const labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name }
  const phase = object.metadata.deletionTimestamp === undefined ? 'Active' : 'Terminating'
  const kept = previous === undefined ? ['kubernetes'] : listOf(at(previous, 'spec', 'finalizers'))
  const spec = subresource === 'finalize' ? objectOf(object.spec) : { ...objectOf(object.spec), finalizers: kept }
  return {
    ...withMetadata(object, { labels }),
    spec,
    status: { ...objectOf(object.status), phase },
  }
}

const namespaces = builtIn({
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  shortNames: ['ns'],
  subresources: ['status', 'finalize'],
  hasStatus: true,
  nameRule: 'label',
  prepare: prepareNamespace,
  columns: [{ name: 'Status', type: 'string', jsonPath: '.status.phase' }, age],
  fieldNames: ['status.phase'],
  fields: object => ({ 'status.phase': textOf(at(object, 'status', 'phase')) }),
})

const encode = (value: string): string => Buffer.from(value, 'utf8').toString('base64')

/** stringData is a convenience for writers: it is folded into data and never stored. */
const prepareSecret = (object: ApiObject, { previous }: WriteContext): ApiObject => {
  const { stringData, ...rest } = object
  const plain = Object.entries(objectOf(stringData)).map(([key, value]) => [key, encode(textOf(value))] as const)
  const data = { ...objectOf(object['data']), ...Object.fromEntries(plain) }
  const type = textOf(object['type'], textOf(previous?.['type'], 'Opaque'))
  return { ...rest, ...(Object.keys(data).length === 0 ? {} : { data }), type }
}

const validateSecret = (object: ApiObject, { previous }: WriteContext): FieldError[] => {
  const errors: FieldError[] = []
  if (previous !== undefined && previous['type'] !== object['type'])
    errors.push({ field: 'type', type: 'Invalid', message: 'field is immutable' })
  if (previous?.['immutable'] === true && JSON.stringify(previous['data']) !== JSON.stringify(object['data']))
    errors.push({ field: 'data', type: 'Forbidden', message: 'field is immutable when `immutable` is set' })
  return [...errors, ...validateDataKeys(object['data'])]
}

const validateDataKeys = (data: Json | undefined): FieldError[] =>
  Object.keys(objectOf(data)).flatMap(key =>
    /^[-._a-zA-Z0-9]{1,253}$/.test(key)
      ? []
      : [{ field: `data[${key}]`, type: 'Invalid', message: 'a key holds letters, digits, -, _ and . only' } as const],
  )

const secrets = builtIn({
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
  schema: {
    properties: {
      type: text,
      immutable: { type: 'boolean', nullable: true },
      stringData: textMap,
      // Values are base64, but an error must never show them: the pattern is checked by length of the decoded text only.
      data: { type: 'object', additionalProperties: { type: 'string', nullable: true } },
    },
  },
  prepare: prepareSecret,
  validate: (object, context) => [...validateSecret(object, context), ...validateBase64(object['data'])],
  columns: [{ name: 'Type', type: 'string', jsonPath: '.type' }, count('Data', 'data'), age],
  fieldNames: ['type'],
  fields: object => ({ type: textOf(object['type']) }),
})

const validateBase64 = (data: Json | undefined): FieldError[] =>
  Object.entries(objectOf(data)).flatMap(([key, value]) =>
    typeof value !== 'string' || /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)
      ? []
      : [{ field: `data[${key}]`, type: 'Invalid', message: 'must be base64' } as const],
  )

const configMaps = builtIn({
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  shortNames: ['cm'],
  schema: { properties: { data: textMap, binaryData: textMap, immutable: { type: 'boolean', nullable: true } } },
  validate: object => validateDataKeys(object['data']),
  columns: [count('Data', 'data'), age],
})

const serviceAccounts = builtIn({
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
  shortNames: ['sa'],
  subresources: ['token'],
  columns: [count('Secrets', 'secrets'), age],
})

const prepareService = (object: ApiObject): ApiObject => {
  const spec = objectOf(object.spec)
  const ports = Array.isArray(spec['ports'])
    ? spec['ports'].map((port: Json) =>
        isObject(port) ? { protocol: 'TCP', targetPort: port['port'], ...port } : port,
      )
    : undefined
  const defaults = { type: 'ClusterIP', sessionAffinity: 'None' }
  return { ...object, spec: { ...defaults, ...spec, ...(ports === undefined ? {} : { ports }) } }
}

const services = builtIn({
  group: '',
  version: 'v1',
  plural: 'services',
  kind: 'Service',
  namespaced: true,
  shortNames: ['svc'],
  categories: ['all'],
  subresources: ['status'],
  hasStatus: true,
  nameRule: 'label',
  schema: partial({
    spec: partial({
      ports: keyedList(['port', 'protocol'], partial({ protocol: { type: 'string', default: 'TCP' } })),
    }),
  }),
  prepare: prepareService,
  columns: [
    { name: 'Type', type: 'string', jsonPath: '.spec.type' },
    { name: 'Cluster-IP', type: 'string', jsonPath: '.spec.clusterIP' },
    age,
  ],
})
