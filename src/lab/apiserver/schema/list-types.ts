import { isList, isObject, type Json } from '../json.js'
import type { Schema } from './schema.js'
import type { Check } from './validate.js'

/** The value of one key of an item of a list-map; a missing one takes the default of its property. */
export const keyValue = (schema: Schema, item: Json, key: string): Json =>
  (isObject(item) ? item[key] : undefined) ?? schema.items?.properties?.[key]?.default ?? null

/** What makes two items of a list-map the same item. */
const itemKey = (schema: Schema, item: Json, keys: readonly string[]): string => {
  const [first] = keys
  const only = keys.length === 1 && first !== undefined ? keyValue(schema, item, first) : undefined
  return typeof only === 'string' ? only : JSON.stringify(keys.map(key => keyValue(schema, item, key)))
}

/** Items of sets and of list-maps must differ (x-kubernetes-list-type). */
export const listTypeCheck = (schema: Schema): Check | undefined => {
  const type = schema['x-kubernetes-list-type']
  if (type !== 'map' && type !== 'set') return undefined
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const identity = type === 'map' ? (item: Json) => itemKey(schema, item, keys) : (item: Json) => JSON.stringify(item)
  return (value, { path, report }) => {
    if (!isList(value)) return
    const seen = new Set<string>()
    value.forEach((item, index) => {
      const id = identity(item)
      if (seen.has(id)) {
        const shown = type === 'map' && isObject(item) ? Object.fromEntries(keys.map(key => [key, item[key]])) : item
        report({ field: `${path}[${index}]`, type: 'Duplicate', message: '', value: shown })
      }
      seen.add(id)
    })
  }
}
