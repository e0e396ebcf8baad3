import type { KnobResult } from '../../api/metal/host-firmware.js'
import type { BiosValue } from '../bmc/model.js'

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
