import type { BootData } from '../../deploy/protocol.js'
import type { KubeadmRun } from './kubeadm.js'

/** What a disk looks like from the running system. */
export interface DiskSpec {
  /** /dev/sda */
  readonly deviceName: string
  readonly sizeBytes: number
  readonly model?: string
  readonly vendor?: string
  readonly serialNumber?: string
  readonly rotational?: boolean
}

/** What an image on a disk is made of: its digest, its config drive, and what its first boot left behind. */
export interface Installed {
  readonly digest: string
  readonly bytes: number
  /** Absent until the config drive was written. */
  readonly bootData?: BootData
  /** The instance whose first boot is done; later boots of the same instance do not bootstrap again. */
  readonly bootstrapped?: BootstrappedSystem
}

export interface BootstrappedSystem {
  readonly instanceID: string
  readonly hostName: string
  /** The Node it runs as, when its user data asked for one. */
  readonly node?: NodeRequest
}

/** How the user data makes the server a Node: in the lab's own words, or in those of a bootstrap provider for kubeadm. */
export type NodeRequest = JoinRequest | KubeadmRun

/** What `katametal_lab_join` in the user data asks for. */
export interface JoinRequest {
  readonly server: string
  /** PEM in base64. */
  readonly caData: string
  readonly token: string
  readonly nodeName: string
  readonly providerID?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly Taint[]
  /** Of the kubelet; v1.34.0 when absent. */
  readonly version?: string
  /** Handlers of its container runtime beside runc, as its node layer asked for them. */
  readonly handlers?: readonly string[]
}

/** core/v1 Taint. */
export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

/** A disk of a simulated server; it keeps its contents while power is off. */
export class Disk {
  readonly spec: DiskSpec
  #installed: Installed | undefined

  constructor(spec: DiskSpec) {
    this.spec = spec
  }

  get installed(): Installed | undefined {
    return this.#installed
  }

  install(installed: Installed): void {
    this.#installed = installed
  }

  wipe(): void {
    this.#installed = undefined
  }
}
