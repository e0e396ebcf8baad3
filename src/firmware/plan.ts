import { type FirmwareProfileSpec, intentKnobs, type KnobName, type Wish } from '../../api/metal/firmware-profile.js'
import type { KnobResult } from '../../api/metal/host-firmware.js'
import { KatametalError } from '../base/errors.js'
import { inDependencyOrder, lockOn, type Values } from './dependencies.js'
import type { FirmwareKnowledge } from './knowledge.js'
import type { BiosSnapshot, BiosValue } from './model.js'
import { applicableOverrides, resolveOverride } from './overrides.js'
import { type Resolution, resolveKnob } from './resolve.js'
import { type PlanStep, stepsOf } from './steps.js'
import { shown } from './values.js'

/**
 * What would have to be done to bring the firmware of one server to a profile. Plain data: it can be shown, stored
 * and compared; nothing in it was done.
 */
export interface FirmwarePlan {
  /** One row per wish, in the order of the profile: intents first, then `raw:<attribute>` for overrides. */
  readonly rows: readonly KnobResult[]
  /**
   * What to hand to `Bmc.writeBios`, in the types and vocabulary of the service; keys are in the order in which the
   * registry wants them. Never holds an attribute that already has, or already has pending, the wanted value.
   */
  readonly changes: Readonly<Record<string, BiosValue>>
  /** The changes one by one in their order, each with what it brings along. */
  readonly steps: readonly PlanStep[]
  /** Restarts until everything is in force: 0 when nothing is to do, also 1 when all that is missing is already pending. */
  readonly reboots: number
  /** What a change brings with it elsewhere, and overrides that were passed over; for people. */
  readonly notes: readonly string[]
  /** Wishes that this server cannot meet. When not empty nothing should be written: see {@link impossibilityOf}. */
  readonly obstacles: readonly PlanObstacle[]
}

/** A wish that cannot be met, and who forbids it. `NotExposed` and `Unknown` are never obstacles. */
export interface PlanObstacle {
  /** As in KnobResult.knob. */
  readonly knob: string
  readonly attribute: string
  /** Who forbids it: "WorkloadProfile=LowLatency", "the registry BiosAttributeRegistryU58.v1_2_44", ... */
  readonly by: string
  readonly message: string
}

/**
 * Holds a profile against the BIOS of one server. Pure: the same inputs give the same plan, and the plan of a server
 * on which the plan was applied has no changes. Throws FirmwareProfileInvalid for a profile that contradicts itself.
 */
export const planFirmware = (
  profile: FirmwareProfileSpec,
  snapshot: BiosSnapshot,
  knowledge: FirmwareKnowledge,
): FirmwarePlan => {
  const { chosen, passedOver } = applicableOverrides(profile.overrides, snapshot)
  const wishes = wishesOf(profile)
  const resolveAll = (writes: Values): Resolution[] => [
    ...Object.entries(wishes).map(([knob, wish]) =>
      resolveKnob(knob as KnobName, wish, { snapshot, knowledge, wishes, writes }),
    ),
    ...chosen.map(override => resolveOverride(override, snapshot, writes)),
  ]
  const resolutions = withoutContradiction(settledTogether(resolveAll))
  const writes = Object.assign({}, ...resolutions.map(resolution => resolution.writes)) as Record<string, BiosValue>
  const changes = ordered(writes, snapshot)
  const rows = resolutions.map(({ row }) => row)
  const steps = stepsOf(changes, rows, snapshot)
  return {
    rows,
    changes,
    steps,
    reboots: rows.some(row => needsRestart(row, snapshot)) ? 1 : 0,
    notes: [...passedOver, ...steps.flatMap(consequencesOf), ...steps.flatMap(step => unlockedFirst(step, snapshot))],
    obstacles: resolutions.flatMap(obstacleOf),
  }
}

/** FirmwareKnobImpossible naming each wish and who forbids it; undefined when the plan can be carried out. */
export const impossibilityOf = (
  { obstacles }: Pick<FirmwarePlan, 'obstacles'>,
  about?: string,
): KatametalError | undefined =>
  obstacles.length === 0
    ? undefined
    : new KatametalError('FirmwareKnobImpossible', {
        seen: obstacles.map(({ message }) => message).join('; '),
        ...(about === undefined ? {} : { about }),
      })

