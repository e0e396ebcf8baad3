import type { HostInventorySpec } from '../../api/metal/host-inventory.js'
import type { BiosSnapshot, BiosValue } from '../firmware/model.js'

/**
 * What katametal can ask of a BMC, whatever protocol it speaks. A driver implements {@link Bmc}; what it lacks it
 * answers with KatametalError `BMCUnsupported`. Rules for every driver:
 *
 * - each call ends, at the latest, when `call.signal` is aborted;
 * - errors are KatametalErrors and never carry a secret;
 * - a write is not believed: callers read back;
 * - nothing is written that already has the wanted value.
 */
export interface Bmc {
  /** Opens what is needed (session), chooses the ComputerSystem and recognises the vendor. Idempotent. */
  identify(call: BmcCall): Promise<BmcIdentity>
  readPower(call: BmcCall): Promise<PowerState>
  /** Asks for a change and returns when the BMC has taken the request, not when it is done. */
  setPower(action: PowerAction, call: BmcCall): Promise<void>
  readBootOverride(call: BmcCall): Promise<BootOverride>
  setBootOverride(override: BootOverride, call: BmcCall): Promise<void>
  readVirtualMedia(call: BmcCall): Promise<VirtualMediaSlot[]>
  /** Ejects what is in the best CD slot, inserts `url` and reads it back. Throws BMCWriteIgnored when it is not there. */
  insertVirtualMedia(url: string, call: BmcCall): Promise<VirtualMediaSlot>
  /** Ejects whatever is inserted in CD slots; nothing inserted is success. */
  ejectVirtualMedia(call: BmcCall): Promise<void>
  readBios(call: BmcCall): Promise<BiosSnapshot>
  /** Makes attribute values pending for the next restart. Which values: {@link BiosSnapshot} vocabulary. */
  writeBios(attributes: Readonly<Record<string, BiosValue>>, call: BmcCall): Promise<BiosWriteResult>
  readInventory(call: BmcCall): Promise<HostInventorySpec>
  /** Logs out and closes connections. Never throws. */
  close(): Promise<void>
}

export interface BmcCall {
  readonly signal: AbortSignal
}

export type { BiosValue }

export interface BmcIdentity {
  /** Recognised from data: dell, hpe, lenovo, supermicro, ami, intel, cisco, fujitsu, openbmc, generic; ipmi for IPMI-only. */
  readonly vendor: string
  /** Management controller product, for example "iDRAC9". */
  readonly product: string | undefined
  readonly firmwareVersion: string | undefined
  readonly biosVersion: string | undefined
  readonly manufacturer: string | undefined
  readonly model: string | undefined
  readonly serialNumber: string | undefined
  /** @odata.id of the chosen ComputerSystem and its Manager. */
  readonly system: string | undefined
  readonly manager: string | undefined
  /** Ways to boot the deploy agent, best first. */
  readonly bootMethods: readonly BootMethod[]
  readonly resetTypes: readonly string[]
  /** Whether BIOS attributes can be read and written. */
  readonly biosSettings: boolean
  readonly power: PowerState
  /** Certificate trust in force; `insecure` is shown to the user. */
  readonly trust: 'system' | 'bundle' | 'fingerprint' | 'insecure' | 'none'
}

export type PowerState = 'On' | 'Off' | 'PoweringOn' | 'PoweringOff' | 'Unknown'

/** `Restart` is a forced restart of a running server; `GracefulOff` asks the operating system. */
export type PowerAction = 'On' | 'ForceOff' | 'GracefulOff' | 'Restart'

export type BootMethod = 'VirtualMedia' | 'UefiHttp' | 'Pxe'

export interface BootOverride {
  readonly target: 'None' | 'Cd' | 'Pxe' | 'UefiHttp' | 'Hdd' | 'BiosSetup'
  readonly enabled: 'Disabled' | 'Once' | 'Continuous'
  /** For UefiHttp. */
  readonly httpBootUri?: string
}

export interface VirtualMediaSlot {
  /** @odata.id of the slot. */
  readonly id: string
  readonly mediaTypes: readonly string[]
  readonly inserted: boolean
  readonly image: string | undefined
  /** Whether a CD image can be put in. */
  readonly usable: boolean
}

export interface BiosWriteResult {
  /** Attributes the service says it took. */
  readonly accepted: readonly string[]
  /** Attributes the service refused, with its message. */
  readonly refused: readonly { readonly attribute: string; readonly message: string }[]
  /** Job or task that will apply them, when the service named one. */
  readonly job?: string
}

/** How to log in and whom to trust; everything that a driver needs besides the address. */
export interface BmcAccess {
  readonly username: string
  readonly password: string
  readonly trust: BmcTrust
}

export type BmcTrust =
  | { readonly kind: 'system' }
  | { readonly kind: 'bundle'; readonly pem: string }
  /** Lower-case hex without colons. */
  | { readonly kind: 'fingerprint'; readonly sha256: string }
  | { readonly kind: 'insecure' }

/** One request to a BMC, as told to whoever traces it. Never carries headers or bodies. */
export interface BmcExchange {
  readonly time: number
  readonly method: string
  readonly path: string
  /** HTTP status, or undefined when there was no answer. */
  readonly status: number | undefined
  readonly milliseconds: number
  /** Message of the BMC or error code. */
  readonly note: string | undefined
}
