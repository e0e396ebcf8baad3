import { type ApiResource, allVerbs } from '../resource.js'
import { withObjectMeta } from '../schema/metadata-schema.js'
import type { Schema } from '../schema/schema.js'
import { compileSchema } from '../schema/validate.js'

/** What distinguishes one built-in kind from the next. */
export type BuiltIn = Pick<ApiResource, 'group' | 'version' | 'plural' | 'kind' | 'namespaced'> &
  Partial<Omit<ApiResource, 'schema' | 'check'>> & { readonly schema?: Schema }

/** Completes a built-in kind: unknown fields are kept, since only the fields that matter here are described. */
export const builtIn = (given: BuiltIn): ApiResource => {
  const schema = withObjectMeta({ ...given.schema, 'x-kubernetes-preserve-unknown-fields': true })
  return {
    listKind: `${given.kind}List`,
    singular: given.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: allVerbs,
    table: `${given.group}/${given.plural}`,
    columns: [age],
    subresources: [],
    hasStatus: false,
    hasGeneration: false,
    custom: false,
    nameRule: 'subdomain',
    ...given,
    schema,
    check: compileSchema(schema, () => undefined),
  }
}

export const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' } as const

/** An object of which only the named fields are described. */
export const partial = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required,
  'x-kubernetes-preserve-unknown-fields': true,
})

/** A list whose items are told apart by `keys`, both by server-side apply and by strategic merge. */
export const keyedList = (keys: readonly string[], item: Schema = partial({}), mergeKey = keys[0] ?? ''): Schema => ({
  type: 'array',
  items: { ...item, 'x-kubernetes-preserve-unknown-fields': true },
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
  'x-kubernetes-patch-merge-key': mergeKey,
})

export const text: Schema = { type: 'string' }
export const textMap: Schema = { type: 'object', additionalProperties: text }
