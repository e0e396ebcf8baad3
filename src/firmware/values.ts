import { type Wish, wishes } from '../../api/metal/firmware-profile.js'
import type { Words } from './knowledge.js'
import type { AttributeRegistry, BiosValue, RegistryAttribute } from './model.js'
import { reduced } from './names.js'

/**
 * A plain value, or undefined for the objects and nulls that some services serve. Of an object that says what its
 * value is (see {@link isWrapped}) that value.
 */
export const plain = (value: unknown): BiosValue | undefined => {
  const bare = isWrapped(value) ? value.current_value : value
  return typeof bare === 'string' || typeof bare === 'number' || typeof bare === 'boolean' ? bare : undefined
}

/** Some services serve each attribute as an object of its value and what is allowed; how such are written is unknown. */
export const isWrapped = (value: unknown): value is { readonly current_value: unknown } =>
  typeof value === 'object' && value !== null && 'current_value' in value

/** As it stands in a plan. */
export const shown = (value: unknown): string => String(plain(value) ?? JSON.stringify(value))

type Listed = RegistryAttribute['values'][number]

/** The row of the registry that a served value means: by ValueName, else by ValueDisplayName, else loosely. */
export const listedValue = (value: BiosValue, listed: RegistryAttribute | undefined): Listed | undefined => {
  const text = String(value)
  const rows = listed?.values ?? []
  return (
    rows.find(({ valueName }) => valueName === text) ??
    rows.find(({ valueDisplayName }) => valueDisplayName === text) ??
    rows.find(({ valueName }) => reduced(valueName) === reduced(text)) ??
    rows.find(({ valueDisplayName }) => reduced(valueDisplayName ?? '') === reduced(text))
  )
}

/**
 * Whether two values mean the same, whichever column of the registry each is written in. Some boards say Enable in one
 * resource and Enabled in the other; that is one word, unless the registry tells them apart.
 */
export const sameValue = (left: unknown, right: unknown, listed?: RegistryAttribute): boolean => {
  const [one, other] = [plain(left), plain(right)]
  if (one === undefined || other === undefined) return false
  if (String(one) === String(other)) return true
  const [row, otherRow] = [listedValue(one, listed), listedValue(other, listed)]
  if (row !== undefined && otherRow !== undefined) return row === otherRow
  return typeof one === typeof other
    ? isOneSwitchWord(String(one), String(other))
    : reduced(String(one)) === reduced(String(other))
}

/** Whether both are the same one of the words Enable and Disable, with an ending or without. */
export const isOneSwitchWord = (one: string, other: string): boolean => {
  const stem = (text: string) => /^(enable|disable)d?$/i.exec(text.trim())?.[1]?.toLowerCase()
  return stem(one) !== undefined && stem(one) === stem(other)
}

/** Words in order of preference. `attribute` is left away where a service begins its value names with it. */
export interface Vocabulary {
  readonly words: Words
  readonly attribute: string
  readonly listed: RegistryAttribute | undefined
}

/** What a value means for a knob; undefined when it is none of the known words. */
export const senseOf = (value: BiosValue, vocabulary: Vocabulary): Wish | undefined => {
  const row = listedValue(value, vocabulary.listed)
  return row === undefined ? senseOfWord(String(value), vocabulary) : senseOfRow(row, vocabulary)
}

// Where value names are bare numbers only their labels tell: "0" is labelled Enable on some boards.
const senseOfRow = ({ valueName, valueDisplayName }: Listed, vocabulary: Vocabulary): Wish | undefined =>
  valueDisplayName === undefined
    ? senseOfWord(valueName, vocabulary)
    : (senseOfWord(valueDisplayName, vocabulary) ??
      (/^\d+$/.test(valueName) ? undefined : senseOfWord(valueName, vocabulary)))

const senseOfWord = (text: string, vocabulary: Vocabulary): Wish | undefined =>
  wishes.find(wish => rankOf(text, vocabulary.words[wish] ?? [], vocabulary) !== undefined)

