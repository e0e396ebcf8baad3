import type { KnobResult } from '../../api/metal/host-firmware.js'
import { lockOn, type Values, valuesAfter } from './dependencies.js'
import type { BiosSnapshot, BiosValue } from './model.js'
import { sameValue, shown } from './values.js'

/** One attribute that is written, in its place in the order, and what comes with it. */
export interface PlanStep {
  readonly attribute: string
  readonly from: string
  readonly to: string
  /** The wishes it is written for, as in KnobResult.knob. */
  readonly knobs: readonly string[]
  /** Attributes outside of the plan that the registry sets along with it. */
  readonly implies: readonly { readonly attribute: string; readonly from: string; readonly to: string }[]
  /** Attributes that cannot be written any more once it is in force. */
  readonly locks: readonly string[]
}

/** The changes of a plan one by one. Pure. */
export const stepsOf = (
  changes: Readonly<Record<string, BiosValue>>,
  rows: readonly KnobResult[],
  snapshot: BiosSnapshot,
): PlanStep[] =>
  Object.entries(changes).map(([attribute, value]) => ({
    attribute,
    from: shown(snapshot.attributes[attribute]),
    to: shown(value),
    knobs: rows.filter(row => row.outcome === 'Change' && isAbout(row, attribute)).map(({ knob }) => knob),
    ...consequences(attribute, value, changes, snapshot),
  }))

const isAbout = (row: KnobResult, attribute: string): boolean =>
  row.attribute === attribute || (row.also ?? []).some(other => other.attribute === attribute)

const consequences = (
  name: string,
  value: BiosValue,
  changes: Values,
  snapshot: BiosSnapshot,
): Pick<PlanStep, 'implies' | 'locks'> => {
  const before = valuesAfter(snapshot, {})
  const after = valuesAfter(snapshot, { [name]: value })
  const implies = Object.keys(after)
    .filter(other => other !== name && !(other in changes) && !sameValue(after[other], before[other]))
    .filter(other => JSON.stringify(after[other]) !== JSON.stringify(before[other]))
    .map(attribute => ({ attribute, from: shown(before[attribute]), to: shown(after[attribute]) }))
  const moved = new Set([name, ...implies.map(({ attribute }) => attribute)])
  const locks = touchedBy(moved, snapshot).filter(
    other => lockOn(other, snapshot, before) === undefined && lockOn(other, snapshot, after) !== undefined,
  )
  return { implies, locks }
}

/** Served attributes with a rule on one of these. */
const touchedBy = (causes: ReadonlySet<string>, { registry, attributes }: BiosSnapshot): string[] => [
  ...new Set(
    (registry?.dependencies ?? [])
      .filter(({ conditions }) => conditions.some(({ attribute }) => causes.has(attribute)))
      .map(({ toAttribute }) => toAttribute)
      .filter(name => Object.hasOwn(attributes, name)),
  ),
]
