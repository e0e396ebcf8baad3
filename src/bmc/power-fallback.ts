import { type ErrorCode, isKatametalError } from '../base/errors.js'
import type { Bmc, BmcCall } from './model.js'

/**
 * A BMC whose power is asked of and switched by `fallback` where `bmc` cannot: it offers no way, answers nonsense, says
 * no, shows no state, or is not there. Busy and slow answers are left to the caller, who tries again; a refused login is
 * final, since the fallback has the same password and the account must not be locked. Everything else is `bmc` alone.
 */
export const withPowerFallback = (bmc: Bmc, fallback: Bmc): Bmc => {
  const orFallback = async <R>(
    call: BmcCall,
    ask: (bmc: Bmc) => Promise<R>,
    says: (answer: R) => boolean = () => true,
  ): Promise<R> => {
    let answer: R
    try {
      answer = await ask(bmc)
      if (says(answer)) return answer
    } catch (error) {
      if (!isKatametalError(error) || !helpless.has(error.code)) throw error
      try {
        return await ask(fallback)
      } catch (second) {
        // What is wrong with the fallback matters less than that the BMC itself does not do it, unless it says to stop.
        throw isKatametalError(second, 'BMCLoginRefused') || call.signal.aborted ? second : error
      }
    }
    return ask(fallback)
  }
  return {
    identify: call => bmc.identify(call),
    readPower: call =>
      orFallback(
        call,
        one => one.readPower(call),
        state => state !== 'Unknown',
      ),
    setPower: (action, call) => orFallback(call, one => one.setPower(action, call)),
    readBootOverride: call => bmc.readBootOverride(call),
    setBootOverride: (override, call) => bmc.setBootOverride(override, call),
    readVirtualMedia: call => bmc.readVirtualMedia(call),
    insertVirtualMedia: (url, call) => bmc.insertVirtualMedia(url, call),
    ejectVirtualMedia: call => bmc.ejectVirtualMedia(call),
    readBios: call => bmc.readBios(call),
    writeBios: (attributes, call) => bmc.writeBios(attributes, call),
    readInventory: call => bmc.readInventory(call),
    readSensors: call => bmc.readSensors(call),
    readLogs: (query, call) => bmc.readLogs(query, call),
    close: async () => {
      await Promise.all([bmc.close(), fallback.close()])
    },
  }
}

const helpless: ReadonlySet<ErrorCode> = new Set([
  'BMCUnsupported',
  'BMCProtocol',
  'BMCNotFound',
  'BMCRejected',
  'BMCUnreachable',
])
