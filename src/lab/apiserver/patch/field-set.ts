import { isList, isObject, type Json, type JsonObject } from '../json.js'
import { keyValue } from '../schema/list-types.js'
import { propertySchema, type Schema, shapeOf } from '../schema/schema.js'

/**
 * A set of field paths in the form of FieldsV1 (`f:name`, `k:{"type":"Ready"}`, `v:"value"`). An empty object is a member;
 * a node with children is a member itself only when it also holds `.`.
 */
export type FieldSet = JsonObject

/** Whether a node of a set (not the root) is a member itself. */
const isMember = (node: FieldSet): boolean => node['.'] !== undefined || isEmptySet(node)

const children = (node: FieldSet): string[] => Object.keys(node).filter(key => key !== '.')

export const isEmptySet = (set: FieldSet): boolean => {
  for (const _key in set) return false
  return true
}

const node = (set: FieldSet, key: string): FieldSet | undefined => {
  const value = set[key]
  return isObject(value) ? value : undefined
}

/** A node that is a member or not and has the given children; undefined when it would stand for nothing. */
const build = (member: boolean, parts: Record<string, FieldSet>): FieldSet | undefined => {
  const empty = Object.keys(parts).length === 0
  if (empty) return member ? {} : undefined
  return member ? { '.': {}, ...parts } : parts
}

type Combine = (inA: boolean, inB: boolean) => boolean

/** Combines two sets; a branch that only one of them has is shared or left out as a whole. */
const combine = (a: FieldSet, b: FieldSet, keep: Combine, root: boolean): FieldSet | undefined => {
  const parts: Record<string, FieldSet> = {}
  const add = (key: string, part: FieldSet | undefined) => {
    if (part !== undefined) parts[key] = part
  }
  for (const key of children(a)) {
    const [here, there] = [node(a, key), node(b, key)]
    if (here === undefined) continue
    if (there !== undefined) add(key, combine(here, there, keep, false))
    else if (keep(true, false)) add(key, here)
  }
  if (keep(false, true)) for (const key of children(b)) if (a[key] === undefined) add(key, node(b, key))
  return build(!root && keep(isMember(a), isMember(b)), parts)
}

export const union = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (x, y) => x || y, true) ?? {}

export const difference = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (x, y) => x && !y, true) ?? {}

export const intersection = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (x, y) => x && y, true) ?? {}

/** Whether every member of `a` is one of `b`; allocates nothing, since most writes only change what their writer owns. */
export const isSubset = (a: FieldSet, b: FieldSet): boolean => {
  for (const key in a) {
    const here = node(a, key)
    if (key === '.' || here === undefined) continue
    const there = node(b, key)
    if (there === undefined || (isMember(here) && !isMember(there)) || !isSubset(here, there)) return false
  }
  return true
}

/** Whether the sets have a member in common. */
export const intersects = (a: FieldSet, b: FieldSet): boolean => {
  for (const key in a) {
    const [here, there] = [node(a, key), node(b, key)]
    if (key === '.' || here === undefined || there === undefined) continue
    if ((isMember(here) && isMember(there)) || intersects(here, there)) return true
  }
  return false
}

/** The set without everything that is not in `value` any more. */
export const stillThere = (set: FieldSet, schema: Schema | undefined, value: Json | undefined): FieldSet =>
  keepPresent(set, schema, value, true) ?? {}

const keepPresent = (
  set: FieldSet,
  schema: Schema | undefined,
  value: Json | undefined,
  root: boolean,
): FieldSet | undefined => {
  if (value === undefined) return undefined
  const parts: Record<string, FieldSet> = {}
  for (const key of children(set)) {
    const [childSchema, childValue] = step(schema, value, key)
    const part = keepPresent(node(set, key) ?? {}, childSchema, childValue, false)
    if (part !== undefined) parts[key] = part
  }
  return build(!root && isMember(set), parts)
}

/** The schema and value one path element further down. */
export const step = (
  schema: Schema | undefined,
  value: Json | undefined,
  element: string,
): [Schema | undefined, Json | undefined] => {
  if (element.startsWith('f:')) {
    const key = element.slice(2)
    return [propertySchema(schema, key), isObject(value) ? value[key] : undefined]
  }
  const found = isList(value) ? value.find(item => elementOf(schema, item) === element) : undefined
  return [schema?.items, found]
}

/** The path element of an item of a list-map or of a set. Keys stand in the order of the alphabet. */
export const elementOf = (schema: Schema | undefined, item: Json): string => {
  const keys = schema?.['x-kubernetes-list-map-keys']
  if (schema === undefined || keys === undefined) return `v:${JSON.stringify(item)}`
  const pairs = keys.map(key => `${JSON.stringify(key)}:${JSON.stringify(keyValue(schema, item, key))}`)
  return `k:{${(pairs.length === 1 ? pairs : pairs.sort()).join(',')}}`
}

/** All fields that a configuration names: what server-side apply makes its manager own. */
export const fieldsOf = (schema: Schema | undefined, value: Json): FieldSet => {
  switch (shapeOf(schema, value)) {
    case 'leaf':
      return {}
    case 'map': {
      const entries = Object.entries(value as JsonObject).flatMap(([key, part]) =>
        part === undefined ? [] : [[`f:${key}`, fieldsOf(propertySchema(schema, key), part)] as const],
      )
      return Object.fromEntries(entries)
    }
    case 'listMap':
      return Object.fromEntries(
        (value as readonly Json[]).map(item => [
          elementOf(schema, item),
          { '.': {}, ...fieldsOf(schema?.items, item) },
        ]),
      )
    case 'listSet':
      return Object.fromEntries((value as readonly Json[]).map(item => [elementOf(schema, item), {}]))
  }
}
