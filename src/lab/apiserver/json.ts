/** Any JSON value. Everything the server keeps is frozen, so all of it is read-only. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json | undefined
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `Array.isArray` for read-only arrays. */
export const isList = (value: unknown): value is readonly Json[] => Array.isArray(value)

/** The object itself, or an empty one for anything else. */
export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : nothing)

/** The list itself, or an empty one for anything else. */
export const listOf = (value: Json | undefined): readonly Json[] => (isList(value) ? value : [])

/** The text itself, or `fallback` for anything else. */
export const textOf = (value: Json | undefined, fallback = ''): string => (typeof value === 'string' ? value : fallback)

const nothing: JsonObject = Object.freeze({})

/** Own keys whose value is not undefined. */
export const keysOf = (object: JsonObject): string[] => Object.keys(object).filter(key => object[key] !== undefined)

/** The value at a path of keys, or undefined. */
export const at = (value: Json | undefined, ...path: readonly string[]): Json | undefined => {
  let here = value
  for (const key of path) {
    if (!isObject(here) || !Object.hasOwn(here, key)) return undefined
    here = here[key]
  }
  return here
}

/** Structural equality; parts that are the same object cost nothing, which patches rely on. */
export const equal = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]))
  if (!isObject(a) || !isObject(b)) return false
  const keys = keysOf(a)
  return keys.length === keysOf(b).length && keys.every(key => Object.hasOwn(b, key) && equal(a[key], b[key]))
}

/** Freezes deeply; stops at what is frozen already, so an object that shares most of its parts with an old one is cheap. */
export const freeze = <T extends Json>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value as object)) freeze(part as Json)
  return Object.freeze(value)
}

/** The object without one key; the same object when it has no such key. */
export const without = <T extends JsonObject>(object: T, key: string): T => {
  if (!(key in object)) return object
  const copy: Record<string, Json | undefined> = { ...object }
  delete copy[key]
  return copy as T
}

/** The object with one key set; the same object when the value is the same. `undefined` removes the key. */
export const withKey = <T extends JsonObject>(object: T, key: string, value: Json | undefined): T => {
  if (value === undefined) return without(object, key)
  return object[key] === value ? object : { ...object, [key]: value }
}
