import { number, text } from '../resource.js'

/** The value with every undefined property left out, at all depths. */
export const withoutUndefined = <T>(value: T): T => {
  if (Array.isArray(value)) return value.map(item => withoutUndefined<unknown>(item)) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value as Record<string, unknown>).filter(([, item]) => item !== undefined)
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutUndefined(item)])) as T
}

/** Text as short as the schema of HostInventory wants it. */
export const shortText = (from: unknown, ...keys: readonly string[]): string | undefined =>
  text(from, ...keys)
    ?.replace(/\s+/g, ' ')
    .slice(0, 512)

/** A whole number of at least 0; anything else is left out rather than guessed at. */
const count = (from: unknown, ...keys: readonly string[]): number | undefined => {
  const value = number(from, ...keys)
  return value === undefined || value < 0 || value > Number.MAX_SAFE_INTEGER ? undefined : Math.round(value)
}

/** Like count, but 0 stands for "not known". */
export const positive = (from: unknown, ...keys: readonly string[]): number | undefined => {
  const value = count(from, ...keys)
  return value === 0 ? undefined : value
}

/** Undefined when no part is known: an unknown summand makes the sum too small, not the truth. */
export const sum = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter(value => value !== undefined)
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0)
}

/** Empty slots and sockets are listed as resources of their own. */
export const isPresent = (body: unknown): boolean => text(body, 'Status', 'State') !== 'Absent'

/** HealthRollup covers the parts of a part; some services have only the health of the thing itself. */
export const healthOf = (body: unknown): string | undefined =>
  shortText(body, 'Status', 'HealthRollup') ?? shortText(body, 'Status', 'Health')

/** In the order in which people count: bay 2 before bay 10. */
export const byName = <T>(items: readonly T[], name: (item: T) => string | undefined): T[] =>
  [...items].sort((a, b) => collator.compare(name(a) ?? '', name(b) ?? ''))

const collator = new Intl.Collator('en', { numeric: true })
