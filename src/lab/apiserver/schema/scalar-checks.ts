import { formats } from './formats.js'
import type { Schema } from './schema.js'
import type { Check } from './validate.js'

/** Length, pattern and format of strings. */
export const stringChecks = (schema: Schema): Check[] => {
  const { minLength, maxLength, pattern, format } = schema
  const expression = pattern === undefined ? undefined : compilePattern(pattern)
  const known = format === undefined ? undefined : formats[format]
  if (minLength === undefined && maxLength === undefined && expression === undefined && known === undefined) return []
  return [
    (value, { path: field, report }) => {
      if (typeof value !== 'string') return
      const fails = (message: string) => report({ field, type: 'Invalid', message, value })
      // Kubernetes counts characters, not UTF-16 units.
      const length = minLength === undefined && maxLength === undefined ? 0 : Array.from(value).length
      if (maxLength !== undefined && length > maxLength)
        report({ field, type: 'TooLong', message: `may not be more than ${maxLength} bytes` })
      if (minLength !== undefined && length < minLength)
        fails(`${field} in body should be at least ${minLength} chars long`)
      if (expression?.test(value) === false) fails(`${field} in body should match '${pattern ?? ''}'`)
      if (known?.(value) === false) fails(`${field} in body must be of type ${format ?? ''}: ${JSON.stringify(value)}`)
    },
  ]
}

/** Go's RE2 and ECMAScript agree on what is used in CRDs; only RE2's inline flag group needs translation. */
const compilePattern = (pattern: string): RegExp => {
  const insensitive = pattern.startsWith('(?i)')
  return new RegExp(insensitive ? pattern.slice(4) : pattern, insensitive ? 'iu' : 'u')
}

const ranges: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
}

/** Limits of numbers, and the range of int32. */
export const numberChecks = (schema: Schema): Check[] => {
  const { minimum, maximum, multipleOf, format } = schema
  const range = format === undefined ? undefined : ranges[format]
  if (minimum === undefined && maximum === undefined && multipleOf === undefined && range === undefined) return []
  const low = schema.exclusiveMinimum === true ? 'greater than' : 'greater than or equal to'
  const high = schema.exclusiveMaximum === true ? 'less than' : 'less than or equal to'
  return [
    (value, { path: field, report }) => {
      if (typeof value !== 'number') return
      const fails = (message: string) =>
        report({ field, type: 'Invalid', message: `${field} in body ${message}`, value })
      if (minimum !== undefined && (value < minimum || (schema.exclusiveMinimum === true && value === minimum)))
        fails(`should be ${low} ${minimum}`)
      if (maximum !== undefined && (value > maximum || (schema.exclusiveMaximum === true && value === maximum)))
        fails(`should be ${high} ${maximum}`)
      if (multipleOf !== undefined && !Number.isInteger(value / multipleOf))
        fails(`should be a multiple of ${multipleOf}`)
      if (range !== undefined && (value < range[0] || value > range[1])) fails(`must be of type ${format ?? ''}`)
    },
  ]
}
