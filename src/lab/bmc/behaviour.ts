import { type JsonObject, linkAt, listAt, objectAt, textAt } from './json.js'
import type { Parts } from './parts.js'
import type { ResourceTree } from './resource-tree.js'

/** How a service behaves beyond what its resources say. Personas set it; for captured trees it is read off the tree. */
export interface Behaviour {
  /** Registry and version of general message ids. */
  readonly messages: string
  /** Style of entity tags; accounts have strong ones even where nothing else has any (DSP0266 section 6.5). */
  readonly etag: 'none' | 'weak' | 'strong'
  /** Resources also carry their tag as `@odata.etag`. */
  readonly etagInBody: boolean
  /** Bios tells the tag of its pending settings in `@Redfish.Settings`, for the If-Match of the next write to them. */
  readonly settingsTag: boolean
  /** What a PATCH does with If-Match: nothing, 412 when it does not match, 428 when it is missing. */
  readonly ifMatch: 'ignored' | 'checked' | 'required'
  /** Answers 412 to an action that carries If-Match. */
  readonly actionsRefuseIfMatch: boolean
  /** `@Message.ExtendedInfo` of errors is one object instead of a list. */
  readonly extendedInfoAsObject: boolean
  readonly sessionLimit: number
  /** Message id of the 503 when all sessions are in use. */
  readonly sessionLimitMessage: string
  /** Milliseconds without a request after which a session ends. */
  readonly sessionTimeoutMs: number
  /** Answer to the DELETE of a session. */
  readonly sessionDeleteStatus: 200 | 204
  /** Properties that a new event subscription must not have. */
  readonly subscriptionsRefuse: readonly string[]
  /** Whether PowerState shows PoweringOn and PoweringOff. */
  readonly showsTransitions: boolean
  /** Answer to a reset that makes no sense in the present power state. */
  readonly resetWhenThere: 'accepted' | 'conflict' | 'rejected'
  /** How many resets to On are refused with 409 after the server went off. */
  readonly onRefusalsAfterOff: number
  /** The boot override can be written to the settings object of the system only. */
  readonly bootInSettings: boolean
  /** A boot override that does not name target, enabled and mode together is refused. */
  readonly bootNeedsWhole: boolean
  /** Boot override is refused while the server posts. */
  readonly bootLockedDuringPost: boolean
  /** A boot override without BootSourceOverrideEnabled is refused. */
  readonly bootNeedsEnabled: boolean
  /** Target falls back to None when the override is disabled or used up. */
  readonly bootClearsTarget: boolean
  /** Targets that boot the virtual CD; others with that meaning find no medium. */
  readonly cdTargets: readonly string[]
  /** Attributes of the manager decide whether the virtual CD is booted, for one boot; overrides for it find none. */
  readonly cdByManager: Readonly<Record<string, string>> | undefined
  readonly ejectNeedsBody: boolean
  /** Ejecting an empty slot is an error. */
  readonly ejectEmptyFails: boolean
  /** InsertMedia takes only Image; more is an error. */
  readonly insertOnlyImage: boolean
  /** Parameters that InsertMedia demands besides Image. */
  readonly insertNeeds: readonly string[]
  /** Ids of slots that offer InsertMedia and take no URL: `refused` with 400, or taken and `ignored`. */
  readonly consoleSlots: { readonly ids: readonly string[]; readonly answer: 'refused' | 'ignored' }
  /** How many ejects of a filled slot fail with 500 before one works. */
  readonly ejectFailures: number
  /** How long `Inserted` stays true after an eject. */
  readonly staleInsertedMs: number
  /** How pending BIOS settings are shown when nothing is pending. */
  readonly pendingShape: 'absent' | 'empty' | 'full'
  /**
   * What it takes to apply pending settings at the next restart: nothing (`plain`), a job that the write itself makes
   * when an apply time is given or that a client makes (`job`), or a task that hands over to a job (`task`).
   */
  readonly biosWrite: 'plain' | 'job' | 'task'
  /** Bios is served without Attributes while the server posts. */
  readonly biosHiddenDuringPost: boolean
  /** An unknown attribute does not fail the write but is told after the restart in `@Redfish.Settings.Messages`. */
  readonly biosRefusesLate: boolean
}

const plainBehaviour: Behaviour = {
  messages: 'Base.1.8',
  etag: 'none',
  etagInBody: false,
  settingsTag: false,
  ifMatch: 'ignored',
  actionsRefuseIfMatch: false,
  extendedInfoAsObject: false,
  sessionLimit: 16,
  sessionLimitMessage: 'Base.1.8.SessionLimitExceeded',
  sessionTimeoutMs: 300_000,
  sessionDeleteStatus: 204,
  subscriptionsRefuse: [],
  showsTransitions: false,
  resetWhenThere: 'accepted',
  onRefusalsAfterOff: 0,
  bootInSettings: false,
  bootNeedsWhole: false,
  bootLockedDuringPost: false,
  bootNeedsEnabled: false,
  bootClearsTarget: true,
  cdTargets: ['Cd', 'UsbCd', 'CD/DVD', 'UefiUsbCd', 'UefiCd'],
  cdByManager: undefined,
  ejectNeedsBody: false,
  ejectEmptyFails: false,
  insertOnlyImage: false,
  insertNeeds: [],
  consoleSlots: { ids: [], answer: 'refused' },
  ejectFailures: 0,
  staleInsertedMs: 0,
  pendingShape: 'absent',
  biosWrite: 'plain',
  biosHiddenDuringPost: false,
  biosRefusesLate: false,
}

/** Reads the behaviour off any tree: what its resources show decides, never who made it. */
export const behaviourOf = (tree: ResourceTree, parts: Parts): Behaviour => {
  const system = tree.body(parts.system)
  const service = tree.body(linkAt(tree.body('/redfish/v1'), 'SessionService') ?? '/redfish/v1/SessionService')
  const timeout = service?.['SessionTimeout']
  const etag = etagStyle(textAt(system, '@odata.etag'))
  return {
    ...plainBehaviour,
    etag,
    ifMatch: etag === 'none' ? 'ignored' : 'checked',
    ...(typeof timeout === 'number' ? { sessionTimeoutMs: timeout * 1000 } : {}),
    bootClearsTarget: !leavesTarget(objectAt(system, 'Boot')),
    pendingShape: pendingShape(tree, parts),
    biosWrite: needsJob(tree, parts) ? 'job' : 'plain',
  }
}

const etagStyle = (etag: string | undefined): Behaviour['etag'] =>
  etag === undefined ? 'none' : etag.startsWith('W/') ? 'weak' : 'strong'

const leavesTarget = (boot: JsonObject): boolean =>
  boot['BootSourceOverrideEnabled'] === 'Disabled' && boot['BootSourceOverrideTarget'] !== 'None'

const pendingShape = (tree: ResourceTree, { bios, biosSettings }: Parts): Behaviour['pendingShape'] => {
  if (bios === undefined || biosSettings === undefined) return 'absent'
  const settings = tree.body(biosSettings)
  if (settings === undefined || !('Attributes' in settings)) return 'absent'
  const pending = Object.keys(objectAt(settings, 'Attributes')).length
  return pending * 2 > Object.keys(objectAt(tree.body(bios), 'Attributes')).length ? 'full' : 'empty'
}

const needsJob = (tree: ResourceTree, { bios, jobs }: Parts): boolean =>
  jobs.length > 0 &&
  bios !== undefined &&
  listAt(objectAt(tree.body(bios), '@Redfish.Settings'), 'SupportedApplyTimes').includes('OnReset')
