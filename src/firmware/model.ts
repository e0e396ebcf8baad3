/** What a BMC tells about its BIOS settings: the input of the resolver. All of it is data, nothing is interpreted. */
export interface BiosSnapshot {
  /** As recognised from data (see BmcIdentity.vendor). */
  readonly vendor: string
  /** Management controller product such as "iDRAC9", "iLO 6", "XCC". */
  readonly product: string | undefined
  readonly biosVersion: string | undefined
  /**
   * Current attributes as served: strings, numbers, booleans, and on some services objects or null. A setting with a
   * resource of its own stands among them under a name that no attribute can have ({@link secureBootSetting}).
   */
  readonly attributes: Readonly<Record<string, unknown>>
  /** Keys whose pending value differs from the current one. */
  readonly pending: Readonly<Record<string, unknown>>
  /** Absent when the service has none or it could not be read. */
  readonly registry: AttributeRegistry | undefined
  /** Why `registry` is absent, or which rung of the look-up ladder found it. */
  readonly registryEvidence: string
  /** What the service says about settings it could not apply at the last restart (`@Redfish.Settings.Messages`). */
  readonly complaints?: readonly BiosComplaint[]
}

/** One attribute that the service did not take over at the last restart, or a general failure of applying them. */
export interface BiosComplaint {
  readonly attribute: string | undefined
  readonly message: string
}

/** Secure boot as its SecureBoot resource shows it: true or false, current and pending like any attribute. */
export const secureBootSetting = 'SecureBoot/SecureBootEnable'

/** A plain value of a BIOS attribute. */
export type BiosValue = string | number | boolean

/** A Redfish AttributeRegistry, reduced to what decides (DSP8010 AttributeRegistry.v1). */
export interface AttributeRegistry {
  readonly id: string
  readonly attributes: readonly RegistryAttribute[]
  readonly dependencies: readonly RegistryDependency[]
}

export interface RegistryAttribute {
  readonly name: string
  readonly displayName: string | undefined
  readonly type: string | undefined
  readonly readOnly: boolean
  readonly grayOut: boolean
  readonly hidden: boolean
  readonly values: readonly { readonly valueName: string; readonly valueDisplayName: string | undefined }[]
}

/** A `Map` dependency: when all conditions hold, `toAttribute.toProperty` becomes `toValue`. */
export interface RegistryDependency {
  readonly attribute: string
  readonly conditions: readonly {
    readonly attribute: string
    readonly property: string
    readonly operator: string
    readonly value: unknown
    /** How it joins with the one before: AND or OR. */
    readonly join: 'AND' | 'OR' | undefined
  }[]
  readonly toAttribute: string
  readonly toProperty: string
  readonly toValue: unknown
}
