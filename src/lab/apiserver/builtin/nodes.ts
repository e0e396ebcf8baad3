import { at, objectOf, textOf } from '../json.js'
import type { ApiObject } from '../object.js'
import type { WriteContext } from '../resource.js'
import type { FieldError } from '../status-error.js'
import { age, builtIn, keyedList, partial } from './built-in.js'

/** providerID may be set once and never changed: Cluster API relies on it. */
const validateNode = (object: ApiObject, { previous }: WriteContext): FieldError[] => {
  const before = textOf(at(previous, 'spec', 'providerID'))
  if (before === '' || at(object, 'spec', 'providerID') === before) return []
  return [{ field: 'spec.providerID', type: 'Forbidden', message: 'may not change once it is set' }]
}

/** Nodes are what simulated servers register. */
export const nodeResource = builtIn({
  group: '',
  version: 'v1',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
  shortNames: ['no'],
  subresources: ['status'],
  hasStatus: true,
  statusOnCreate: true,
  schema: partial({
    spec: partial({ taints: { type: 'array', items: partial({}, ['key', 'effect']) } }),
    status: partial({ conditions: keyedList(['type']), addresses: { ...keyedList(['type']) } }),
  }),
  prepare: object => ({ ...object, spec: objectOf(object.spec), status: objectOf(object.status) }),
  validate: validateNode,
  columns: [
    { name: 'Ready', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status" },
    age,
    { name: 'Version', type: 'string', jsonPath: '.status.nodeInfo.kubeletVersion' },
    { name: 'Provider-ID', type: 'string', jsonPath: '.spec.providerID', priority: 1 },
    {
      name: 'Internal-IP',
      type: 'string',
      jsonPath: ".status.addresses[?(@.type=='InternalIP')].address",
      priority: 1,
    },
  ],
  fieldNames: ['spec.unschedulable'],
  fields: object => ({ 'spec.unschedulable': String(at(object, 'spec', 'unschedulable') === true) }),
})
