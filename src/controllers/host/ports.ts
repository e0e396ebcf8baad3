import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { FirmwareProfile, FirmwareProfileSpec } from '../../../api/metal/firmware-profile.js'
import type { HostFirmware, HostFirmwareStatus, KnobResult } from '../../../api/metal/host-firmware.js'
import type { HostInventory } from '../../../api/metal/host-inventory.js'
import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import type { BiosValue, Bmc, BmcAccess, BmcCall } from '../../bmc/model.js'
import type { BmcTarget } from '../../bmc/session-cache.js'
import type { AgentHello, AgentPlan, AgentProgress, AgentResult, PhoneHome } from '../../deploy/protocol.js'
import type { OperationRequest } from '../../deploy/operations.js'
import type { VendorScript } from '../../deploy/vendor-data.js'
import type { BiosSnapshot } from '../../firmware/model.js'
import type { Key, ResourceClient, Store } from '../../kube/types.js'
import type { Secret } from '../../kube/resource-types.js'

/** Everything the host controller needs from elsewhere; built in src/main.ts. */
export interface HostControllerParts {
  readonly clock: Clock
  readonly log: Logger
  /** In [0, 1); spreads retries and polls. */
  readonly chance: () => number
  /** A new operation id. */
  readonly newID: () => string
  readonly stores: {
    readonly hosts: Store<BareMetalHost>
    readonly inventories: Pick<Store<HostInventory>, 'get'>
    readonly firmwares: Pick<Store<HostFirmware>, 'get'>
    readonly profiles: Store<FirmwareProfile>
    /** Only Secrets that carry our label; others are fetched. */
    readonly secrets: Store<Secret>
  }
  readonly clients: {
    readonly hosts: ResourceClient<BareMetalHost>
    readonly inventories: ResourceClient<HostInventory>
    readonly firmwares: ResourceClient<HostFirmware>
    readonly secrets: ResourceClient<Secret>
  }
  readonly bmcs: BmcPool
  readonly deploy: DeployPort
  readonly firmware: FirmwarePort
  readonly nodes: NodePort
  readonly nodeLayer: NodeLayerPort
  /** How long a server that was switched on may take until its agent calls, before it is booted once more. */
  readonly agentPatienceMs: number
  readonly events: EventPort
  /** Whether the Cluster that consumes the host is paused. */
  readonly consumingClusterPaused: (host: BareMetalHost) => boolean
  /** Awaited around each command; tests that kill the manager there wait in it. */
  readonly checkpoint?: Checkpoint
  /** Wakes the host after something happened that no watch shows. */
  readonly wake: (key: Key) => void
}

/** `intent`: status says what is about to be done. `done`: it was done, and nothing has reported it yet. */
export type Checkpoint = (at: 'intent' | 'done', command: string, host: Key) => Promise<void>

/** Opens BMCs and keeps their sessions between looks. Implemented by src/bmc/session-cache.ts. */
export interface BmcPool {
  /** `secretVersion` tells apart credentials: a refused login is not repeated with the same version. */
  withBmc<R>(
    target: BmcTarget,
    access: BmcAccess,
    signal: AbortSignal,
    use: (bmc: Bmc, call: BmcCall) => Promise<R>,
  ): Promise<R>
  /** Logs out and forgets. */
  forget(address: string): Promise<void>
}

/** The deploy server, as far as the host controller uses it. All calls are idempotent. */
export interface DeployPort {
  /** Opens an operation for the agent and the first boot; the same id again only refreshes it. */
  begin(operation: OperationRequest): void
  /** What the boot media of the operation is called. */
  mediaURL(operationID: string, kind?: 'iso' | 'efi'): string
  setPlan(operationID: string, plan: AgentPlan): void
  /** Only an agent that says hello from now on is here; results stay. */
  forgetAgent(operationID: string): void
  /** Tokens and boot data of the operation die. */
  end(operationID: string): void
  seen(operationID: string): SeenFromServer
}

/** What the programs on the server have said about an operation since the manager started. */
export interface SeenFromServer {
  readonly hello: AgentHello | undefined
  /** When the agent spoke last, or the operation was opened; undefined when it is not open. */
  readonly heardAt: number | undefined
  readonly progress: AgentProgress | undefined
  readonly result: (taskID: string) => AgentResult | undefined
}

export interface FirmwarePort {
  /** The profile of this name that katametal ships, if there is one. */
  shipped(name: string): FirmwareProfileSpec | undefined
  plan(profile: FirmwareProfileSpec, snapshot: BiosSnapshot): FirmwarePlanned
  /** What the running system proves; a row per knob that the profile wishes Enabled. */
  proveByRunningSystem(
    profile: FirmwareProfileSpec,
    facts: NonNullable<PhoneHome['virtualization']>,
  ): { knob: string; proven: boolean; evidence: string }[]
}

export interface FirmwarePlanned {
  readonly rows: KnobResult[]
  readonly changes: Readonly<Record<string, BiosValue>>
  readonly reboots: number
  /** Wishes that cannot be met, each naming who forbids it. */
  readonly impossible: readonly string[]
}

export type Proof = NonNullable<HostFirmwareStatus['proof']>[number]

export interface NodeLayerPort {
  /**
   * The script that makes the installed system of a host a node of its cluster, by the KudProfile of the cluster;
   * undefined when it has none. Throws KudProfileUnknown and KudCombinationRefused.
   */
  scriptFor(host: BareMetalHost): VendorScript | undefined
}

export interface NodePort {
  /** The Node with this providerID in the workload cluster that consumes the host. */
  find(host: BareMetalHost, providerID: string): SeenNode | undefined
}

export interface SeenNode {
  readonly name: string
  readonly ready: boolean
  /** Absent when the Node shall run no Kata, or nothing says that it shall. */
  readonly kata?: {
    /** How the last proof ended; undefined before the first. */
    readonly proof: { readonly proven: boolean; readonly reason: string; readonly message: string } | undefined
  }
}

export interface EventPort {
  normal(object: BareMetalHost, reason: string, message: string): void
  warning(object: BareMetalHost, reason: string, message: string): void
}
