import type { Behaviour } from '../behaviour.js'
import type { JsonObject } from '../json.js'

/** One BIOS attribute of a persona: its values are `[ValueName, ValueDisplayName]`. */
export interface BiosAttribute {
  readonly name: string
  readonly display: string
  /** The value in force, in the vocabulary that the persona serves. */
  readonly value: string | number | boolean
  /** Absent for integers, booleans and free text. */
  readonly values?: readonly (readonly [string, string])[]
  readonly readOnly?: boolean
}

/** When `when` (attribute and value) holds, a property of `then` gets a value. */
export interface BiosDependency {
  readonly when: readonly [attribute: string, value: string]
  readonly then: readonly [
    attribute: string,
    property: 'ReadOnly' | 'GrayOut' | 'CurrentValue',
    value: string | boolean,
  ]
}

/** One DIMM, disk, NIC or CPU set-up that several personas share. */
export interface Hardware {
  readonly processor: { readonly model: string; readonly cores: number; readonly threads: number; readonly mhz: number }
  readonly sockets: number
  readonly dimms: number
  readonly dimmMiB: number
  readonly nics: readonly { readonly id: string; readonly model: string; readonly mbps: number }[]
  readonly disks: readonly {
    readonly id: string
    readonly model: string
    readonly bytes: number
    readonly protocol: string
    readonly rotational: boolean
  }[]
}

/** What makes one server of a persona differ from the next. */
export interface Identity {
  /** Number of the server, from 0; serial numbers and MAC addresses are made from it. */
  readonly index: number
}

/** What a persona is made of; {@link buildMachine} turns it into resources. */
export interface MachineSpec {
  readonly vendor: string
  readonly product: string
  readonly redfishVersion: string
  readonly manufacturer: string
  readonly model: string
  readonly biosVersion: string
  readonly serialPrefix: string
  readonly systemId: string
  readonly chassisId: string
  readonly managerId: string
  readonly managerModel: string
  readonly managerFirmware: string
  readonly hardware: Hardware
  /** Values of the reset action, in its annotation or, with `resetByActionInfo`, in an ActionInfo. */
  readonly resetTypes: readonly string[]
  readonly resetByActionInfo: boolean
  readonly boot: JsonObject
  readonly expand: JsonObject
  readonly sessionTimeoutSeconds: number
  /** Number of fixed account slots, the first of them reserved; 0 where accounts are made by POST. */
  readonly accountSlots: number
  readonly bios: {
    readonly path: string
    /** Without one, settings are written to Bios itself and there is no `@Redfish.Settings`. */
    readonly settingsPath?: string
    readonly settings: JsonObject
    /** What Bios names as its registry. */
    readonly registry: string
    readonly attributes: readonly BiosAttribute[]
    readonly dependencies?: readonly BiosDependency[]
    /** How the registry file is called and says it is called, and where the registry is. */
    readonly file: { readonly id: string; readonly registry: string; readonly languages: readonly string[] }
    readonly registryId: string
    readonly registryPath: string
  }
  readonly behaviour: Partial<Behaviour>
}
