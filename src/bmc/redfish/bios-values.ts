import { isDeepStrictEqual } from 'node:util'
import type { AttributeRegistry, RegistryAttribute } from '../../firmware/model.js'
import { isOneSwitchWord } from '../../firmware/values.js'
import type { BiosValue } from '../model.js'
import { isObject, type JsonObject } from './resource.js'

/** The attributes whose pending value differs from the current one, whichever way the service shows pending settings:
 * not at all, as a full copy, or only what waits. Values that the registry calls the same are the same: some services
 * use value names in one place and display names in the other. */
export const pendingOf = (
  current: JsonObject,
  settings: JsonObject,
  registry: AttributeRegistry | undefined,
): Record<string, unknown> => {
  const rows = new Map(registry?.attributes.map(attribute => [attribute.name, attribute]))
  const waiting = Object.entries(settings).filter(([name, value]) => !sameValue(value, current[name], rows.get(name)))
  return Object.fromEntries(waiting)
}

/** Whether two values mean the same setting: Enable and Enabled do, unless the registry tells them apart. */
export const sameValue = (a: unknown, b: unknown, attribute: RegistryAttribute | undefined): boolean => {
  const left = plainValue(a)
  const right = plainValue(b)
  if (isDeepStrictEqual(left, right)) return true
  const rows = attribute?.values ?? []
  if (rows.some(row => isOne(left, row) && isOne(right, row))) return true
  const toldApart = [left, right].every(value => rows.some(row => isOne(value, row)))
  return !toldApart && typeof left === 'string' && typeof right === 'string' && isOneSwitchWord(left, right)
}

/** A switch word with the ending that another one has: Enable for Disable, Enabled for Disabled; others as they are. */
export const spelledLike = (value: string, example: string): string => {
  const word = /^(enable|disable)d?$/i.exec(value)?.[1]
  const ending = /^(?:enable|disable)(d?)$/i.exec(example)?.[1]
  return word === undefined || ending === undefined ? value : word + ending
}

/** The value as a request must carry it, or why there is none: never guessed, as a wrong one may be taken. */
export type Coerced = { readonly value: BiosValue } | { readonly problem: string }

/**
 * Gives `wanted` the JSON type that the service uses for the attribute: that of its current value, else the one its
 * registry type means (AttributeRegistry.v1 AttributeType). Without either it goes as it is.
 */
export const coerce = (wanted: BiosValue, current: unknown, attribute: RegistryAttribute | undefined): Coerced => {
  const type = jsonTypeOf(plainValue(current)) ?? jsonTypeOfRegistry(attribute?.type)
  if (type === undefined || typeof wanted === type) return { value: wanted }
  switch (type) {
    case 'string':
      return { value: String(wanted) }
    case 'number': {
      const number = typeof wanted === 'string' && wanted.trim() === '' ? Number.NaN : Number(wanted)
      return Number.isFinite(number) ? { value: number } : { problem: `a number is needed, not ${String(wanted)}` }
    }
    case 'boolean': {
      const word = String(wanted).toLowerCase()
      const value = truths.has(word) ? true : lies.has(word) ? false : undefined
      return value === undefined ? { problem: `true or false is needed, not ${String(wanted)}` } : { value }
    }
  }
}

const truths: ReadonlySet<string> = new Set(['true', '1', 'enabled', 'enable', 'on', 'yes'])
const lies: ReadonlySet<string> = new Set(['false', '0', 'disabled', 'disable', 'off', 'no'])

type JsonType = 'string' | 'number' | 'boolean'

const jsonTypeOf = (value: unknown): JsonType | undefined => {
  const type = typeof value
  return type === 'string' || type === 'number' || type === 'boolean' ? type : undefined
}

const jsonTypeOfRegistry = (type: string | undefined): JsonType | undefined => {
  switch (type) {
    case 'Integer':
      return 'number'
    case 'Boolean':
      return 'boolean'
    case 'String':
    case 'Enumeration':
    case 'Password':
      return 'string'
    default:
      return undefined
  }
}

/** Some services wrap each value in an object together with what is allowed. */
const plainValue = (value: unknown): unknown =>
  isObject(value) && 'current_value' in value ? value['current_value'] : value

const isOne = (value: unknown, row: RegistryAttribute['values'][number]): boolean =>
  value === row.valueName || (value !== undefined && value === row.valueDisplayName)
