import type { Json } from '../json.js'

/** A validation rule in CEL (x-kubernetes-validations). */
export interface Rule {
  readonly rule: string
  readonly message?: string
  readonly reason?: string
  readonly fieldPath?: string
}

/** An OpenAPI v3 structural schema as apiextensions/v1 JSONSchemaProps defines it. */
export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly format?: string
  readonly nullable?: boolean
  readonly default?: Json
  readonly enum?: readonly Json[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly required?: readonly string[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: boolean
  readonly exclusiveMaximum?: boolean
  readonly multipleOf?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly allOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly not?: Schema
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: string
  readonly 'x-kubernetes-validations'?: readonly Rule[]
  /** Only in schemas of built-in kinds: the key by which a strategic merge patch merges this list. */
  readonly 'x-kubernetes-patch-merge-key'?: string
}

/** How server-side apply treats a value of this schema (KEP-555). */
export type Shape = 'leaf' | 'map' | 'listMap' | 'listSet'

/** Scalars, atomic lists and atomic maps are leaves; so are lists without x-kubernetes-list-type. */
export const shapeOf = (schema: Schema | undefined, value: Json | undefined): Shape => {
  if (Array.isArray(value)) {
    if (schema?.['x-kubernetes-list-type'] === 'map') return 'listMap'
    return schema?.['x-kubernetes-list-type'] === 'set' ? 'listSet' : 'leaf'
  }
  if (typeof value !== 'object' || value === null) return 'leaf'
  return schema?.['x-kubernetes-map-type'] === 'atomic' ? 'leaf' : 'map'
}

/** The schema of one property of an object, or of a value of a map. */
export const propertySchema = (schema: Schema | undefined, key: string): Schema | undefined => {
  const own = schema?.properties
  if (own !== undefined && Object.hasOwn(own, key)) return own[key]
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined
}
