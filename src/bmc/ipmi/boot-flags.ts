import type { BootOverride } from '../model.js'

/**
 * The boot flags of IPMI 2.0 (table 28-14, parameter 5): five bytes of which the first two matter. We always ask for
 * UEFI: every server that katametal prepares boots that way.
 */
const valid = 0x80
const persistent = 0x40
const efi = 0x20

/** Boot device selector, bits 5:2 of the second byte, already in place. */
const devices = { Pxe: 0x04, Hdd: 0x08, Cd: 0x14, BiosSetup: 0x18 } as const

export type IpmiBootTarget = keyof typeof devices

/** Where a vendor's BMC wants another device byte than the specification says. */
export type BootDeviceQuirks = { readonly [Target in IpmiBootTarget]?: number | undefined }

export const isIpmiBootTarget = (target: BootOverride['target']): target is IpmiBootTarget =>
  Object.hasOwn(devices, target)

/** The five bytes that express `override`; the target must be one that IPMI knows, or None. */
export const encodeBootFlags = (override: BootOverride, quirks: BootDeviceQuirks): readonly number[] => {
  const { target, enabled } = override
  if (enabled === 'Disabled' || !isIpmiBootTarget(target)) return [0, 0, 0, 0, 0]
  const flags = valid | efi | (enabled === 'Continuous' ? persistent : 0)
  return [flags, quirks[target] ?? devices[target], 0, 0, 0]
}

/** The override in force; `None` with `Once` or `Continuous` means a device that katametal has no word for. */
export const decodeBootFlags = (bytes: readonly number[], quirks: BootDeviceQuirks): BootOverride => {
  const [flags = 0, device = 0] = bytes
  if ((flags & valid) === 0) return { target: 'None', enabled: 'Disabled' }
  const selector = device & 0x3c
  const names = Object.keys(devices).filter(isKnown)
  const target = names.find(name => quirks[name] === selector) ?? names.find(name => devices[name] === selector)
  return { target: target ?? 'None', enabled: (flags & persistent) === 0 ? 'Once' : 'Continuous' }
}

/** What the BMC dropped of the bytes it accepted, in words; empty when they are all there. */
export const lostBootFlags = (wanted: readonly number[], seen: readonly number[]): string[] => {
  const [wantedFlags = 0, wantedDevice = 0] = wanted
  const [seenFlags = 0, seenDevice = 0] = seen
  const bits: readonly (readonly [number, string])[] = [
    [valid, 'the flag that makes it valid'],
    [persistent, 'the flag for all future boots'],
    [efi, 'the flag for UEFI'],
  ]
  const lost = bits.filter(([bit]) => (wantedFlags & bit) !== (seenFlags & bit)).map(([, words]) => words)
  const applies = (wantedFlags & valid) !== 0
  return applies && wantedDevice !== (seenDevice & 0x3c) ? [...lost, 'the boot device'] : lost
}

/** The parameter data of `raw 0x00 0x09 0x05 0 0`, or undefined when the answer is not that of parameter 5. */
export const parseBootParameter = (stdout: string): readonly number[] | undefined => {
  const bytes = stdout.trim().split(/\s+/)
  if (bytes.length < 4 || !bytes.every(byte => /^[0-9a-f]{2}$/i.test(byte))) return undefined
  const [, parameter, ...data] = bytes.map(byte => Number.parseInt(byte, 16))
  // The top bit says "locked"; the rest is the number of the parameter.
  return parameter !== undefined && (parameter & 0x7f) === 5 ? data : undefined
}

const isKnown = (name: string): name is IpmiBootTarget => Object.hasOwn(devices, name)
