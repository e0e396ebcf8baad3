import { equal, isList, isObject, type Json, keysOf } from '../json.js'
import type { FieldError } from '../status-error.js'
import { numberChecks, stringChecks } from './scalar-checks.js'
import type { RuleCompiler } from './rules.js'
import type { Schema } from './schema.js'
import { listTypeCheck } from './list-types.js'

/** Where a check stands and what it found. `old` is the value before the update, for rules on transitions. */
export interface Visit {
  readonly path: string
  readonly report: (error: FieldError) => void
  readonly old: Json | undefined
}

export type Check = (value: Json, visit: Visit) => void

/**
 * Turns a structural schema into one function, once per CRD version: validating happens at every write. Reports in the
 * order and close to the words of Kubernetes; patterns and rules are compiled here.
 */
export const compileSchema = (schema: Schema, rules: RuleCompiler): Check => {
  const checks: Check[] = []
  const valueTypes = typesOf(schema)
  if (schema.enum !== undefined) checks.push(enumCheck(schema.enum))
  checks.push(...stringChecks(schema), ...numberChecks(schema))
  checks.push(...listChecks(schema, rules), ...objectChecks(schema, rules), ...logicChecks(schema, rules))
  for (const rule of schema['x-kubernetes-validations'] ?? []) {
    const check = rules(rule, schema)
    if (check !== undefined) checks.push(check)
  }
  return (value, visit) => {
    if (value === null && schema.nullable === true) return
    if (valueTypes !== undefined && !valueTypes.some(type => isOfType(type, value))) {
      visit.report(typeError(visit.path, valueTypes, value))
      return
    }
    for (const check of checks) check(value, visit)
  }
}

const typesOf = (schema: Schema): readonly string[] | undefined => {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string']
  return schema.type === undefined ? undefined : [schema.type]
}

const isOfType = (type: string, value: Json): boolean => {
  switch (type) {
    case 'object':
      return isObject(value)
    case 'array':
      return isList(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

const typeError = (field: string, types: readonly string[], value: Json): FieldError => {
  const seen = value === null ? 'null' : isList(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value
  const message = `${field} in body must be of type ${types.join(',')}: "${seen}"`
  return { field, type: 'TypeInvalid', message, value: seen }
}

const enumCheck =
  (allowed: readonly Json[]): Check =>
  (value, { path, report }) => {
    if (allowed.some(item => equal(item, value))) return
    const message = `supported values: ${allowed.map(item => JSON.stringify(item)).join(', ')}`
    report({ field: path, type: 'NotSupported', message, value })
  }

const listChecks = (schema: Schema, rules: RuleCompiler): Check[] => {
  const { minItems, maxItems, items } = schema
  const checks: Check[] = []
  checks.push((value, { path, report }) => {
    if (!isList(value)) return
    const found = (type: FieldError['type'], message: string) => report({ field: path, type, message })
    if (maxItems !== undefined && value.length > maxItems) found('TooMany', `must have at most ${maxItems} items`)
    if (minItems !== undefined && value.length < minItems)
      found('Invalid', `${path} in body should have at least ${minItems} items`)
  })
  const listType = listTypeCheck(schema)
  if (listType !== undefined) checks.push(listType)
  if (items !== undefined) {
    const item = compileSchema(items, rules)
    const oldOf = oldItems(schema)
    checks.push((value, visit) => {
      if (!isList(value)) return
      const old = oldOf(visit.old)
      value.forEach((entry, index) => {
        item(entry, { path: `${visit.path}[${index}]`, report: visit.report, old: old(entry) })
      })
    })
  }
  return checks
}

/** Items of list-maps are the same item when their keys agree; other lists have no old items. */
const oldItems = (schema: Schema): ((old: Json | undefined) => (item: Json) => Json | undefined) => {
  const keys = schema['x-kubernetes-list-map-keys']
  if (keys === undefined) return () => () => undefined
  return old => item =>
    isList(old)
      ? old.find(other => isObject(other) && isObject(item) && keys.every(key => equal(other[key], item[key])))
      : undefined
}

const objectChecks = (schema: Schema, rules: RuleCompiler): Check[] => {
  const { required, minProperties, maxProperties, additionalProperties } = schema
  const properties = new Map(Object.entries(schema.properties ?? {}).map(([key, s]) => [key, compileSchema(s, rules)]))
  const values = typeof additionalProperties === 'object' ? compileSchema(additionalProperties, rules) : undefined
  const limits: Check = (value, { path, report }) => {
    if (!isObject(value)) return
    for (const key of required ?? [])
      if (value[key] === undefined) report({ field: join(path, key), type: 'Required', message: '' })
    if (minProperties === undefined && maxProperties === undefined) return
    const count = keysOf(value).length
    if (maxProperties !== undefined && count > maxProperties)
      report({ field: path, type: 'TooMany', message: `must have at most ${maxProperties} items` })
    if (minProperties !== undefined && count < minProperties)
      report({
        field: path,
        type: 'Invalid',
        message: `${path} in body should have at least ${minProperties} properties`,
      })
  }
  const children: Check = (value, { path, report, old }) => {
    if (!isObject(value)) return
    for (const key of Object.keys(value)) {
      const child = value[key]
      const check = properties.get(key) ?? values
      const before = isObject(old) ? old[key] : undefined
      // The very same frozen part was valid when it was stored.
      if (child === undefined || check === undefined || (child === before && typeof child === 'object')) continue
      check(child, { path: join(path, key), report, old: before })
    }
  }
  return [limits, children]
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

/** allOf, anyOf, oneOf and not carry only value checks in a structural schema, so they are tried as a whole. */
const logicChecks = (schema: Schema, rules: RuleCompiler): Check[] => {
  const compiled = (list: readonly Schema[] | undefined) => (list ?? []).map(entry => compileSchema(entry, rules))
  const [all, any, one] = [compiled(schema.allOf), compiled(schema.anyOf), compiled(schema.oneOf)]
  const not = schema.not === undefined ? undefined : compileSchema(schema.not, rules)
  const checks: Check[] = [...all]
  const fails =
    (message: string, ok: (value: Json, visit: Visit) => boolean): Check =>
    (value, visit) => {
      if (!ok(value, visit)) visit.report({ field: visit.path, type: 'Invalid', message, value })
    }
  const count = (list: readonly Check[], value: Json, visit: Visit) => list.filter(c => passes(c, value, visit)).length
  if (any.length > 0) checks.push(fails('must validate at least one schema (anyOf)', (v, at) => count(any, v, at) > 0))
  if (one.length > 0)
    checks.push(fails('must validate one and only one schema (oneOf)', (v, at) => count(one, v, at) === 1))
  if (not !== undefined) checks.push(fails('must not validate the schema (not)', (v, at) => !passes(not, v, at)))
  return checks
}

const passes = (check: Check, value: Json, visit: Visit): boolean => {
  let good = true
  check(value, { ...visit, report: () => (good = false) })
  return good
}
