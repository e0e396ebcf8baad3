import { isList, isObject, type Json } from '../json.js'
import { CelError, type Expression, type Scope } from './scope.js'

const text = (value: Json | undefined): string => {
  if (typeof value === 'string') return value
  throw new CelError('no such overload: a string is needed')
}

const size = (value: Json | undefined): number => {
  if (typeof value === 'string') return Array.from(value).length
  if (isList(value)) return value.length
  if (isObject(value)) return Object.keys(value).length
  throw new CelError('no such overload: size needs a string, list or map')
}

/** Functions on a receiver: `self.name.startsWith('x')`. */
export const methods: Readonly<Record<string, (receiver: Json, ...values: Json[]) => Json>> = {
  size,
  startsWith: (receiver, prefix) => text(receiver).startsWith(text(prefix)),
  endsWith: (receiver, suffix) => text(receiver).endsWith(text(suffix)),
  contains: (receiver, part) => text(receiver).includes(text(part)),
  matches: (receiver, pattern) => new RegExp(text(pattern), 'u').test(text(receiver)),
  lowerAscii: receiver => text(receiver).toLowerCase(),
  upperAscii: receiver => text(receiver).toUpperCase(),
  trim: receiver => text(receiver).trim(),
  split: (receiver, separator) => text(receiver).split(text(separator)),
}

/** Functions without a receiver. */
export const functions: Readonly<Record<string, (...values: Json[]) => Json>> = {
  size,
  string: value => (typeof value === 'string' ? value : JSON.stringify(value)),
  int: value => whole(value),
}

const whole = (value: Json | undefined): number => {
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || Number.isNaN(number)) throw new CelError('int needs a number')
  return Math.trunc(number)
}

/** What a macro loops over: the items of a list or the keys of a map. */
const itemsOf = (value: Json): readonly Json[] => {
  if (isList(value)) return value
  if (isObject(value)) return Object.keys(value)
  throw new CelError('no such overload: a list or map is needed')
}

const holds = (value: Json): boolean => value === true

type Loop = (items: readonly Json[], body: (item: Json) => Json) => Json

/** Macros: `self.parts.all(p, p.weight > 0)`. As with && and ||, an item that decides wins over one that fails. */
export const macros: Readonly<Record<string, Loop>> = {
  all: (items, body) => !decides(items, item => !holds(body(item))),
  exists: (items, body) => decides(items, item => holds(body(item))),
  exists_one: (items, body) => items.filter(item => holds(body(item))).length === 1,
  filter: (items, body) => items.filter(item => holds(body(item))),
  map: (items, body) => items.map(body),
}

const decides = (items: readonly Json[], test: (item: Json) => boolean): boolean => {
  let error: CelError | undefined
  for (const item of items) {
    try {
      if (test(item)) return true
    } catch (thrown) {
      if (!(thrown instanceof CelError)) throw thrown
      error = thrown
    }
  }
  if (error !== undefined) throw error
  return false
}

export const loop =
  (run: Loop, over: Expression, name: string, body: Expression): Expression =>
  (outer: Scope | undefined) =>
    run(itemsOf(over(outer)), value => body({ name, value, outer }))
