import { isDeepStrictEqual } from 'node:util'

/**
 * The merge patch (RFC 7386) that turns the top-level fields of `status` into those of `wanted`: fields that are
 * undefined in `wanted` are removed, fields that it does not name are left alone, and objects are replaced as a whole.
 * Undefined when nothing changes.
 */
export const changedFields = (status: object, wanted: object): Record<string, unknown> | undefined => {
  const known = status as Record<string, unknown>
  const entries = Object.entries(wanted)
    .filter(([name, value]) => !isDeepStrictEqual(known[name], value))
    .map(([name, value]) => [name, value === undefined ? null : withNulls(known[name], value)])
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Record<string, unknown>)
}

/** A merge patch keeps keys that it does not name; those that are to go must be null. */
const withNulls = (before: unknown, after: unknown): unknown => {
  if (!isPlain(before) || !isPlain(after)) return after
  const removed = Object.keys(before).filter(name => after[name] === undefined)
  return {
    ...Object.fromEntries(removed.map(name => [name, null])),
    ...Object.fromEntries(Object.entries(after).map(([name, value]) => [name, withNulls(before[name], value)])),
  }
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
