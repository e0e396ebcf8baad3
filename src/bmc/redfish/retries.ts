import { type Clock, sleep } from '../../base/clock.js'
import { type ErrorCode, isKatametalError, toKatametalError } from '../../base/errors.js'
import type { BmcCall } from '../model.js'

export interface RetryRules {
  /** Codes after which it is tried again, each with how often. */
  readonly times: Readonly<Partial<Record<ErrorCode, number>>>
  /** Waits before the tries after the first; the last one serves for all that follow. */
  readonly waitsMs: readonly number[]
  /** A longer Retry-After is left to the caller, who can do something else meanwhile. */
  readonly longestWaitMs: number
}

/** Reading again does no harm: once after a connection that broke, twice while the BMC says that it is busy. */
export const readRules: RetryRules = {
  times: { BMCConnectionLost: 1, BMCBusy: 2 },
  waitsMs: [250, 1000],
  longestWaitMs: 10_000,
}

/**
 * For writes that are repeated by whoever knows that this is harmless: "busy" says that the write was not taken;
 * after anything else nobody knows, and the caller has to look first.
 */
export const writeRules: RetryRules = { times: { BMCBusy: 2 }, waitsMs: [2000, 4000], longestWaitMs: 10_000 }

export const withRetries = async <T>(
  rules: RetryRules,
  clock: Clock,
  call: BmcCall,
  run: () => Promise<T>,
): Promise<T> => {
  const count = new Map<ErrorCode, number>()
  for (let turn = 0; ; turn++) {
    try {
      return await run()
    } catch (error) {
      if (!isKatametalError(error)) throw error
      const before = count.get(error.code) ?? 0
      const wait = error.retryAfterMs ?? rules.waitsMs[turn] ?? rules.waitsMs.at(-1) ?? 0
      if (before >= (rules.times[error.code] ?? 0) || wait > rules.longestWaitMs) throw error
      count.set(error.code, before + 1)
      await pause(clock, wait, call)
    }
  }
}

/** Waits; an abort of the call comes out as a KatametalError. */
export const pause = (clock: Clock, ms: number, call: BmcCall): Promise<void> =>
  sleep(clock, ms, call.signal).catch((reason: unknown) => {
    throw toKatametalError(reason)
  })
