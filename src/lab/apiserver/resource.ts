import type { Json, JsonObject } from './json.js'
import type { ApiObject } from './object.js'
import type { Check } from './schema/validate.js'
import type { Schema } from './schema/schema.js'
import type { Labels } from './selectors.js'
import type { FieldError, Subject } from './status-error.js'

/** A column of the Table that kubectl prints. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly jsonPath: string
  /** Finds the value where no path could; only for built-in kinds. */
  readonly value?: (object: JsonObject) => Json
  readonly description?: string
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority?: number
}

/** What a kind does at a write, beyond its schema. */
export interface WriteContext {
  readonly previous: ApiObject | undefined
  readonly subresource: string | undefined
  /** RFC 3339. */
  readonly now: string
  /** An object of another kind that decides about this one, as stored; only while an object is made. */
  readonly related?: (table: string, key: string) => ApiObject | undefined
}

/** One resource as it is served under one version. Several versions share one table of the storage. */
export interface ApiResource extends Subject {
  readonly version: string
  readonly kind: string
  readonly listKind: string
  readonly singular: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
  /** The table of the storage. */
  readonly table: string
  /** Includes apiVersion, kind and metadata. */
  readonly schema: Schema
  readonly check: Check
  readonly columns: readonly Column[]
  readonly subresources: readonly string[]
  /** Whether a write to the main resource leaves status alone. */
  readonly hasStatus: boolean
  /** Nodes register with their status; everything else begins without. */
  readonly statusOnCreate?: boolean
  /** Whether metadata.generation counts changes of what is wanted. */
  readonly hasGeneration: boolean
  /** Custom resources take no strategic merge patch and report unknown fields. */
  readonly custom: boolean
  /** Kinds whose names may hold colons (RBAC) or must be labels (namespaces). */
  readonly nameRule: 'subdomain' | 'label' | 'pathSegment'
  /** Additional fields for field selectors. */
  readonly fields?: (object: ApiObject) => Labels
  readonly fieldNames?: readonly string[]
  /** Fills in what the kind decides itself; runs before validation. */
  readonly prepare?: (object: ApiObject, context: WriteContext) => ApiObject
  readonly validate?: (object: ApiObject, context: WriteContext) => FieldError[]
  /** Conversions between the stored form and this version; absent when they are the same. */
  readonly toStored?: (object: JsonObject) => JsonObject
  readonly fromStored?: (object: ApiObject) => ApiObject
}

export const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const

export const apiVersionOf = (resource: { group: string; version: string }): string =>
  resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
