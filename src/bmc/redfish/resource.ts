/** A JSON object as a BMC served it: nothing about it is sure until one of the readers below has looked. */
export type JsonObject = Readonly<Record<string, unknown>>

/** One Redfish resource: where it was read from and what stood there. */
export interface RedfishResource {
  /** Path with query as asked for, starting with a slash; not necessarily spelled like its `@odata.id`. */
  readonly path: string
  /** ETag header, else `@odata.etag`; never empty. */
  readonly etag: string | undefined
  readonly body: JsonObject
}

/** What could not be read; the rest of an inventory goes on without it. */
export interface Problem {
  readonly about: string
  readonly message: string
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object under a chain of keys; an empty one when anything on the way is missing or of another type. */
export const object = (from: unknown, ...keys: readonly string[]): JsonObject => {
  const value = pick(from, keys)
  return isObject(value) ? value : {}
}

export const array = (from: unknown, ...keys: readonly string[]): readonly unknown[] => {
  const value = pick(from, keys)
  return Array.isArray(value) ? value : []
}

/** Trimmed text; undefined for what is empty, not text, or one of the words BMCs write where they know nothing. */
export const text = (from: unknown, ...keys: readonly string[]): string | undefined => {
  const value = pick(from, keys)
  if (typeof value !== 'string') return undefined
  const trimmed = value.trim()
  return trimmed === '' || unknownWords.has(trimmed.toLowerCase()) ? undefined : trimmed
}

/** A finite number; a string that holds nothing but a number counts, `"N/A"` does not. */
export const number = (from: unknown, ...keys: readonly string[]): number | undefined => {
  const value = pick(from, keys)
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || !/^\s*-?\d+(\.\d+)?\s*$/.test(value)) return undefined
  return Number(value)
}

export const boolean = (from: unknown, ...keys: readonly string[]): boolean | undefined => {
  const value = pick(from, keys)
  return typeof value === 'boolean' ? value : undefined
}

/** The strings of an array, anything else in it left out. */
export const texts = (from: unknown, ...keys: readonly string[]): readonly string[] =>
  array(from, ...keys).filter(item => typeof item === 'string')

/** Where a reference points: `{"@odata.id": "..."}`, or the bare path or URL that some services write in its place. */
export const link = (from: unknown, ...keys: readonly string[]): string | undefined => {
  const value = pick(from, keys)
  if (typeof value === 'string') return /^(\/|https?:\/\/)/i.test(value) ? value : undefined
  const target = isObject(value) ? value['@odata.id'] : undefined
  return typeof target === 'string' && target !== '' ? target : undefined
}

/** All references of an array of them. */
export const links = (from: unknown, ...keys: readonly string[]): readonly string[] =>
  array(from, ...keys).flatMap(item => link(item) ?? [])

/** Whether two paths mean one resource: BMCs mix letter case and trailing slashes in links to the same thing. */
export const samePath = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && comparablePath(a) === comparablePath(b)

export const comparablePath = (path: string): string => path.replace(/\/+$/, '').toLowerCase()

const unknownWords = new Set([
  'n/a',
  'na',
  'none',
  'null',
  'unknown',
  'not available',
  'not present',
  'not specified',
  'no dimm',
])

const pick = (from: unknown, keys: readonly string[]): unknown => {
  let value = from
  for (const key of keys) {
    if (!isObject(value)) return undefined
    value = value[key]
  }
  return value
}
