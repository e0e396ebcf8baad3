import type { KatametalError } from '../../base/errors.js'

/**
 * Everything the lifecycle may decide on, as seen in one look. Facts can always be gathered again, so that losing one
 * does no harm. A fact that was not looked for, or could not be seen, is undefined.
 */
export interface HostFacts {
  // ---- what is wanted (spec and annotations)
  readonly deleting: boolean
  /** spec.image is given. */
  readonly wantsImage: boolean
  readonly externallyProvisioned: boolean
  /** What the installed annotation says about the disk, compared with spec.image. */
  readonly installed: 'nothing' | 'wanted' | 'other'
  /** The operation annotation names an operation of this kind that was begun for the present spec. */
  readonly operation: 'none' | 'Provision' | 'Deprovision'
  /** The running operation was begun for another image than spec.image names now. */
  readonly operationOutdated: boolean
  /** The installed annotation was written by the running operation. */
  readonly recorded: boolean
  readonly inspection: 'fast' | 'agent' | 'disabled'
  readonly reinspect: boolean
  readonly rebootRequested: boolean
  readonly wipes: boolean
  readonly wantsNode: boolean
  readonly powerWish: 'On' | 'Off' | undefined

  // ---- what is known
  readonly identified: boolean
  /** HostInventory was written since the step began. */
  readonly inventoryFresh: boolean
  /** The profile (or its absence) is the one that was planned and met last. */
  readonly firmwareSettled: boolean
  /** HostFirmware was written since the step began, for the present profile. */
  readonly firmwarePlanned: boolean
  /** What of the plan is left: write values, restart to apply them, or nothing. */
  readonly firmwareLeft: 'write' | 'restart' | 'nothing' | undefined
  /** HostFirmware is about the present profile. */
  readonly firmwareRecorded: boolean
  /** HostFirmware shows a BIOS that needs no change: it was written after the last one took effect. */
  readonly firmwareReadBack: boolean
  /** The profile may be applied to a host in service, and is not met. */
  readonly firmwareServiceable: boolean

  // ---- the server now
  readonly power: 'On' | 'Off' | 'Changing' | undefined
  /** No medium of ours is inserted and no boot override is set. */
  readonly bootClear: boolean | undefined

  // ---- what the programs on the server said about the running operation
  readonly agentHere: boolean
  /** The agent had a task, but the server was seen off, or nothing was heard of it for a long time. */
  readonly agentLost: boolean
  readonly taskDone: { readonly write: boolean; readonly handover: boolean; readonly wipe: boolean }
  readonly firstBoot: 'silent' | 'succeeded'
  readonly nodeReady: boolean
  /** Whether the running system shows what the profile demands; undefined until it has reported. */
  readonly proven: boolean | undefined

  /** The first thing that went wrong in this look. The step stays and is tried again with back-off. */
  readonly failure: KatametalError | undefined
}

/** What a step needs to have looked at. Kubernetes objects and agent reports are always at hand. */
export type Look = 'identity' | 'power' | 'boot' | 'bios'
