import type { KnobResult } from '../../api/metal/host-firmware.js'
import { listedAttribute } from './dependencies.js'
import type { BiosSnapshot } from './model.js'
import type { FirmwarePlan } from './plan.js'
import { clipped } from './resolve.js'
import { sameValue, shown } from './values.js'

/** One knob proven or not; the caller adds source and time. */
export interface KnobProof {
  readonly knob: string
  readonly proven: boolean
  readonly evidence: string
}

/**
 * Holds what was read after the restart against the plan. One row per knob that has an attribute to read: NotExposed,
 * Unknown and what the platform implies can only be proven by the running system (proof.ts). What is wrong comes with
 * what the BMC itself says about the attribute.
 */
export const verifyFirmware = (plan: Pick<FirmwarePlan, 'rows'>, after: BiosSnapshot): KnobProof[] =>
  plan.rows.flatMap(row => {
    const wanted = wantedOf(row)
    if (wanted.length === 0) return []
    const seen = wanted.map(({ attribute, value }) => ({ attribute, value, now: after.attributes[attribute] }))
    const wrong = seen.filter(
      ({ attribute, value, now }) => !sameValue(now, value, listedAttribute(after.registry, attribute)),
    )
    const evidence = (wrong.length === 0 ? seen : wrong)
      .map(({ attribute, value, now }) => {
        if (wrong.length === 0) return `${attribute} reads ${shown(now)}`
        const said = (after.complaints ?? []).filter(one => one.attribute === attribute).map(({ message }) => message)
        const reads = `${attribute} reads ${now === undefined ? 'nothing' : shown(now)}, not ${value}`
        return said.length === 0 ? reads : `${reads} (the BMC says: ${said.join(' ')})`
      })
      .join('; ')
    return [{ knob: row.knob, proven: wrong.length === 0, evidence: clipped(evidence) }]
  })

/** What is left of a plan: values to write, a restart, or nothing; undefined while the BMC serves no attributes. */
export const leftOf = (
  plan: Pick<FirmwarePlan, 'rows'>,
  snapshot: BiosSnapshot,
): 'write' | 'restart' | 'nothing' | undefined => {
  if (Object.keys(snapshot.attributes).length === 0) return undefined
  const states = plan.rows
    .filter(({ outcome }) => outcome === 'Change')
    .flatMap(wantedOf)
    .map(({ attribute, value }) => {
      const listed = listedAttribute(snapshot.registry, attribute)
      const pending = snapshot.pending[attribute]
      if (pending !== undefined) return sameValue(pending, value, listed) ? 'restart' : 'write'
      return sameValue(snapshot.attributes[attribute], value, listed) ? 'nothing' : 'write'
    })
  return states.includes('write') ? 'write' : states.includes('restart') ? 'restart' : 'nothing'
}

const wantedOf = (row: KnobResult): { attribute: string; value: string }[] => {
  if (row.outcome === 'NotExposed' || row.outcome === 'Unknown' || row.outcome === 'ReadOnly') return []
  return [row, ...(row.also ?? [])].flatMap(({ attribute, from, to }) => {
    const value = to ?? from
    return attribute === undefined || value === undefined ? [] : [{ attribute, value }]
  })
}
