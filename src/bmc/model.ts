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
  /** What the sensors show now. A part that cannot be read is a problem; the rest is there. */
  readSensors(call: BmcCall): Promise<SensorReadings>
  /** The newest entries of the event logs, newest first. A log that cannot be read is a problem; the rest is there. */
  readLogs(query: LogQuery, call: BmcCall): Promise<LogReadings>
  /** The accounts that may log in, where the protocol lists them in one small read. */
  readUsers?(call: BmcCall): Promise<BmcUser[]>
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
  /** Generation of the server in the words of its maker (15G, Gen11, X13, V2, M5), where data tells it. */
  readonly generation?: string | undefined
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
  /** What else the service offers; absent where the protocol has no such things (IPMI). */
  readonly capabilities?: BmcCapabilities | undefined
  /** Certificate trust in force; `insecure` is shown to the user. */
  readonly trust: 'system' | 'bundle' | 'fingerprint' | 'insecure' | 'none'
}

/** What a Redfish service offers, as read when it was first identified. */
export interface BmcCapabilities {
  /** Virtual media slots that take a CD image from a URL, best first. */
  readonly mediaSlots: readonly string[]
  /** Where BIOS settings wait for a restart; undefined where they are written to the Bios resource itself. */
  readonly settingsObject: string | undefined
  /** Apply times that the settings object lists; empty where it lists none. */
  readonly applyTimes: readonly string[]
  readonly secureBoot: boolean
  readonly taskService: boolean
  readonly events: 'none' | 'push' | 'push and stream'
  /** The query that brings a collection with its members; undefined where the service offers none. */
  readonly expand: string | undefined
  /** How deep it may go. */
  readonly expandLevels: number | undefined
  readonly sessionTimeoutSeconds: number | undefined
  /** How many sessions were open when it had refused one more; undefined while it never did. */
  readonly sessionLimit: number | undefined
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

export type SensorKind = 'Temperature' | 'Fan' | 'Power' | 'Voltage' | 'Current' | 'Other'

/** One sensor as it stands now. */
export interface SensorReading {
  readonly name: string
  readonly kind: SensorKind
  /** Undefined where the sensor shows no number: absent, switched off, or only a state. */
  readonly reading: number | undefined
  /** Of reading and limits, in UCUM where there is a unit: Cel, W, V, A, %, RPM. */
  readonly units: string | undefined
  /** OK, Warning or Critical, in the words of the BMC; undefined where it does not judge. */
  readonly health: string | undefined
  /** What it measures: CPU, Intake, PowerSupply... (Redfish PhysicalContext). */
  readonly context: string | undefined
  /** Limits beyond which the BMC warns (caution) or raises the alarm (critical). */
  readonly lowerCritical: number | undefined
  readonly lowerCaution: number | undefined
  readonly upperCaution: number | undefined
  readonly upperCritical: number | undefined
}

export interface SensorReadings {
  /** In the order of kinds, and then in that of the BMC. */
  readonly sensors: readonly SensorReading[]
  readonly problems: readonly ReadProblem[]
}

export interface LogQuery {
  /** How many entries at most, over all logs. */
  readonly limit: number
  /** Id of one log service (Sel, Lclog, IML...), matched without regard to case; all when absent. */
  readonly log?: string | undefined
}

export interface LogEntry {
  /** Id of the log that it stands in. */
  readonly log: string
  readonly id: string
  /** RFC 3339 in UTC; undefined where the clock of the BMC was not set (0000, 1970) or the date cannot be read. */
  readonly time: string | undefined
  /** The time as the BMC wrote it. */
  readonly written: string | undefined
  /** OK, Warning or Critical. */
  readonly severity: string | undefined
  readonly message: string
  readonly messageId: string | undefined
}

export interface LogReadings {
  /** Newest first. An entry without a time keeps its place among the entries of its log. */
  readonly entries: readonly LogEntry[]
  /** Ids of the logs that the BMC keeps, whether asked for or not. */
  readonly logs: readonly string[]
  readonly problems: readonly ReadProblem[]
}

/** An account of the BMC. */
export interface BmcUser {
  readonly id: string
  readonly name: string
  /** Whether it may use this protocol. */
  readonly enabled: boolean
  /** Privilege in the words of the BMC, for example ADMINISTRATOR. */
  readonly role: string | undefined
}

/** What could not be read. */
export interface ReadProblem {
  readonly about: string
  readonly message: string
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
