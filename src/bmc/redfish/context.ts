import type { BiosValue } from '../model.js'
import type { FoundRegistry } from './bios-registry.js'
import type { BmcCapabilities } from '../model.js'
import type { VendorQuirks } from '../vendors.js'
import type { RedfishResource } from './resource.js'

/** What identify found out and every family of calls needs. */
export interface RedfishContext {
  readonly systemPath: string
  /** As read by identify: links and actions in it last, states in it may be old. */
  readonly system: RedfishResource
  readonly managerPath: string | undefined
  readonly manager: RedfishResource | undefined
  readonly root: RedfishResource
  /** Accelerator boards that stand as systems of their own beside the server; none where the address names the system. */
  readonly boards?: readonly RedfishResource[]
  /** Recognised from firmware-profiles/vendors.yaml. */
  readonly vendor: string
  readonly product: string | undefined
  readonly generation?: string | undefined
  readonly quirks: VendorQuirks
  /** As read at the first identify; it changes with the firmware of the BMC only. */
  readonly capabilities?: BmcCapabilities | undefined
  /** BIOS attribute registries fetched so far; kept as long as the Bmc, as they are large and change only with the BIOS. */
  readonly registries?: Map<string, FoundRegistry>
  /** Settings written to a service that has no place to show them until the restart; see bios-unshown.ts. */
  readonly unshown?: Map<string, BiosValue>
}
