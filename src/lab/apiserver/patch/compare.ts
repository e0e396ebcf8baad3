import { equal, isList, isObject, type Json } from '../json.js'
import { propertySchema, type Schema, shapeOf } from '../schema/schema.js'
import { elementOf, type FieldSet, fieldsOf } from './field-set.js'

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
  const [old, now] = [parts(schema, before), parts(schema, after)]
  const changed: Record<string, FieldSet> = {}
  const removed: Record<string, FieldSet> = {}
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [a, b] = [old.get(key), now.get(key)]
    const found = walk((b ?? a)?.schema, a?.value, b?.value)
    if (found.changed !== undefined) changed[key] = found.changed
    if (found.removed !== undefined) removed[key] = found.removed
  }
  return { changed: orNothing(changed), removed: orNothing(removed) }
}

const orNothing = (set: Record<string, FieldSet>): FieldSet | undefined =>
  Object.keys(set).length === 0 ? undefined : set

const whole = (schema: Schema | undefined, value: Json): FieldSet => {
  const fields = fieldsOf(schema, value)
  return Object.keys(fields).length === 0 ? {} : { '.': {}, ...fields }
}

interface Part {
  readonly schema: Schema | undefined
  readonly value: Json
}

const parts = (schema: Schema | undefined, value: Json): Map<string, Part> => {
  const result = new Map<string, Part>()
  if (isList(value))
    for (const item of value) result.set(elementOf(schema, item), { schema: schema?.items, value: item })
  else if (isObject(value))
    for (const key of Object.keys(value)) {
      const part = value[key]
      if (part !== undefined) result.set(`f:${key}`, { schema: propertySchema(schema, key), value: part })
    }
  return result
}
