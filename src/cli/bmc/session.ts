import { type Clock, deadlineSignal } from '../../base/clock.js'
import { isKatametalError, KatametalError, toKatametalError } from '../../base/errors.js'
import { silentLogger } from '../../base/log.js'
import { parseBmcAddress } from '../../bmc/address.js'
import { createBmc } from '../../bmc/bmc.js'
import type { Bmc, BmcCall } from '../../bmc/model.js'
import { loadVendors } from '../../bmc/vendors.js'
import type { Console } from '../console.js'
import { createProgress, type Progress } from '../print/progress.js'
import { readAccess } from './access.js'
import type { BmcFlags } from './flags.js'
import { createTrace } from './trace.js'

/** What a verb works with. */
export interface BmcSession {
  readonly bmc: Bmc
  readonly call: BmcCall
  readonly progress: Progress
  readonly clock: Clock
}

/**
 * Opens a BMC, lets `use` work with it and always logs out, also after Ctrl-C and when the time is over. The address
 * is checked before anybody is asked for a password.
 */
export const withSession = async <Result>(
  address: string,
  flags: BmcFlags,
  console: Console,
  clock: Clock,
  use: (session: BmcSession) => Promise<Result>,
): Promise<Result> => {
  parseBmcAddress(address)
  const access = await readAccess(flags, console)
  const vendors = await loadVendors()
  const progress = createProgress(console.err, clock)
  const trace = createTrace(console.err)
  const bmc = createBmc({
    address,
    access,
    clock,
    log: silentLogger,
    vendors,
    onExchange:
      flags.trace === true
        ? exchange => {
            progress.interrupt(() => trace(exchange))
          }
        : undefined,
  })
  const { signal, release } = deadlineSignal(clock, flags.timeout * 1000, console.signal)
  try {
    return await use({ bmc, call: { signal }, progress, clock })
  } catch (error) {
    if (console.signal.aborted) throw new KatametalError('Cancelled', { about: address })
    if (signal.aborted && !isVerdict(error))
      throw new KatametalError('DeadlineExceeded', { about: address, seen: `not done after ${flags.timeout} s` })
    throw toKatametalError(error, address)
  } finally {
    progress.step('logging out')
    await bmc.close()
    progress.clear()
    release()
  }
}

/** What a verb has concluded because the time is over says more than that it is over. */
const isVerdict = (error: unknown): boolean =>
  isKatametalError(error) && (error.kind === 'fault' || error.code === 'DeadlineExceeded')
