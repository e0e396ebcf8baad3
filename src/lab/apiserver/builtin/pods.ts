import { at, type JsonObject, objectOf, textOf } from '../json.js'
import type { ApiObject } from '../object.js'
import type { WriteContext } from '../resource.js'
import type { Schema } from '../schema/schema.js'
import type { FieldError } from '../status-error.js'
import { age, builtIn, keyedList, partial } from './built-in.js'

const container: Schema = partial({
  env: keyedList(['name']),
  ports: keyedList(['containerPort', 'protocol'], partial({ protocol: { type: 'string', default: 'TCP' } })),
  volumeMounts: keyedList(['mountPath']),
})

/** As far as patches need to know it: which lists of a pod merge, and by what. */
export const podSpec: Schema = partial(
  {
    containers: { ...keyedList(['name'], container), minItems: 1 },
    initContainers: keyedList(['name'], container),
    volumes: keyedList(['name']),
    imagePullSecrets: keyedList(['name']),
  },
  ['containers'],
)

const preparePod = (object: ApiObject, context: WriteContext): ApiObject => ({
  ...object,
  spec: {
    restartPolicy: 'Always',
    serviceAccountName: 'default',
    terminationGracePeriodSeconds: 30,
    ...objectOf(object.spec),
    ...fromRuntimeClass(object, context),
  },
  status: { phase: 'Pending', ...objectOf(object.status) },
})

/** What the RuntimeClass admission of Kubernetes fills into a new pod, as far as the lab needs it: the overhead. */
const fromRuntimeClass = (object: ApiObject, context: WriteContext): JsonObject => {
  const overhead = at(runtimeClassOf(object, context), 'overhead', 'podFixed')
  return overhead === undefined ? {} : { overhead }
}

const runtimeClassOf = (object: ApiObject, { related }: WriteContext): ApiObject | undefined =>
  related?.('node.k8s.io/runtimeclasses', textOf(at(object, 'spec', 'runtimeClassName')))

const validatePod = (object: ApiObject, context: WriteContext): FieldError[] => {
  const name = textOf(at(object, 'spec', 'runtimeClassName'))
  return name === '' || context.related === undefined || runtimeClassOf(object, context) !== undefined
    ? []
    : [{ field: 'spec.runtimeClassName', type: 'Invalid', message: `RuntimeClass "${name}" not found` }]
}

/** Pods are stored, not run: their status is what a test or a simulated kubelet writes. */
export const podResource = builtIn({
  group: '',
  version: 'v1',
  plural: 'pods',
  kind: 'Pod',
  namespaced: true,
  shortNames: ['po'],
  categories: ['all'],
  subresources: ['status'],
  hasStatus: true,
  schema: partial({ spec: podSpec, status: partial({ conditions: keyedList(['type']) }) }, ['spec']),
  prepare: preparePod,
  validate: validatePod,
  columns: [
    { name: 'Status', type: 'string', jsonPath: '.status.phase' },
    age,
    { name: 'IP', type: 'string', jsonPath: '.status.podIP', priority: 1 },
    { name: 'Node', type: 'string', jsonPath: '.spec.nodeName', priority: 1 },
  ],
  fieldNames: ['spec.nodeName', 'status.phase'],
  fields: object => ({
    'spec.nodeName': textOf(at(object, 'spec', 'nodeName')),
    'status.phase': textOf(at(object, 'status', 'phase')),
  }),
})
