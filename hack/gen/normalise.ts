import { z } from 'zod'
import { type Json, type JsonSchemaProps, schemaKeys } from './schema.js'

/**
 * The structural OpenAPI v3 schema that stands for a zod schema in a CRD. Takes the input view: what a user may leave
 * out is not required. Throws, naming the path, for what a structural schema cannot say (transforms, tuples, unions
 * other than int-or-string, references, keys of maps).
 */
export const structuralSchemaOf = (schema: z.ZodType, path: string): JsonSchemaProps =>
  normalise(
    z.toJSONSchema(schema, {
      target: 'openapi-3.0',
      io: 'input',
      reused: 'inline',
      override: ({ zodSchema, path: place }) => refuse(zodSchema, [path, ...place].join('.')),
    }),
    path,
  )

// What zod would leave out of the schema without a word.
const refuse = ({ _zod: { def } }: z.core.$ZodTypes, path: string): void => {
  if (def.type === 'tuple' || def.type === 'transform' || def.type === 'pipe')
    throw new Error(`${path}: a structural schema cannot say ${def.type}`)
  if (def.type !== 'record') return
  const keys = def.keyType._zod.def
  if (keys.type !== 'string' || (keys.checks?.length ?? 0) > 0)
    throw new Error(`${path}: a structural schema cannot limit the keys of a map`)
}

type Raw = Record<string, unknown>

const normalise = (raw: Raw, path: string): JsonSchemaProps => {
  if (Array.isArray(raw['anyOf'])) return intOrString(raw, raw['anyOf'] as Raw[], path)
  const kept: Raw = {}
  for (const key of schemaKeys) if (raw[key] !== undefined) kept[key] = raw[key]
  refuseUnknown(raw, path)
  const schema = { ...kept, ...children(raw, path) } as JsonSchemaProps
  return inOrder({ ...schema, ...numberFormat(raw), ...stringFormat(raw), ...openObject(raw), ...listType(raw) })
}

// Said by zod beside what a CRD may hold, and without meaning for it.
const dropped = new Set(['$schema', 'id', 'title', 'examples', 'contentEncoding'])

const refuseUnknown = (raw: Raw, path: string): void => {
  const known = new Set<string>(schemaKeys)
  const unknown = Object.keys(raw).filter(key => !known.has(key) && !dropped.has(key))
  if (unknown.length > 0) throw new Error(`${path}: a structural schema cannot say ${unknown.join(', ')}`)
}

const children = (raw: Raw, path: string): Pick<JsonSchemaProps, 'properties' | 'items' | 'additionalProperties'> => {
  const { properties, items, additionalProperties: values } = raw
  return {
    ...(isRaw(properties) && Object.keys(properties).length > 0
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, property]) => [key, normalise(property as Raw, `${path}.${key}`)]),
          ),
        }
      : { properties: undefined }),
    ...(isRaw(items) ? { items: normalise(items, `${path}[]`) } : {}),
    ...(isRaw(values) && Object.keys(values).length > 0
      ? { additionalProperties: normalise(values, `${path}{}`) }
      : { additionalProperties: undefined }),
  } as Pick<JsonSchemaProps, 'properties' | 'items' | 'additionalProperties'>
}

/** A loose object: zod says `additionalProperties: {}`. */
const openObject = ({ type, additionalProperties: values }: Raw): JsonSchemaProps =>
  type === 'object' && isRaw(values) && Object.keys(values).length === 0
    ? { 'x-kubernetes-preserve-unknown-fields': true }
    : {}

const intOrString = (raw: Raw, choices: Raw[], path: string): JsonSchemaProps => {
  const types = choices.map(choice => choice['type']).sort()
  if (types.join() !== 'integer,string') throw new Error(`${path}: of unions only integer or string is allowed`)
  const { description, default: value } = raw as { description?: string; default?: Json }
  return inOrder({
    ...(description === undefined ? {} : { description }),
    ...(value === undefined ? {} : { default: value }),
    'x-kubernetes-int-or-string': true,
  })
}

const int32 = 2 ** 31 - 1

/** zod limits integers to those that JavaScript holds exactly; Kubernetes says the same by a format. */
const numberFormat = ({ type, minimum, maximum }: Raw): Partial<JsonSchemaProps> => {
  if (type !== 'integer') return {}
  const low = typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined
  const high = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined
  const fits = low !== undefined && high !== undefined && low >= -int32 && high <= int32
  return {
    format: fits ? 'int32' : 'int64',
    ...without('minimum', low),
    ...without('maximum', high),
  }
}

/** The pattern that zod adds to a format repeats the format at 300 characters. */
const stringFormat = ({ type, format }: Raw): Partial<JsonSchemaProps> =>
  type === 'string' && format === 'date-time' ? without('pattern', undefined) : {}

const listType = (raw: Raw): Partial<JsonSchemaProps> =>
  raw['type'] === 'array' && raw['x-kubernetes-list-type'] === undefined ? { 'x-kubernetes-list-type': 'atomic' } : {}

const without = <K extends keyof JsonSchemaProps>(key: K, value: JsonSchemaProps[K] | undefined) =>
  ({ [key]: value }) as Partial<JsonSchemaProps>

/** Keys in one fixed order and none that is undefined, so that generated files are stable. */
const inOrder = (schema: JsonSchemaProps): JsonSchemaProps =>
  Object.fromEntries(schemaKeys.flatMap(key => (schema[key] === undefined ? [] : [[key, schema[key]]])))

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)
