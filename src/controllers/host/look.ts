import { KatametalError, toKatametalError } from '../../base/errors.js'
import type { Bmc, BmcIdentity, PowerState } from '../../bmc/model.js'
import type { BiosSnapshot } from '../../firmware/model.js'
import type { Look } from './facts.js'

/** What one look at the BMC showed. What was not asked for or could not be read is undefined. */
export interface Seen {
  readonly identity?: BmcIdentity
  readonly power?: PowerState
  readonly bootClear?: boolean
  readonly bios?: BiosSnapshot
  /** The BMC offers no BIOS settings at all; without this, a missing `bios` only could not be read just now. */
  readonly biosUnsupported?: boolean
  readonly failure?: KatametalError
}

/**
 * Looks at what a step needs, in order of cost, and stops at the first failure: a BMC that has just failed to answer
 * is not asked for more. Never throws, except when the signal was aborted.
 */
export const lookAt = async (bmc: Bmc, looks: readonly Look[], signal: AbortSignal): Promise<Seen> => {
  let seen: Seen = {}
  for (const look of looks) {
    try {
      seen = { ...seen, ...(await lookers[look](bmc, signal)) }
    } catch (error) {
      signal.throwIfAborted()
      return { ...seen, failure: toKatametalError(error) }
    }
  }
  return seen
}

const lookers: Record<Look, (bmc: Bmc, signal: AbortSignal) => Promise<Partial<Seen>>> = {
  identity: async (bmc, signal) => {
    const identity = await bmc.identify({ signal })
    return { identity, power: identity.power }
  },
  power: async (bmc, signal) => ({ power: await bmc.readPower({ signal }) }),
  boot: async (bmc, signal) => ({ bootClear: await isBootClear(bmc, signal) }),
  bios: async (bmc, signal) => {
    try {
      return { bios: await bmc.readBios({ signal }) }
    } catch (error) {
      if (!(error instanceof KatametalError)) throw error
      if (error.code === 'BMCUnsupported') return { biosUnsupported: true }
      // While a server starts, some BMCs show a BIOS without attributes: that is waiting, not failing.
      if (error.code === 'BMCBusy') return {}
      throw error
    }
  },
}

// Some services cannot switch an override off: there the disk is what is left of it.
const harmless: ReadonlySet<string> = new Set(['None', 'Hdd'])

/** Whether nothing of ours would be booted at the next start. A BMC without these features has nothing to clear. */
const isBootClear = async (bmc: Bmc, signal: AbortSignal): Promise<boolean> => {
  const override = await unlessUnsupported(() => bmc.readBootOverride({ signal }))
  if (override !== undefined && override.enabled !== 'Disabled' && !harmless.has(override.target)) return false
  const slots = await unlessUnsupported(() => bmc.readVirtualMedia({ signal }))
  return slots === undefined || slots.every(slot => !slot.usable || !slot.inserted)
}

export const unlessUnsupported = async <R>(ask: () => Promise<R>): Promise<R | undefined> => {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof KatametalError && error.code === 'BMCUnsupported') return undefined
    throw error
  }
}
