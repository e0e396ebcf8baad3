import type { KnobResult } from '../../api/metal/host-firmware.js'

/** An attribute that the service did not take, with its own message (see BiosWriteResult). */
export interface Refusal {
  readonly attribute: string
  readonly message: string
}

/** One text per refusal: the wish it was for, the attribute, and what the BMC says. */
export const refusalTexts = (rows: readonly KnobResult[], refused: readonly Refusal[]): string[] =>
  refused.map(({ attribute, message }) => {
    const wishes = rows.filter(row => [row, ...(row.also ?? [])].some(one => one.attribute === attribute))
    const about = wishes.length === 0 ? attribute : `${wishes.map(({ knob }) => knob).join(', ')} (${attribute})`
    return `${about}: ${message}`
  })
