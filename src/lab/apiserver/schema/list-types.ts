import { isList, isObject, type Json } from '../json.js'
import type { Schema } from './schema.js'
import type { Check } from './validate.js'

/** The text that makes two items of a list-map the same item; missing keys take the default of their property. */
export const itemKey = (schema: Schema, item: Json): string => {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const value = isObject(item) ? item : {}
  return JSON.stringify(keys.map(key => value[key] ?? schema.items?.properties?.[key]?.default ?? null))
}

/** Items of sets and of list-maps must differ (x-kubernetes-list-type). */
export const listTypeCheck = (schema: Schema): Check | undefined => {
  const type = schema['x-kubernetes-list-type']
  if (type !== 'map' && type !== 'set') return undefined
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const identity = type === 'map' ? (item: Json) => itemKey(schema, item) : (item: Json) => JSON.stringify(item)
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
