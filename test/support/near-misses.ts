import type { Json, JsonSchemaProps } from '../../hack/gen/schema.js'

/** A change at one place: undefined removes it. */
type Change = Json | undefined

interface Place {
  readonly path: readonly (string | number)[]
  readonly schema: JsonSchemaProps
  readonly value: Json
}

/**
 * A value that differs from `value` in one place: something of another type, just over or just at a limit, removed, or
 * a property more. `where` and `how` choose; the same numbers choose the same.
 */
export const nearMiss = (schema: JsonSchemaProps, value: Json, where: number, how: number): Json => {
  const places = placesOf({ path: [], schema, value })
  const place = places[where % places.length]
  if (place === undefined) return value
  const changes = changesAt(place)
  const changed = put(value, place.path, changes[how % changes.length])
  return changed === undefined ? null : changed
}

const placesOf = (place: Place): Place[] => [place, ...inside(place).flatMap(placesOf)]

const inside = ({ path, schema, value }: Place): Place[] => {
  if (Array.isArray(value)) {
    const { items } = schema
    return items === undefined
      ? []
      : value.map((item: Json, index) => ({ path: [...path, index], schema: items, value: item }))
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value as Record<string, Json>).flatMap(([key, property]) => {
    const known = schema.properties?.[key] ?? schema.additionalProperties
    return known === undefined ? [] : [{ path: [...path, key], schema: known, value: property }]
  })
}

const changesAt = ({ path, schema, value }: Place): Change[] => [
  ...(path.length === 0 ? [] : [undefined]),
  null,
  'text',
  '',
  7,
  -1,
  1.5,
  true,
  {},
  [],
  ...limitsOf(schema, value),
]

const limitsOf = (
  { maxLength, minimum, maximum, maxItems, minItems, type }: JsonSchemaProps,
  value: Json,
): Change[] => [
  ...(maxLength === undefined ? [] : ['x'.repeat(maxLength), 'x'.repeat(maxLength + 1)]),
  ...(minimum === undefined ? [] : [minimum, minimum - 1]),
  ...(maximum === undefined ? [] : [maximum, maximum + 1]),
  ...(maxItems === undefined || !Array.isArray(value) || value.length === 0
    ? []
    : [Array<Json>(maxItems).fill(value[0] as Json), Array<Json>(maxItems + 1).fill(value[0] as Json)]),
  ...(minItems === undefined || !Array.isArray(value) ? [] : [(value as Json[]).slice(0, minItems - 1)]),
  ...(type === 'object' && typeof value === 'object' ? [{ ...(value as object), unknownField: 1 } as Json] : []),
]

const put = (value: Json, path: readonly (string | number)[], change: Change): Json | undefined => {
  const [first, ...rest] = path
  if (first === undefined) return change
  if (Array.isArray(value))
    return value.flatMap((item: Json, index): Json[] => {
      const changed = index === first ? put(item, rest, change) : item
      return changed === undefined ? [] : [changed]
    })
  const object = value as Record<string, Json>
  const changed = put(object[first] as Json, rest, change)
  const others = Object.fromEntries(Object.entries(object).filter(([key]) => key !== first))
  return changed === undefined ? others : { ...others, [first]: changed }
}