const rankOf = (text: string, words: readonly string[], { attribute }: Vocabulary): number | undefined => {
  const word = reduced(text)
  const prefix = reduced(attribute)
  const bare = word.startsWith(prefix) && word.length > prefix.length ? word.slice(prefix.length) : word
  const rank = words.findIndex(known => reduced(known) === bare)
  return rank === -1 ? undefined : rank
}

/** A value to write, or why there is none. */
export type Writable =
  | { readonly value: BiosValue }
  | { readonly offered: readonly string[] }
  | { readonly unknown: string }

/**
 * The value that fulfils a wish, in the vocabulary and JSON type of the current value: from the registry when it
 * lists values, else the counterpart of the current word (Enable for Disable, 1 for 0), provided that both have a known sense.
 */
export const valueFor = (
  wish: Wish,
  current: BiosValue,
  vocabulary: Vocabulary,
  registry: AttributeRegistry | undefined,
  attributes: Readonly<Record<string, unknown>>,
): Writable => {
  const rows = vocabulary.listed?.values ?? []
  if (rows.length === 0) return counterpart(wish, current, vocabulary)
  const words = vocabulary.words[wish] ?? []
  const ranked = rows
    .filter(row => senseOfRow(row, vocabulary) === wish)
    .map(row => ({
      row,
      rank:
        rankOf(row.valueDisplayName ?? '', words, vocabulary) ??
        rankOf(row.valueName, words, vocabulary) ??
        words.length,
    }))
    .sort((left, right) => left.rank - right.rank)
  const best = ranked[0]?.row
  if (best === undefined) return { offered: rows.map(row => row.valueDisplayName ?? row.valueName) }
  return writtenIn(current, written(best, current, vocabulary.listed, registry, attributes))
}

/** A row of the registry as this service writes values: same column and JSON type as the current value. */
export const written = (
  row: Listed,
  current: BiosValue,
  listed: RegistryAttribute | undefined,
  registry: AttributeRegistry | undefined,
  attributes: Readonly<Record<string, unknown>>,
): BiosValue => {
  const now = listedValue(current, listed)
  const byLabel =
    now === undefined
      ? servesLabels(registry, attributes)
      : now.valueName !== String(current) && now.valueDisplayName === String(current)
  const columns = [row.valueName, row.valueDisplayName ?? row.valueName]
  const values = (byLabel ? columns.reverse() : columns).map(text => coerced(text, current))
  return values.find(value => typeof value === typeof current) ?? row.valueName
}

/** A registry that lists words for what is served as a number describes something else. */
export const writtenIn = (current: BiosValue, value: BiosValue): { value: BiosValue } | { unknown: string } =>
  typeof value === typeof current
    ? { value }
    : { unknown: `its registry lists words like ${value} although the service serves a ${typeof current}` }

/** `text` in the JSON type of `current`, where that is possible. */
export const coerced = (text: string, current: BiosValue): BiosValue => {
  if (typeof current === 'number') return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
  if (typeof current === 'boolean') return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text
  return text
}

const servesLabels = (
  registry: AttributeRegistry | undefined,
  attributes: Readonly<Record<string, unknown>>,
): boolean => {
  let balance = 0
  for (const { name, values } of registry?.attributes ?? []) {
    const text = String(plain(attributes[name]))
    if (values.some(({ valueName }) => valueName === text)) balance--
    else if (values.some(({ valueDisplayName }) => valueDisplayName === text)) balance++
  }
  return balance > 0
}

const opposites = [
  ['Enabled', 'Disabled'],
  ['Enable', 'Disable'],
  ['On', 'Off'],
  ['Yes', 'No'],
  ['True', 'False'],
  ['1', '0'],
  ['ALL LPs', 'Single LP'],
] as const

const counterpart = (wish: Wish, current: BiosValue, vocabulary: Vocabulary): Writable => {
  const text = String(current)
  const pair = opposites.find(words => words.some(word => word.toLowerCase() === text.toLowerCase()))
  const word = pair?.find(one => senseOfWord(one, vocabulary) === wish)
  if (word !== undefined) return { value: coerced(text === text.toLowerCase() ? word.toLowerCase() : word, current) }
  return typeof current === 'string'
    ? { unknown: `nothing tells which other words than "${current}" are taken` }
    : { unknown: `nothing tells what the ${typeof current} ${text} means` }
}