const wishesOf = ({ intents }: FirmwareProfileSpec): Partial<Record<KnobName, Wish>> =>
  Object.fromEntries(
    Object.entries(intentKnobs).flatMap(([intent, knob]) => {
      const wish = intents[intent as keyof typeof intentKnobs]
      return wish === undefined ? [] : [[knob, wish] as const]
    }),
  )

/**
 * One write can unlock or lock another, so all are resolved again until nothing changes. Rules that chase each other
 * in a circle are cut off; what is then still undecided is decided by the next look after the restart.
 */
const settledTogether = (resolveAll: (writes: Values) => Resolution[]): Resolution[] => {
  let resolutions = resolveAll({})
  for (let round = 0; round < 8; round++) {
    const writes = Object.assign({}, ...resolutions.map(resolution => resolution.writes)) as Values
    const next = resolveAll(writes)
    const settled = JSON.stringify(next) === JSON.stringify(resolutions)
    resolutions = next
    if (settled) break
  }
  return resolutions
}

/** An override is the last word on its attribute; a wish that it contradicts cannot be met. */
const withoutContradiction = (resolutions: readonly Resolution[]): Resolution[] => {
  const raw = new Map(
    resolutions.flatMap(({ row }) =>
      row.knob.startsWith('raw:') && row.attribute !== undefined ? [[row.attribute, row.to ?? row.from] as const] : [],
    ),
  )
  return resolutions.map(resolution => {
    const { row } = resolution
    if (row.knob.startsWith('raw:') || row.outcome === 'NotExposed' || row.outcome === 'Unknown') return resolution
    const clash = [row, ...(row.also ?? [])].find(
      ({ attribute, from, to }) => attribute !== undefined && raw.has(attribute) && raw.get(attribute) !== (to ?? from),
    )
    if (clash?.attribute === undefined) return resolution
    const forbiddenBy = `the override of ${clash.attribute} in the profile itself`
    const evidence = `${forbiddenBy} wants ${raw.get(clash.attribute) ?? ''}`
    return { row: { ...row, outcome: 'ReadOnly', evidence }, writes: {}, forbiddenBy }
  })
}

const ordered = (writes: Readonly<Record<string, BiosValue>>, { registry }: BiosSnapshot): Record<string, BiosValue> =>
  Object.fromEntries(
    inDependencyOrder(Object.keys(writes), registry).flatMap(name => {
      const value = writes[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
  )

const needsRestart = (row: KnobResult, { attributes }: BiosSnapshot): boolean =>
  row.outcome === 'Change' &&
  [row, ...(row.also ?? [])].some(
    ({ attribute, to }) => attribute !== undefined && to !== undefined && shown(attributes[attribute]) !== to,
  )

const consequencesOf = ({ attribute, to, implies, locks }: PlanStep): string[] => [
  ...implies.map(other => `${attribute}=${to} also sets ${other.attribute} from ${other.from} to ${other.to}`),
  ...(locks.length === 0 ? [] : [`${attribute}=${to} locks ${locks.join(', ')}`]),
]

/** Most services take a change together with the one that unlocks it; there is no telling which do not. */
const unlockedFirst = ({ attribute }: PlanStep, snapshot: BiosSnapshot): string[] => {
  const lock = lockOn(attribute, snapshot, snapshot.attributes)
  return lock === undefined
    ? []
    : [`${attribute} is locked by ${lock} until that has changed; a BMC that refuses it now takes it after the restart`]
}

const obstacleOf = ({ row, forbiddenBy }: Resolution): PlanObstacle[] =>
  row.outcome !== 'ReadOnly'
    ? []
    : [
        {
          knob: row.knob,
          attribute: row.attribute ?? '',
          by: forbiddenBy ?? row.evidence,
          message: `${row.knob}${row.attribute === undefined ? '' : ` (${row.attribute})`}: ${row.evidence}`,
        },
      ]
