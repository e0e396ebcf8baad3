import { type JsonSchemaProps, schemaKeys } from './schema.js'

/**
 * What breaks the rules for schemas of CRDs (apiextensions.k8s.io/v1: structural schemas, list types, defaults,
 * preserve-unknown-fields, int-or-string, limits that CEL rules need), one line each with its path; empty when all is
 * well.
 */
export const structuralProblems = (schema: JsonSchemaProps, path = '.'): string[] => {
  const problems: string[] = []
  const report: Report = (at, problem) => problems.push(`${at}: ${problem}`)
  if (schema.type !== 'object') report(path, 'the root must have type object')
  visit(schema, path, report)
  checkMetadata(schema, path, report)
  return problems
}

type Report = (path: string, problem: string) => void

const visit = (schema: JsonSchemaProps, path: string, report: Report): void => {
  checkKeys(schema, path, report)
  checkType(schema, path, report)
  checkChildren(schema, path, report)
  checkLimits(schema, path, report)
  checkList(schema, path, report)
  checkDefault(schema, path, report)
  checkPattern(schema, path, report)
  checkRules(schema, path, report)
  for (const [key, property] of Object.entries(schema.properties ?? {})) visit(property, join(path, key), report)
  if (schema.items !== undefined) visit(schema.items, `${path}[]`, report)
  if (schema.additionalProperties !== undefined) visit(schema.additionalProperties, `${path}{}`, report)
}

const known = new Set<string>(schemaKeys)

// $ref, definitions, dependencies, patternProperties, uniqueItems and the like are forbidden; so is what we never write.
const checkKeys = (schema: JsonSchemaProps, path: string, report: Report): void => {
  for (const key of Object.keys(schema)) if (!known.has(key)) report(path, `${key} is not allowed`)
}

const checkType = (schema: JsonSchemaProps, path: string, report: Report): void => {
  const intOrString = schema['x-kubernetes-int-or-string'] === true
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true
  if (schema.type === undefined && !intOrString && !keeps) report(path, 'a type must be given')
  if (schema.type !== undefined && intOrString) report(path, 'int-or-string must not have a type')
  if (keeps && schema.type !== undefined && schema.type !== 'object')
    report(path, 'only objects can preserve unknown fields')
  if (schema.enum?.length === 0) report(path, 'an enum must have values')
  const allowed = schema.type === undefined ? undefined : formats[schema.type]
  if (schema.format !== undefined && !(allowed ?? []).includes(schema.format))
    report(path, `format ${schema.format} does not fit type ${schema.type ?? 'none'}`)
}

const formats: Readonly<Partial<Record<string, readonly string[]>>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
  string: ['byte', 'date', 'date-time', 'duration', 'cidr', 'ipv4', 'ipv6', 'mac', 'uri', 'uuid', 'hostname'],
}

const checkChildren = (schema: JsonSchemaProps, path: string, report: Report): void => {
  const { type, properties, additionalProperties, items, required } = schema
  if (properties !== undefined && additionalProperties !== undefined)
    report(path, 'properties and additionalProperties exclude each other')
  if ((properties ?? additionalProperties) !== undefined && type !== 'object')
    report(path, 'only objects have properties')
  if (items !== undefined && type !== 'array') report(path, 'only arrays have items')
  if (type === 'array' && items === undefined) report(path, 'an array must say what its items are')
  for (const key of required ?? [])
    if (properties?.[key] === undefined) report(path, `${key} is required but is no property`)
  if (required !== undefined && new Set(required).size !== required.length)
    report(path, 'required names a property twice')
}

const limits = [
  ['minLength', 'string'],
  ['maxLength', 'string'],
  ['pattern', 'string'],
  ['minimum', 'number'],
  ['maximum', 'number'],
  ['multipleOf', 'number'],
  ['minItems', 'array'],
  ['maxItems', 'array'],
  ['minProperties', 'object'],
  ['maxProperties', 'object'],
] as const

const checkLimits = (schema: JsonSchemaProps, path: string, report: Report): void => {
  const type = schema.type === 'integer' ? 'number' : schema.type
  for (const [key, wanted] of limits)
    if (schema[key] !== undefined && type !== wanted) report(path, `${key} says nothing about ${type ?? 'any type'}`)
  for (const [low, high] of [
    ['minLength', 'maxLength'],
    ['minimum', 'maximum'],
    ['minItems', 'maxItems'],
    ['minProperties', 'maxProperties'],
  ] as const)
    if ((schema[low] ?? -Infinity) > (schema[high] ?? Infinity)) report(path, `${low} is above ${high}`)
}

const checkList = (schema: JsonSchemaProps, path: string, report: Report): void => {
  const kind = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys']
  if (schema.type !== 'array') {
    if (kind !== undefined || keys !== undefined) report(path, 'only arrays have a list type')
    return
  }
  const { items } = schema
  if (kind === undefined) report(path, 'an array must have a list type, or server-side apply replaces it whole')
  if ((kind === 'map') !== (keys !== undefined && keys.length > 0))
    report(path, 'list-map-keys belong to list type map')
  if (kind === 'map' && items?.type !== 'object') report(path, 'items of a list-map must be objects')
  if (kind === 'set' && items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    report(path, 'items of a set must be scalars or atomic')
  for (const key of keys ?? []) {
    const property = items?.properties?.[key]
    if (property === undefined || property.type === 'object' || property.type === 'array')
      report(path, `list-map key ${key} must be a scalar property`)
    else if (items?.required?.includes(key) !== true && property.default === undefined)
      report(path, `list-map key ${key} must be required or have a default`)
    if (property?.nullable === true) report(path, `list-map key ${key} must not be nullable`)
  }
}

const checkDefault = (schema: JsonSchemaProps, path: string, report: Report): void => {
  if (schema.default === null && schema.nullable !== true) report(path, 'a default of null needs nullable')
  const here = schema.default
  if (typeof here !== 'object' || here === null || Array.isArray(here)) return
  if (schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties !== undefined) return
  for (const key of Object.keys(here))
    if (schema.properties?.[key] === undefined) report(path, `the default has ${key}, which would be pruned`)
}

/** The API server uses RE2, which knows no look-around and no back-references. */
const checkPattern = ({ pattern }: JsonSchemaProps, path: string, report: Report): void => {
  if (pattern === undefined) return
  if (/\(\?[=!<]/.test(pattern)) report(path, 'the pattern looks around, which RE2 cannot')
  if (/\\[1-9]/.test(pattern)) report(path, 'the pattern refers back, which RE2 cannot')
  try {
    new RegExp(pattern, 'u')
  } catch {
    report(path, 'the pattern is not a regular expression')
  }
}

const checkRules = (schema: JsonSchemaProps, path: string, report: Report): void => {
  const rules = schema['x-kubernetes-validations'] ?? []
  for (const { rule, message } of rules) {
    if (rule.trim() === '' || message.trim() === '') report(path, 'a rule must have an expression and a message')
    if (message.includes('\n')) report(path, 'the message of a rule must be one line')
    if (/\boldSelf\b/.test(rule)) report(path, 'rules on transitions cannot tell a dry run; use an admission policy')
  }
}

/** Of metadata a CRD may restrict name and generateName only; ours restrict nothing. */
const checkMetadata = ({ properties }: JsonSchemaProps, path: string, report: Report): void => {
  const metadata = properties?.['metadata']
  if (metadata !== undefined && (metadata.type !== 'object' || Object.keys(metadata).length > 1))
    report(join(path, 'metadata'), 'metadata must be a plain object')
}

const join = (path: string, key: string): string => (path === '.' ? `.${key}` : `${path}.${key}`)
