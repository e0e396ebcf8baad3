import { type Clock, deadlineSignal } from '../../base/clock.js'
import { isKatametalError, KatametalError, toKatametalError } from '../../base/errors.js'
import { silentLogger } from '../../base/log.js'
import { parseBmcAddress } from '../../bmc/address.js'
import { type BmcOptions, createBmc } from '../../bmc/bmc.js'
import type { Bmc, BmcCall, BmcExchange } from '../../bmc/model.js'
import { createRedfishClient, type RedfishClient } from '../../bmc/redfish/client.js'
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
export const withSession = <Result>(
  address: string,
  flags: BmcFlags,
  console: Console,
  clock: Clock,
  use: (session: BmcSession) => Promise<Result>,
): Promise<Result> =>
  withOpened(address, flags, console, clock, createBmc, ({ opened, ...rest }) => use({ bmc: opened, ...rest }))

/** Like withSession, for verbs that read the Redfish service as such. Throws BMCUnsupported for other protocols. */
export const withRedfish = <Result>(
  address: string,
  flags: BmcFlags,
  console: Console,
  clock: Clock,
  use: (session: Omit<BmcSession, 'bmc'> & { readonly client: RedfishClient }) => Promise<Result>,
): Promise<Result> => {
  const parsed = parseBmcAddress(address)
  if (parsed.transport !== 'redfish')
    throw new KatametalError('BMCUnsupported', { about: address, seen: `${parsed.scheme} is not Redfish` })
  const open = (options: BmcOptions) =>
    createRedfishClient({ ...options, address: parsed, messages: options.vendors.messages })
  return withOpened(address, flags, console, clock, open, ({ opened, ...rest }) => use({ client: opened, ...rest }))
}

const withOpened = async <Opened extends { close(): Promise<void> }, Result>(
  address: string,
  flags: BmcFlags,
  console: Console,
  clock: Clock,
  open: (options: BmcOptions) => Opened,
  use: (session: Omit<BmcSession, 'bmc'> & { readonly opened: Opened }) => Promise<Result>,
): Promise<Result> => {
  parseBmcAddress(address)
  const access = await readAccess(flags, console)
  const vendors = await loadVendors()
  const progress = createProgress(console.err, clock)
  const trace = createTrace(console.err)
  const onExchange = (exchange: BmcExchange) => {
    progress.interrupt(() => trace(exchange))
  }
  const opened = open({
    address,
    access,
    clock,
    log: silentLogger,
    vendors,
    ...(flags.trace === true ? { onExchange } : {}),
  })
  const { signal, release } = deadlineSignal(clock, flags.timeout * 1000, console.signal)
  try {
    return await use({ opened, call: { signal }, progress, clock })
  } catch (error) {
    if (console.signal.aborted) throw new KatametalError('Cancelled', { about: address })
    if (signal.aborted && !isVerdict(error))
      throw new KatametalError('DeadlineExceeded', { about: address, seen: `not done after ${flags.timeout} s` })
    throw toKatametalError(error, address)
  } finally {
    progress.step('logging out')
    await opened.close()
    progress.clear()
    release()
  }
}

/** What a verb has concluded because the time is over says more than that it is over. */
const isVerdict = (error: unknown): boolean =>
  isKatametalError(error) && (error.kind === 'fault' || error.code === 'DeadlineExceeded')
