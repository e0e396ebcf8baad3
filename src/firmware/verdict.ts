import type { KnobOutcome } from '../../api/metal/host-firmware.js'
import { listedAttribute, lockOn, overruledBy, type Values, valuesAfter } from './dependencies.js'
import type { BiosSnapshot, BiosValue } from './model.js'
import { isWrapped, plain, sameValue, shown } from './values.js'

/** What is to be done about one attribute. */
export interface Verdict {
  readonly outcome: KnobOutcome
  readonly attribute: string
  readonly from: string
  readonly to?: string
  readonly evidence: string
  /** What to write; absent although the outcome is Change when the wanted value is already pending. */
  readonly write?: BiosValue
  /** Who forbids it, for ReadOnly. */
  readonly by?: string
}

/** What one attribute shall be. */
export interface Target {
  readonly name: string
  /** Whether a value, current or pending, is what is wished. */
  readonly isMet: (value: unknown) => boolean
  /** What to write if it is not, or why that is not known. `forbidden` says that the wish cannot be met at all. */
  readonly value:
    | { readonly value: BiosValue }
    | { readonly unknown: string }
    | { readonly forbidden: string; by: string }
}

/**
 * Compares one attribute with its target. `writes` is what else would be written in the same go: it can unlock the
 * attribute, lock it, or set it.
 *
 * A wanted value that is already pending is a Change without a write (only the restart is missing); a pending value
 * that would undo a right one is a Change that writes the right one again.
 */
export const judge = (target: Target, snapshot: BiosSnapshot, writes: Values): Verdict => {
  const { name, isMet } = target
  const current = snapshot.attributes[name]
  const pending = snapshot.pending[name]
  const from = shown(current)
  const base = { attribute: name, from }
  if (plain(current) === undefined)
    return { ...base, outcome: 'Unknown', evidence: `${name} is no plain value but ${kindOf(current)}` }
  // Whether such an object would be taken back as one or as a plain value is told nowhere.
  if (isWrapped(current) && !isMet(current))
    return {
      ...base,
      outcome: 'Unknown',
      evidence: `${name} is ${from}, served as an object: how it is written is unknown`,
    }
  const willBe = valuesAfter(snapshot, without(writes, name))
  // Some boards name the same value differently among the pending settings, so a pending value is judged by its sense.
  if (isMet(current) && isMet(willBe[name])) return { ...base, outcome: 'AlreadySet', evidence: `${name} is ${from}` }
  if (pending !== undefined && isMet(pending) && isMet(willBe[name])) {
    const evidence = `${name} is ${from} and ${shown(pending)} is already pending`
    return { ...base, outcome: 'Change', to: shown(pending), evidence }
  }
  if ('unknown' in target.value)
    return { ...base, outcome: 'Unknown', evidence: `${name} is ${from} and ${target.value.unknown}` }
  if ('forbidden' in target.value)
    return {
      ...base,
      outcome: 'ReadOnly',
      evidence: `${name} is ${from} and ${target.value.forbidden}`,
      by: target.value.by,
    }
  const wanted = target.value.value
  const lock = lockOn(name, snapshot, willBe)
  if (lock !== undefined) {
    if (isMet(willBe[name])) {
      const evidence = `${name} is ${from} and becomes ${shown(willBe[name])} by ${lock}`
      return { ...base, outcome: 'Implied', to: shown(wanted), evidence }
    }
    return {
      ...base,
      outcome: 'ReadOnly',
      to: shown(wanted),
      evidence: `${name} is ${from}, locked by ${lock}`,
      by: lock,
    }
  }
  const overruled = overruledBy(name, snapshot, valuesAfter(snapshot, { ...writes, [name]: wanted }))
  if (overruled !== undefined) {
    const evidence = `${name} is ${from}, and ${overruled.by} sets it to ${shown(overruled.value)}`
    return { ...base, outcome: 'ReadOnly', to: shown(wanted), evidence, by: overruled.by }
  }
  const listed = listedAttribute(snapshot.registry, name)
  const why =
    pending === undefined
      ? sameValue(current, wanted, listed)
        ? `${name} is ${from}, and another change would set it to ${shown(willBe[name])}`
        : `${name} is ${from}`
      : `${name} is ${from}, and the pending ${shown(pending)} would ${isMet(current) ? 'undo' : 'not meet'} it`
  return { ...base, outcome: 'Change', to: shown(wanted), evidence: why, write: wanted }
}

const without = (values: Values, name: string): Values =>
  Object.fromEntries(Object.entries(values).filter(([other]) => other !== name))

const kindOf = (value: unknown): string =>
  value === null || value === undefined ? 'null' : Array.isArray(value) ? 'a list' : `a JSON ${typeof value}`
