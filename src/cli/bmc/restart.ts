import { sleep } from '../../base/clock.js'
import { isKatametalError, KatametalError } from '../../base/errors.js'
import type { BiosSnapshot } from '../../firmware/model.js'
import type { FirmwarePlan } from '../../firmware/plan.js'
import { type KnobProof, verifyFirmware } from '../../firmware/verify.js'
import type { BmcSession } from './session.js'

/** Quick at first, since some servers are; then kind to the BMC, since most take minutes. */
const pollMs = { first: 250, last: 5000, growth: 1.5 }

/** Pending settings are taken over while the server starts: a running one is restarted, one that is off is started. */
export const restartServer = async ({ bmc, call, progress }: BmcSession): Promise<void> => {
  const state = await bmc.readPower(call)
  progress.step(state === 'Off' ? 'switching the server on' : 'restarting the server')
  await bmc.setPower(state === 'Off' ? 'On' : 'Restart', call)
}

/**
 * Reads until everything is proven. BMCs serve old settings, no settings, or nothing at all while the server starts,
 * so only the end of the time is a failure. Throws FirmwareNotApplied with what was read last and what the BMC
 * complained about.
 */
export const awaitProof = async (
  address: string,
  planned: FirmwarePlan,
  { bmc, call, progress, clock }: BmcSession,
): Promise<KnobProof[]> => {
  progress.step('waiting for the server to take the settings over')
  let last: BiosSnapshot | undefined
  let wait = pollMs.first
  while (true) {
    try {
      await sleep(clock, wait, call.signal)
      wait = Math.min(wait * pollMs.growth, pollMs.last)
      last = await bmc.readBios(call)
    } catch (error) {
      if (call.signal.aborted) throw notApplied(address, planned, last)
      if (!isKatametalError(error) || (error.kind !== 'transient' && error.kind !== 'unreachable')) throw error
      continue
    }
    const proof = verifyFirmware(planned, last)
    if (proof.every(({ proven }) => proven)) return proof
  }
}

const notApplied = (address: string, planned: FirmwarePlan, last: BiosSnapshot | undefined): KatametalError => {
  const unproven = last === undefined ? [] : verifyFirmware(planned, last).filter(({ proven }) => !proven)
  const told = unproven.map(({ evidence }) => evidence)
  // What is said about a wanted attribute stands in its evidence already.
  const others = (last?.complaints ?? []).map(({ message }) => message).filter(one => !told.join().includes(one))
  const seen = [...told, ...others].join('; ')
  return new KatametalError('FirmwareNotApplied', {
    about: address,
    seen: seen === '' ? 'the BMC served no BIOS settings since the restart' : seen,
  })
}
