import { isList, isObject, type Json, type JsonObject } from '../json.js'
import { propertySchema, type Schema } from '../schema/schema.js'

/**
 * Strategic merge patch by a simple rule: maps merge, a list merges by its merge key where the schema of the built-in
 * kind names one (x-kubernetes-patch-merge-key), lists of type `set` are joined, every other list is replaced.
 * Directives: `$patch: delete|replace`, `$deleteFromPrimitiveList/<field>`, `$retainKeys`; `$setElementOrder/<field>` is
 * ignored, so merged items keep the order of the object and new ones follow.
 */
export const strategicMerge = (schema: Schema | undefined, target: Json | undefined, patch: Json): Json => {
  if (!isObject(patch)) return patch
  if (patch['$patch'] === 'replace') return withoutDirectives(patch)
  if (patch['$patch'] === 'delete') return {}
  const retained = patch['$retainKeys']
  const base: JsonObject = isObject(target) ? target : {}
  const result: Record<string, Json | undefined> = isList(retained)
    ? Object.fromEntries(Object.entries(base).filter(([key]) => retained.includes(key)))
    : { ...base }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$deleteFromPrimitiveList/')) dropFromList(result, key.slice(25), value)
    if (key.startsWith('$') || value === undefined) continue
    if (value === null) delete result[key]
    else result[key] = mergeValue(propertySchema(schema, key), result[key], value)
  }
  return result
}

const withoutDirectives = (patch: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')))

const dropFromList = (result: Record<string, Json | undefined>, key: string, values: Json | undefined): void => {
  const list = result[key]
  if (isList(list) && isList(values)) result[key] = list.filter(item => !values.includes(item))
}

const mergeValue = (schema: Schema | undefined, target: Json | undefined, patch: Json): Json => {
  if (!isList(patch)) return strategicMerge(schema, target, patch)
  const mergeKey = schema?.['x-kubernetes-patch-merge-key']
  if (mergeKey !== undefined) return mergeByKey(schema?.items, mergeKey, isList(target) ? target : [], patch)
  if (schema?.['x-kubernetes-list-type'] === 'set') return [...new Set([...(isList(target) ? target : []), ...patch])]
  return patch
}

const mergeByKey = (
  items: Schema | undefined,
  mergeKey: string,
  target: readonly Json[],
  patch: readonly Json[],
): Json => {
  const replaces = patch.some(item => isObject(item) && item['$patch'] === 'replace')
  const result = replaces ? [] : [...target]
  for (const item of patch) {
    if (!isObject(item) || item['$patch'] === 'replace') continue
    const index = result.findIndex(other => isObject(other) && other[mergeKey] === item[mergeKey])
    if (item['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1)
    } else if (index < 0) result.push(strategicMerge(items, {}, item))
    else result[index] = strategicMerge(items, result[index], item)
  }
  return result
}
