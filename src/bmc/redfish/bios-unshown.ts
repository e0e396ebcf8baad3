import type { AttributeRegistry } from '../../firmware/model.js'
import type { BiosValue } from '../model.js'
import type { BiosResources } from './bios-resource.js'
import { sameValue } from './bios-values.js'
import type { RedfishContext } from './context.js'

/**
 * A service without a settings object (Cisco) takes settings at Bios itself and shows the old values until the
 * restart. What it accepted is remembered as pending as long as the connection lives, or it would look ignored and be
 * written for ever; what reads back as written is forgotten.
 */
export const rememberUnshown = (
  { unshown }: RedfishContext,
  { settingsPath }: BiosResources,
  written: Readonly<Record<string, BiosValue>>,
): void => {
  if (settingsPath !== undefined) return
  for (const [name, value] of Object.entries(written)) unshown?.set(name, value)
}

/** What was written and does not show yet. */
export const unshownPending = (
  { unshown }: RedfishContext,
  { attributes, settingsPath }: BiosResources,
  registry: AttributeRegistry | undefined,
): Record<string, BiosValue> => {
  if (settingsPath !== undefined || unshown === undefined) return {}
  const rows = new Map(registry?.attributes.map(attribute => [attribute.name, attribute]))
  for (const [name, value] of unshown) if (sameValue(value, attributes[name], rows.get(name))) unshown.delete(name)
  return Object.fromEntries(unshown)
}
