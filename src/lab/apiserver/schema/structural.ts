import type { FieldError } from '../status-error.js'
import type { Schema } from './schema.js'

const types = ['object', 'array', 'string', 'integer', 'number', 'boolean']

const valueKeywords = new Set([
  'title',
  'description',
  'format',
  'nullable',
  'default',
  'enum',
  'properties',
  'additionalProperties',
  'items',
  'required',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'type',
  'example',
  'externalDocs',
])

/**
 * Where a schema breaks the rules of structural schemas: a type everywhere, no unknown keywords, no `$ref`, properties
 * and additionalProperties never together, lists with items, list-maps with keys that exist. Rules about what may stand
 * inside allOf, anyOf, oneOf and not are left to a real API server.
 */
export const structuralErrors = (schema: Schema, path: string): FieldError[] => {
  const errors: FieldError[] = []
  const found = (message: string, field = path) => errors.push({ field, type: 'Invalid', message })
  const intOrString = schema['x-kubernetes-int-or-string'] === true
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true
  for (const key of Object.keys(schema))
    if (!valueKeywords.has(key) && !key.startsWith('x-kubernetes-')) found(`unknown field "${key}"`)
  if (schema.type === undefined && !intOrString && !keepsUnknown)
    found('must not be empty for specified object fields', `${path}.type`)
  if (schema.type !== undefined && !types.includes(schema.type)) found('is not a known type', `${path}.type`)
  if (schema.properties !== undefined && schema.additionalProperties !== undefined)
    found('additionalProperties and properties are mutual exclusive', `${path}.additionalProperties`)
  if (schema.type === 'array' && schema.items === undefined) found('must be specified', `${path}.items`)
  if (schema.uniqueItems === true) found('uniqueItems cannot be set to true', `${path}.uniqueItems`)
  errors.push(...listTypeErrors(schema, path), ...patternErrors(schema, path))
  for (const [key, property] of Object.entries(schema.properties ?? {}))
    errors.push(...structuralErrors(property, `${path}.properties[${key}]`))
  if (typeof schema.additionalProperties === 'object')
    errors.push(...structuralErrors(schema.additionalProperties, `${path}.additionalProperties`))
  if (schema.items !== undefined) errors.push(...structuralErrors(schema.items, `${path}.items`))
  return errors
}

const listTypeErrors = (schema: Schema, path: string): FieldError[] => {
  const keys = schema['x-kubernetes-list-map-keys']
  if (schema['x-kubernetes-list-type'] !== 'map') return []
  if (keys === undefined || keys.length === 0)
    return [
      {
        field: `${path}.x-kubernetes-list-map-keys`,
        type: 'Required',
        message: 'must not be empty if x-kubernetes-list-type is map',
      },
    ]
  return keys
    .filter(key => {
      const property = schema.items?.properties?.[key]
      return (
        property === undefined || (property.default === undefined && schema.items?.required?.includes(key) !== true)
      )
    })
    .map(key => ({
      field: `${path}.items.properties[${key}]`,
      type: 'Required',
      message: 'a key of a list-map must be a property that is required or has a default',
    }))
}

const patternErrors = ({ pattern }: Schema, path: string): FieldError[] => {
  if (pattern === undefined) return []
  const field = `${path}.pattern`
  if (/\(\?(=|!|<=|<!)|\\[1-9]/.test(pattern))
    return [{ field, type: 'Invalid', message: 'RE2 has neither look-around nor back-references' }]
  try {
    new RegExp(pattern.replace(/^\(\?i\)/, ''), 'u')
    return []
  } catch (error) {
    return [{ field, type: 'Invalid', message: error instanceof Error ? error.message : String(error) }]
  }
}
