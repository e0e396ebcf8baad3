import { isList, isObject, type Json, objectOf } from '../json.js'
import { propertySchema, type Schema, shapeOf } from '../schema/schema.js'
import { elementOf, type FieldSet, isEmptySet, step } from './field-set.js'

/** Lays an applied configuration over the live object: granular maps and keyed lists merge, all else is replaced. */
export const overlay = (schema: Schema | undefined, live: Json | undefined, applied: Json): Json => {
  const shape = shapeOf(schema, applied)
  if (live === undefined || shape === 'leaf' || shape !== shapeOf(schema, live)) return applied
  if (isObject(applied) && isObject(live)) {
    const result: Record<string, Json | undefined> = { ...live }
    for (const [key, value] of Object.entries(applied))
      if (value !== undefined) result[key] = overlay(propertySchema(schema, key), live[key], value)
    return result
  }
  if (isList(applied) && isList(live)) return overlayList(schema, live, applied)
  return applied
}

/** Applied items merge into the live item with the same key; new ones follow in the order of the configuration. */
const overlayList = (schema: Schema | undefined, live: readonly Json[], applied: readonly Json[]): Json => {
  const incoming = new Map(applied.map(item => [elementOf(schema, item), item]))
  const merged = live.map(item => {
    const element = elementOf(schema, item)
    const value = incoming.get(element)
    incoming.delete(element)
    return value === undefined ? item : overlay(schema?.items, item, value)
  })
  return [...merged, ...incoming.values()]
}

/**
 * Removes the members of `gone` from a value. An item or field that no other manager has a part in goes as a whole, with
 * what the server added to it by default; otherwise only its named parts go. Objects emptied by this go too.
 */
export const removeFields = (schema: Schema | undefined, value: Json, gone: FieldSet, others: FieldSet): Json =>
  Object.keys(gone)
    .filter(element => element !== '.')
    .reduce((result, element) => removeElement(schema, result, element, gone, others), value)

const removeElement = (
  schema: Schema | undefined,
  value: Json,
  element: string,
  gone: FieldSet,
  others: FieldSet,
): Json => {
  const set = objectOf(gone[element])
  const [childSchema, child] = step(schema, value, element)
  if (child === undefined) return value
  const isMember = set['.'] !== undefined || isEmptySet(set)
  if (isMember && others[element] === undefined) return replaceElement(schema, value, element, undefined)
  const keys = element.startsWith('k:') ? (schema?.['x-kubernetes-list-map-keys'] ?? []) : []
  const below = Object.fromEntries(Object.entries(set).filter(([key]) => !keys.includes(key.slice(2))))
  const inner = removeFields(childSchema, child, below, objectOf(others[element]))
  return replaceElement(
    schema,
    value,
    element,
    isObject(inner) && isEmptySet(inner) && inner !== child ? undefined : inner,
  )
}

const replaceElement = (schema: Schema | undefined, value: Json, element: string, child: Json | undefined): Json => {
  if (element.startsWith('f:') && isObject(value)) {
    const { [element.slice(2)]: _old, ...rest } = value
    return child === undefined ? rest : { ...value, [element.slice(2)]: child }
  }
  if (!isList(value)) return value
  return value.flatMap(item => {
    if (elementOf(schema, item) !== element) return [item]
    return child === undefined ? [] : [child]
  })
}
