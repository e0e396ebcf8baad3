import type { FirmwareFacts } from '../../server/board.js'
import type { JsonObject } from '../json.js'

const vtx = [
  /^ProcVirtualization$/,
  /IntelVirtualizationTechnology/,
  /^ProcessorVmxEnable$/,
  /^VMXEN$/,
  /^IntelVT$/,
] as const
const vtd = [/^IntelProcVtd$/, /VTforDirectedI/, /^VTdSupport$/, /^IntelVTD$/] as const

/**
 * What the CPU of the simulated server shows, from the attributes that are in force. Written apart from the resolver
 * of the manager on purpose, so that the two cannot share a mistake. A machine without a knob for VT-d has it with
 * VT-x; one that shows neither has both.
 */
export const firmwareFacts = (attributes: JsonObject): FirmwareFacts => {
  const cpu = stateOf(attributes, vtx) ?? true
  return { vtx: cpu, vtd: stateOf(attributes, vtd) ?? cpu }
}

const stateOf = (attributes: JsonObject, names: readonly RegExp[]): boolean | undefined => {
  const found = Object.entries(attributes).filter(([name]) => names.some(pattern => pattern.test(name)))
  return found.length === 0 ? undefined : found.every(([, value]) => isOn(value))
}

const isOn = (value: unknown): boolean =>
  value === 1 || value === true || /^(enabled?|on|yes|1|true)$/i.test(String(value))
