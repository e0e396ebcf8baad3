import { setMaxListeners } from 'node:events'
import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import { type Clock, rfc3339 } from '../../../base/clock.js'
import { type KatametalError, toKatametalError } from '../../../base/errors.js'
import type { BmcCall } from '../../model.js'
import type { RedfishClient } from '../client.js'
import { problemOf } from '../collection.js'
import type { RedfishContext } from '../context.js'
import type { Reading } from '../reading.js'
import type { Problem } from '../resource.js'

type Provenance = NonNullable<HostInventorySpec['provenance']>

/**
 * The parts of an inventory while they are read side by side: each with problems of its own and the time at which it
 * was read, told in the order in which the parts were asked for.
 */
export interface Parts {
  /** Reads a part. Undefined, and a problem, when it cannot be read as a whole. */
  read<T>(name: keyof HostInventorySpec, run: Run<T>): Promise<T | undefined>
  /** The same for what several parts are made of; it has no place of its own in the inventory. */
  prepare<T>(name: string, run: Run<T>): Promise<T | undefined>
  /**
   * Waits for the end of all. What concerns the BMC as a whole stops those that are still reading, so that nothing is
   * asked after the caller has logged out, and is thrown when all have ended.
   */
  all(promises: { [K in keyof HostInventorySpec]: Promise<HostInventorySpec[K]> }): Promise<HostInventorySpec>
  provenance(): Provenance
  problems(): Problem[]
}

type Run<T> = (reading: Reading) => T | Promise<T>

const mostWaiting = 100

export const createParts = (client: RedfishClient, context: RedfishContext, clock: Clock, call: BmcCall): Parts => {
  const problems: Problem[][] = []
  const stop = new AbortController()
  const stoppable: BmcCall = { signal: AbortSignal.any([call.signal, stop.signal]) }
  // All parts wait for their turn at the BMC with this one signal.
  setMaxListeners(mostWaiting, stoppable.signal)
  let failure: KatametalError | undefined
  const times: { path: string; time: string | undefined }[] = []

  const attempt = async <T>(name: string, run: Run<T>): Promise<T | undefined> => {
    const own: Problem[] = []
    problems.push(own)
    try {
      return await run({ client, context, call: stoppable, problem: one => void own.push(one) })
    } catch (error) {
      return noted(own, name, error)
    }
  }

  const noted = (own: Problem[], name: string, error: unknown): undefined => {
    try {
      own.push(problemOf(`${context.systemPath} ${name}`, error))
    } catch (ending) {
      failure ??= toKatametalError(ending)
      stop.abort(ending)
    }
  }

  return {
    all: async promises => {
      const values = await Promise.all(
        Object.entries<Promise<unknown>>(promises).map(async ([key, value]) => [key, await value] as const),
      )
      if (failure !== undefined) throw failure
      return Object.fromEntries(values)
    },
    prepare: attempt,
    read: async (name, run) => {
      const entry: (typeof times)[number] = { path: `/${name}`, time: undefined }
      times.push(entry)
      const value = await attempt(name, run)
      if (value !== undefined) entry.time = rfc3339(clock.now())
      return value
    },
    provenance: () =>
      times.flatMap(({ path, time }) => (time === undefined ? [] : [{ path, source: 'redfish', time }])),
    problems: () => problems.flat(),
  }
}
