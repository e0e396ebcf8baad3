import { isList, isObject, type Json, type JsonObject } from '../json.js'
import { metadataSchema } from './metadata-schema.js'
import { propertySchema, type Schema } from './schema.js'

/**
 * Removes what the schema does not know (apiextensions pruning). Returns the same object when nothing was unknown;
 * otherwise the paths of what was removed are added to `unknown`.
 */
export const prune = (schema: Schema, value: Json, unknown: string[], path = ''): Json => {
  if (isList(value)) return pruneList(schema, value, unknown, path)
  return isObject(value) ? pruneObject(schema, value, unknown, path) : value
}

const pruneList = (schema: Schema, value: readonly Json[], unknown: string[], path: string): Json => {
  const { items } = schema
  if (items === undefined) return value
  const pruned = value.map((item, index) => prune(items, item, unknown, `${path}[${index}]`))
  return pruned.some((item, index) => item !== value[index]) ? pruned : value
}

const embedded: Schema = { properties: { apiVersion: {}, kind: {}, metadata: metadataSchema } }

const pruneObject = (schema: Schema, value: JsonObject, unknown: string[], path: string): JsonObject => {
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true
  if (keepsUnknown && schema.properties === undefined) return value
  if (schema['x-kubernetes-int-or-string'] === true) return value
  let result: Record<string, Json | undefined> | undefined
  for (const key of Object.keys(value)) {
    const here = value[key]
    if (here === undefined) continue
    const place = path === '' ? key : `${path}.${key}`
    const known =
      propertySchema(schema, key) ??
      (schema['x-kubernetes-embedded-resource'] === true ? embedded.properties?.[key] : undefined)
    if (known === undefined) {
      if (keepsUnknown) continue
      unknown.push(place)
      result ??= { ...value }
      delete result[key]
      continue
    }
    const pruned = prune(known, here, unknown, place)
    if (pruned === here) continue
    result ??= { ...value }
    result[key] = pruned
  }
  return result ?? value
}
