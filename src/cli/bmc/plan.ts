import type { KnobResult } from '../../../api/metal/host-firmware.js'
import type { Clock } from '../../base/clock.js'
import { loadFirmwareKnowledge } from '../../firmware/data.js'
import type { BiosSnapshot } from '../../firmware/model.js'
import { type FirmwarePlan, impossibilityOf, planFirmware } from '../../firmware/plan.js'
import type { Console } from '../console.js'
import { type Column, print, type Tone } from '../print/table.js'
import type { BmcFlags } from './flags.js'
import { type NamedProfile, readProfile } from './profile.js'
import { readBiosIfAny } from './read-bios.js'
import { withSession } from './session.js'

export interface PlanFlags extends BmcFlags {
  readonly profile: string
}

/** Shows what a profile would change, and changes nothing. Throws FirmwareKnobImpossible after showing the plan. */
export const plan = async (address: string, flags: PlanFlags, console: Console, clock: Clock): Promise<void> => {
  const profile = readProfile(flags.profile)
  const knowledge = loadFirmwareKnowledge()
  const { snapshot, planned } = await withSession(address, flags, console, clock, async session => {
    const read = await readBiosIfAny(session)
    return { snapshot: read, planned: planFirmware(profile.spec, read, knowledge) }
  })
  print(console, flags.output, {
    columns: knobColumns,
    rows: planned.rows,
    data: planData(profile, snapshot, planned),
    remarks: planRemarks(planned),
  })
  const impossible = impossibilityOf(planned, address)
  if (impossible !== undefined) throw impossible
}

/** The shape of `bmc plan -o json`; docs/cli.md names each field. */
export const planData = (profile: NamedProfile, snapshot: BiosSnapshot, planned: FirmwarePlan) => ({
  profile: profile.name,
  vendor: snapshot.vendor,
  product: snapshot.product,
  biosVersion: snapshot.biosVersion,
  registry: snapshot.registry?.id,
  registryEvidence: snapshot.registryEvidence,
  knobs: planned.rows,
  changes: planned.changes,
  steps: planned.steps,
  reboots: planned.reboots,
  notes: planned.notes,
  obstacles: planned.obstacles,
})

export const planRemarks = (planned: FirmwarePlan): string[] => [
  ...planned.steps.map(
    ({ attribute, from, to, knobs }, index) => `${index + 1}. ${attribute}: ${from} -> ${to} (${knobs.join(', ')})`,
  ),
  planned.reboots === 0 ? 'Nothing needs a restart.' : 'One restart is needed.',
  ...planned.notes,
]

const tones: Readonly<Record<KnobResult['outcome'], Tone | undefined>> = {
  AlreadySet: 'good',
  Implied: 'good',
  Change: 'warn',
  NotExposed: undefined,
  Unknown: undefined,
  ReadOnly: 'bad',
}

export const knobColumns: readonly Column<KnobResult>[] = [
  { title: 'knob', cell: ({ knob }) => knob },
  { title: 'outcome', cell: ({ outcome }) => outcome, tone: ({ outcome }) => tones[outcome] },
  { title: 'attribute', cell: ({ attribute, also }) => [attribute, ...(also ?? []).map(a => a.attribute)].join(',') },
  { title: 'from', cell: ({ from }) => from },
  { title: 'to', cell: ({ to }) => to },
  { title: 'evidence', cell: ({ evidence }) => evidence, wide: true },
]
