import { at, isObject, type JsonObject, listOf, objectOf, textOf, equal } from '../json.js'
import { type ApiObject, withMetadata } from '../object.js'
import { type ApiResource, type WriteContext } from '../resource.js'
import { structuralErrors } from '../schema/structural.js'
import type { FieldError } from '../status-error.js'
import { builtIn, keyedList, partial } from './built-in.js'

/** Keeps a definition from vanishing before its objects have (the garbage collector removes it). */
export const crdFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

/** apiextensions.k8s.io/v1 CustomResourceDefinitions. Their names are accepted and established in the same write. */
export const crdResources = (): ApiResource[] => [definitions]

const prepare = (object: ApiObject, { previous, now }: WriteContext): ApiObject => {
  const spec = objectOf(object.spec)
  const names = objectOf(spec['names'])
  const kind = textOf(names['kind'])
  const filled = {
    ...names,
    singular: textOf(names['singular'], kind.toLowerCase()),
    listKind: textOf(names['listKind'], `${kind}List`),
  }
  const stored = listOf(spec['versions'])
    .filter(isObject)
    .find(version => version['storage'] === true)
  const finalizers =
    previous === undefined ? [...(object.metadata.finalizers ?? []), crdFinalizer] : object.metadata.finalizers
  return {
    ...withMetadata(object, { finalizers }),
    spec: { conversion: { strategy: 'None' }, ...spec, names: filled },
    status: {
      conditions: conditions(object, now),
      acceptedNames: filled,
      storedVersions: [...new Set([...listOf(at(previous, 'status', 'storedVersions')), textOf(stored?.['name'])])],
    },
  }
}

const conditions = (object: ApiObject, now: string): readonly JsonObject[] => {
  const old = listOf(at(object, 'status', 'conditions')).filter(isObject)
  const wanted = [
    ['NamesAccepted', 'True', 'NoConflicts', 'no conflicts found'],
    ['Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted'],
    ...(object.metadata.deletionTimestamp === undefined
      ? []
      : [['Terminating', 'True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress']]),
  ]
  return wanted.map(([type = '', status = '', reason = '', message = '']) => {
    const known = old.find(condition => condition['type'] === type && condition['status'] === status)
    return known ?? { type, status, lastTransitionTime: now, reason, message }
  })
}

const validate = (object: ApiObject, { previous }: WriteContext): FieldError[] => {
  const spec = objectOf(object.spec)
  const [plural, group] = [textOf(at(spec, 'names', 'plural')), textOf(spec['group'])]
  const versions = listOf(spec['versions']).filter(isObject)
  const errors: FieldError[] = []
  const found = (field: string, message: string, type: FieldError['type'] = 'Invalid') =>
    errors.push({ field, type, message })
  if (object.metadata.name !== `${plural}.${group}`) found('metadata.name', 'must be spec.names.plural+"."+spec.group')
  if (plural !== plural.toLowerCase()) found('spec.names.plural', 'must be lower case')
  if (spec['scope'] !== 'Namespaced' && spec['scope'] !== 'Cluster')
    found('spec.scope', 'supported values: "Cluster", "Namespaced"', 'NotSupported')
  if (versions.filter(version => version['storage'] === true).length !== 1)
    found('spec.versions', 'must have exactly one version marked as storage version')
  if (previous !== undefined) errors.push(...immutables(previous, object))
  return [...errors, ...versions.flatMap((version, index) => versionErrors(version, `spec.versions[${index}]`))]
}

const immutables = (previous: ApiObject, object: ApiObject): FieldError[] =>
  (['scope', 'group'] as const)
    .filter(key => !equal(at(previous, 'spec', key), at(object, 'spec', key)))
    .map(key => ({ field: `spec.${key}`, type: 'Invalid', message: 'field is immutable' }))

const versionErrors = (version: JsonObject, path: string): FieldError[] => {
  const schema = at(version, 'schema', 'openAPIV3Schema')
  const field = `${path}.schema.openAPIV3Schema`
  if (!isObject(schema)) return [{ field, type: 'Required', message: 'schemas are required' }]
  return structuralErrors(schema, field)
}

const definitions = builtIn({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  subresources: ['status'],
  hasStatus: true,
  hasGeneration: true,
  schema: partial(
    {
      spec: partial(
        {
          group: { type: 'string' },
          names: partial({ kind: { type: 'string' }, plural: { type: 'string' } }, ['kind', 'plural']),
          scope: { type: 'string' },
          versions: {
            type: 'array',
            items: partial({ name: { type: 'string' }, served: { type: 'boolean' }, storage: { type: 'boolean' } }, [
              'name',
              'served',
              'storage',
            ]),
          },
        },
        ['group', 'names', 'scope', 'versions'],
      ),
      status: partial({ conditions: keyedList(['type']) }),
    },
    ['spec'],
  ),
  prepare,
  validate,
  columns: [{ name: 'Created At', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
})
