import * as fc from 'fast-check'
import type { Json, JsonSchemaProps } from '../../hack/gen/schema.js'

/** Values that a structural schema accepts (its CEL rules aside): small ones, with every property now and then. */
export const valuesOf = (schema: JsonSchemaProps): fc.Arbitrary<Json> => {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'object':
      return objects(schema)
    case 'array':
      return lists(schema)
    case 'string':
      return texts(schema)
    case 'integer':
      return fc.integer({
        min: schema.minimum ?? -(2 ** 31),
        max: Math.min(schema.maximum ?? Infinity, 2 ** 31 - 1),
      })
    case 'number':
      return fc.double({ noNaN: true, min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9 })
    case 'boolean':
      return fc.boolean()
    default:
      return fc.oneof(fc.nat(), fc.string())
  }
}

const keys = fc.stringMatching(/^[a-z]{1,8}$/)

const objects = (schema: JsonSchemaProps): fc.Arbitrary<Json> => {
  if (schema.additionalProperties !== undefined)
    return fc.dictionary(keys, valuesOf(schema.additionalProperties), { maxKeys: 3 })
  if (schema.properties === undefined) return fc.dictionary(keys, fc.nat(), { maxKeys: 3 })
  const properties = Object.fromEntries(
    Object.entries(schema.properties).map(([key, property]) => [key, valuesOf(property)]),
  )
  return (fc.record(properties, { requiredKeys: [...(schema.required ?? [])] }) as fc.Arbitrary<Json>).filter(
    value => Object.keys(value as object).length >= (schema.minProperties ?? 0),
  )
}

const lists = ({ items, minItems = 0, maxItems = Infinity }: JsonSchemaProps): fc.Arbitrary<Json> =>
  fc.array(items === undefined ? fc.nat() : valuesOf(items), {
    minLength: minItems,
    maxLength: Math.min(maxItems, minItems + 2),
  })

const texts = ({ format, pattern, minLength = 0, maxLength = Infinity }: JsonSchemaProps): fc.Arbitrary<string> => {
  if (format === 'date-time')
    return fc
      .date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
      .map(date => date.toISOString())
  if (pattern !== undefined)
    return fc
      .stringMatching(new RegExp(pattern))
      .filter(text => text.length >= minLength && text.length <= maxLength && !text.includes('\n'))
  return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 12) })
}
