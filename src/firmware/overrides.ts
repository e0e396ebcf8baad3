import type { FirmwareProfileSpec } from '../../api/metal/firmware-profile.js'
import { KatametalError } from '../base/errors.js'
import { listedAttribute, type Values } from './dependencies.js'
import type { BiosSnapshot, RegistryAttribute } from './model.js'
import { clipped, type Resolution } from './resolve.js'
import { coerced, listedValue, plain, sameValue, written, writtenIn } from './values.js'
import { judge, type Target } from './verdict.js'

export type Override = FirmwareProfileSpec['overrides'][number]

/**
 * The overrides that are meant for this server, and why others were passed over. Throws FirmwareProfileInvalid when a
 * BIOS version pattern is not a regular expression or two overrides want different values of one attribute.
 */
export const applicableOverrides = (
  overrides: readonly Override[],
  { vendor, biosVersion }: BiosSnapshot,
): { readonly chosen: readonly Override[]; readonly passedOver: readonly string[] } => {
  const chosen = new Map<string, Override>()
  const passedOver: string[] = []
  for (const [index, override] of overrides.entries()) {
    const gate = gateOf(override, index)
    if (override.vendor !== vendor) continue
    if (gate !== undefined && (biosVersion === undefined || !gate.test(biosVersion))) {
      passedOver.push(
        `override of ${override.attribute} passed over: BIOS version ${biosVersion ?? 'unknown'} does not match ${gate.source}`,
      )
      continue
    }
    const earlier = chosen.get(override.attribute)
    if (earlier !== undefined && earlier.value !== override.value)
      throw new KatametalError('FirmwareProfileInvalid', {
        about: `overrides[${index}]`,
        seen: `${override.attribute} is wanted to be both ${earlier.value} and ${override.value}`,
      })
    chosen.set(override.attribute, override)
  }
  return { chosen: [...chosen.values()], passedOver }
}

const gateOf = ({ biosVersion }: Override, index: number): RegExp | undefined => {
  if (biosVersion === undefined) return undefined
  try {
    return new RegExp(biosVersion)
  } catch {
    throw new KatametalError('FirmwareProfileInvalid', {
      about: `overrides[${index}].biosVersion`,
      seen: `${biosVersion} is not a regular expression`,
    })
  }
}

/** One raw attribute: never guessed, only converted to the type and vocabulary of the service. */
export const resolveOverride = ({ attribute, value }: Override, snapshot: BiosSnapshot, writes: Values): Resolution => {
  const knob = `raw:${attribute}`
  const listed = listedAttribute(snapshot.registry, attribute)
  if (!(attribute in snapshot.attributes)) {
    const where = listed === undefined ? '' : ' although its registry lists it'
    const evidence = clipped(`the BMC does not serve ${attribute}${where}`)
    return { row: { knob, outcome: 'NotExposed', evidence }, writes: {} }
  }
  const target: Target = {
    name: attribute,
    isMet: seen => sameValue(seen, value, listed),
    value: rawValue(attribute, value, listed, snapshot),
  }
  const { outcome, from, to, evidence, write, by } = judge(target, snapshot, writes)
  return {
    row: { knob, outcome, attribute, from, ...(to === undefined ? {} : { to }), evidence: clipped(evidence) },
    writes: write === undefined ? {} : { [attribute]: write },
    ...(by === undefined ? {} : { forbiddenBy: by }),
  }
}

const rawValue = (
  attribute: string,
  wanted: string,
  listed: RegistryAttribute | undefined,
  { registry, attributes }: BiosSnapshot,
): Target['value'] => {
  const current = plain(attributes[attribute])
  if (current === undefined) return { unknown: 'it has no plain value' }
  const rows = listed?.values ?? []
  const row = listedValue(wanted, listed)
  if (row !== undefined) return writtenIn(current, written(row, current, listed, registry, attributes))
  if (rows.length > 0) {
    const offered = rows.map(({ valueName }) => valueName).join(', ')
    const forbidden = `registry ${registry?.id ?? ''} offers only ${offered} for ${attribute}`
    return { forbidden, by: forbidden }
  }
  const value = coerced(wanted, current)
  if (typeof value === typeof current) return { value }
  const forbidden = `${attribute} takes a ${typeof current}, which ${wanted} is not`
  return { forbidden, by: forbidden }
}
