import { isList, isObject, type Json, type JsonObject } from '../json.js'
import { propertySchema, type Schema } from './schema.js'

/**
 * Fills in the defaults of a schema. A null where null is not allowed counts as missing when there is a default.
 * Returns the same object when nothing was missing; the schema's own default values are shared, not copied.
 */
export const applyDefaults = (schema: Schema, value: Json): Json => {
  if (isList(value)) {
    const { items } = schema
    if (items === undefined || !hasDefaults(items)) return value
    const filled = value.map(item => applyDefaults(items, item))
    return filled.some((item, index) => item !== value[index]) ? filled : value
  }
  return isObject(value) ? objectDefaults(schema, value) : value
}

const objectDefaults = (schema: Schema, value: JsonObject): JsonObject => {
  let result: Record<string, Json | undefined> | undefined
  const set = (key: string, filled: Json) => {
    result ??= { ...value }
    result[key] = filled
  }
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const here = value[key]
    const missing = here === undefined || (here === null && property.nullable !== true)
    if (missing && property.default !== undefined) set(key, applyDefaults(property, property.default))
  }
  for (const key of Object.keys(value)) {
    const here = value[key]
    const property = propertySchema(schema, key)
    if (property === undefined || typeof here !== 'object' || here === null) continue
    const filled = applyDefaults(property, here)
    if (filled !== here) set(key, filled)
  }
  return result ?? value
}

const hasDefaults = (schema: Schema): boolean =>
  schema.properties !== undefined || schema.items !== undefined || typeof schema.additionalProperties === 'object'
