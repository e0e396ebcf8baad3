/** JSON as a BMC serves it. Bodies are never changed in place: a change makes a new object. */
export type Json = null | boolean | number | string | Json[] | JsonObject

export interface JsonObject {
  [key: string]: Json
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object at `key`, or an empty one. */
export const objectAt = (body: JsonObject | undefined, key: string): JsonObject => {
  const value = body?.[key]
  return isObject(value) ? value : {}
}

export const textAt = (body: JsonObject | undefined, key: string): string | undefined => {
  const value = body?.[key]
  return typeof value === 'string' ? value : undefined
}

export const listAt = (body: JsonObject | undefined, key: string): Json[] => {
  const value = body?.[key]
  return Array.isArray(value) ? value : []
}

/** The target of `{"@odata.id": ...}` at `key`. */
export const linkAt = (body: JsonObject | undefined, key: string): string | undefined =>
  textAt(objectAt(body, key), '@odata.id')

/** The targets of a list of links at `key` (collections: `Members`). */
export const linksAt = (body: JsonObject | undefined, key: string): string[] =>
  listAt(body, key).flatMap(item => {
    const target = isObject(item) ? textAt(item, '@odata.id') : undefined
    return target === undefined ? [] : [target]
  })

/** `ComputerSystem` of `#ComputerSystem.v1_16_0.ComputerSystem`; undefined when the body has no type. */
export const typeOfBody = (body: JsonObject | undefined): string | undefined =>
  /^#([A-Za-z0-9]+)\./.exec(textAt(body, '@odata.type') ?? '')?.[1]
