import type { JsonSchemaProps } from './schema.js'

/** One field of a kind, for the reference. */
export interface Field {
  /** From the object down: `spec.nics[].mac`; `{}` stands for any key of a map. */
  readonly path: string
  readonly schema: JsonSchemaProps
  readonly required: boolean
}

/** Every field below a schema, parents first, in the order in which they are declared. */
export const fieldsOf = (schema: JsonSchemaProps, path: string): Field[] => {
  const { properties = {}, required = [] } = inner(schema)
  return Object.entries(properties).flatMap(([key, property]): Field[] => {
    const own = `${path}${suffix(schema)}.${key}`
    return [{ path: own, schema: property, required: required.includes(key) }, ...fieldsOf(property, own)]
  })
}

/** What a field holds, in words: `list of object`, `map of string`. */
export const typeName = (schema: JsonSchemaProps): string => {
  if (schema['x-kubernetes-int-or-string'] === true) return 'integer or string'
  if (schema.items !== undefined) return `list of ${typeName(schema.items)}`
  if (schema.additionalProperties !== undefined) return `map of ${typeName(schema.additionalProperties)}`
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return 'any object'
  if (schema.format === 'date-time') return 'time (RFC 3339)'
  return schema.type ?? 'any'
}

/** What a value may be, in words; empty when the type says it all. */
export const limitsOf = (schema: JsonSchemaProps): string[] => {
  const { items, additionalProperties } = schema
  return [
    ...valueLimits(schema),
    ...(schema['x-kubernetes-list-type'] === 'map' ? [`unique by ${keys(schema)}`] : []),
    ...(schema['x-kubernetes-list-type'] === 'set' ? ['no value twice'] : []),
    ...range('entries', schema.minItems, schema.maxItems),
    ...range('fields', schema.minProperties, schema.maxProperties),
    ...(schema['x-kubernetes-validations'] ?? []).map(({ message }) => message),
    ...(items === undefined ? [] : itemLimits(items)),
    ...(additionalProperties === undefined ? [] : itemLimits(additionalProperties)),
  ]
}

const valueLimits = ({ enum: values, pattern, ...schema }: JsonSchemaProps): string[] => [
  ...(values === undefined
    ? []
    : [values.map(value => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``).join(', ')]),
  ...(pattern === undefined ? [] : [`matches \`${pattern}\``]),
  ...range('characters', schema.minLength, schema.maxLength),
  ...range('', schema.minimum, schema.maximum),
]

const itemLimits = (schema: JsonSchemaProps): string[] => {
  const limits = [...valueLimits(schema), ...(schema['x-kubernetes-validations'] ?? []).map(({ message }) => message)]
  return limits.length === 0 ? [] : [`each: ${limits.join('; ')}`]
}

const range = (unit: string, low: number | undefined, high: number | undefined): string[] => {
  const words = unit === '' ? '' : ` ${unit}`
  if (low !== undefined && high !== undefined) return [`${low} to ${high}${words}`]
  if (high !== undefined) return [`at most ${high}${words}`]
  return low === undefined ? [] : [`at least ${low}${words}`]
}

const keys = (schema: JsonSchemaProps): string => (schema['x-kubernetes-list-map-keys'] ?? []).join(', ')

const inner = (schema: JsonSchemaProps): JsonSchemaProps => {
  const below = schema.items ?? schema.additionalProperties
  return below === undefined ? schema : inner(below)
}

const suffix = (schema: JsonSchemaProps): string => {
  if (schema.items !== undefined) return `[]${suffix(schema.items)}`
  return schema.additionalProperties === undefined ? '' : `{}${suffix(schema.additionalProperties)}`
}
