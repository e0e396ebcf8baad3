import type { Clock } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import { loadFirmwareKnowledge } from '../../firmware/data.js'
import type { BiosSnapshot } from '../../firmware/model.js'
import { type FirmwarePlan, impossibilityOf, planFirmware } from '../../firmware/plan.js'
import { refusalTexts } from '../../firmware/refusals.js'
import { type KnobProof, leftOf, verifyFirmware } from '../../firmware/verify.js'
import type { Console } from '../console.js'
import { print } from '../print/table.js'
import { knobColumns, type PlanFlags, planData } from './plan.js'
import { readProfile } from './profile.js'
import { readBiosIfAny } from './read-bios.js'
import { awaitProof, restartServer } from './restart.js'
import { type BmcSession, withSession } from './session.js'

export interface ApplyFlags extends PlanFlags {
  readonly restart?: boolean
}

interface Applied {
  readonly snapshot: BiosSnapshot
  readonly planned: FirmwarePlan
  readonly restart: 'NotNeeded' | 'Needed' | 'Done'
  readonly proof: readonly KnobProof[]
}

/**
 * Writes what the plan changes and reads it back; restarts the server only when `flags.restart` says so, and then
 * waits until the running BIOS shows the values. Throws FirmwareKnobImpossible before anything is written, and
 * FirmwareNotApplied with what the BMC said.
 */
export const apply = async (address: string, flags: ApplyFlags, console: Console, clock: Clock): Promise<void> => {
  const profile = readProfile(flags.profile)
  const knowledge = loadFirmwareKnowledge()
  const done = await withSession(address, flags, console, clock, async session => {
    const snapshot = await readBiosIfAny(session)
    const planned = planFirmware(profile.spec, snapshot, knowledge)
    const impossible = impossibilityOf(planned, address)
    if (impossible !== undefined) throw impossible
    return carryOut(address, planned, snapshot, flags.restart === true, session)
  })
  print(console, flags.output, {
    columns: [
      ...knobColumns,
      { title: 'proven', cell: ({ knob }) => provenText(done.proof.find(proof => proof.knob === knob)) },
    ],
    rows: done.planned.rows,
    data: {
      ...planData(profile, done.snapshot, done.planned),
      written: Object.keys(done.planned.changes),
      restart: done.restart,
      proof: done.proof,
    },
    remarks: [...done.planned.notes, remarks[done.restart]],
  })
}

const remarks: Record<Applied['restart'], string> = {
  NotNeeded: 'Everything is in force.',
  Needed:
    'The values are pending: restart the server (or run this again with --restart), then run it again for the proof.',
  Done: 'The server was restarted and the values read back.',
}

const provenText = (proof: KnobProof | undefined): string | undefined =>
  proof === undefined ? undefined : proof.proven ? 'yes' : 'no'

const carryOut = async (
  address: string,
  planned: FirmwarePlan,
  snapshot: BiosSnapshot,
  mayRestart: boolean,
  session: BmcSession,
): Promise<Applied> => {
  await write(address, planned, session)
  if (planned.reboots === 0) {
    const after = Object.keys(planned.changes).length === 0 ? snapshot : await session.bmc.readBios(session.call)
    return { snapshot, planned, restart: 'NotNeeded', proof: verifyFirmware(planned, after) }
  }
  if (!mayRestart) return { snapshot, planned, restart: 'Needed', proof: [] }
  await restartServer(session)
  return { snapshot, planned, restart: 'Done', proof: await awaitProof(address, planned, session) }
}

const write = async (address: string, planned: FirmwarePlan, { bmc, call, progress }: BmcSession): Promise<void> => {
  const wanted = Object.keys(planned.changes)
  if (wanted.length === 0) return
  progress.step(`writing ${wanted.join(', ')}`)
  const { refused } = await bmc.writeBios(planned.changes, call)
  if (refused.length > 0) {
    const seen = refusalTexts(planned.rows, refused).join('; ')
    throw new KatametalError('BMCRejected', { about: address, seen })
  }
  progress.step('reading the pending settings back')
  if (leftOf(planned, await bmc.readBios(call)) === 'write')
    throw new KatametalError('BMCWriteIgnored', { about: address, seen: `${wanted.join(', ')} did not become pending` })
}
