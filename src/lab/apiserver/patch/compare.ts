import { equal, isList, isObject, type Json, type JsonObject } from '../json.js'
import { propertySchema, type Schema, shapeOf } from '../schema/schema.js'
import { elementOf, type FieldSet, fieldsOf, isEmptySet } from './field-set.js'

/** What differs between two states: fields that are new or have another value, and fields that are gone. */
export interface Comparison {
  readonly changed: FieldSet
  readonly removed: FieldSet
}

/**
 * Compares two states of an object field by field. Parts that are the same object are skipped, so comparing the result of a
 * small patch with its origin is cheap.
 */
export const compare = (schema: Schema | undefined, before: Json | undefined, after: Json | undefined): Comparison => {
  const result = walk(schema, before, after)
  return { changed: result.changed ?? {}, removed: result.removed ?? {} }
}

interface Found {
  readonly changed?: FieldSet | undefined
  readonly removed?: FieldSet | undefined
}

const walk = (schema: Schema | undefined, before: Json | undefined, after: Json | undefined): Found => {
  if (before === after) return {}
  if (after === undefined) return { removed: whole(schema, before ?? null) }
  if (before === undefined) return { changed: whole(schema, after) }
  const shape = shapeOf(schema, after)
  if (shape === 'leaf' || shape !== shapeOf(schema, before))
    return equal(before, after) ? {} : { changed: whole(schema, after) }
  return isObject(before) && isObject(after) ? walkMaps(schema, before, after) : walkLists(schema, before, after)
}

const walkMaps = (schema: Schema | undefined, before: JsonObject, after: JsonObject): Found => {
  const changed: Record<string, FieldSet> = {}
  const removed: Record<string, FieldSet> = {}
  const visit = (key: string, old: Json | undefined, now: Json | undefined) => {
    if (old !== now) note(changed, removed, `f:${key}`, walk(propertySchema(schema, key), old, now))
  }
  for (const key of Object.keys(after)) visit(key, Object.hasOwn(before, key) ? before[key] : undefined, after[key])
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) visit(key, before[key], undefined)
  return { changed: orNothing(changed), removed: orNothing(removed) }
}

const walkLists = (schema: Schema | undefined, before: Json, after: Json): Found => {
  const changed: Record<string, FieldSet> = {}
  const removed: Record<string, FieldSet> = {}
  const [old, now] = [itemsOf(schema, before), itemsOf(schema, after)]
  for (const [element, item] of now) note(changed, removed, element, walk(schema?.items, old.get(element), item))
  for (const [element, item] of old)
    if (!now.has(element)) note(changed, removed, element, walk(schema?.items, item, undefined))
  return { changed: orNothing(changed), removed: orNothing(removed) }
}

const itemsOf = (schema: Schema | undefined, list: Json): Map<string, Json> =>
  new Map(isList(list) ? list.map(item => [elementOf(schema, item), item]) : [])

const note = (
  changed: Record<string, FieldSet>,
  removed: Record<string, FieldSet>,
  element: string,
  found: Found,
): void => {
  if (found.changed !== undefined) changed[element] = found.changed
  if (found.removed !== undefined) removed[element] = found.removed
}

const orNothing = (set: Record<string, FieldSet>): FieldSet | undefined => (isEmptySet(set) ? undefined : set)

const whole = (schema: Schema | undefined, value: Json): FieldSet => {
  const fields = fieldsOf(schema, value)
  return isEmptySet(fields) ? {} : { '.': {}, ...fields }
}
