import type { HostNeeds } from '../../../api/infrastructure/kata-metal-machine.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { HostInventory } from '../../../api/metal/host-inventory.js'
import { findCondition } from '../../kube/conditions.js'
import { bytesOf } from './quantity.js'

/** Why the hardware of a host does not do, in the words of the NoHostAvailable message. */
export type Shortcoming =
  | 'cores unknown'
  | 'too few cores'
  | 'memory unknown'
  | 'too little memory'
  | 'disks unknown'
  | 'no disk large enough'
  | 'NICs unknown'
  | 'too few NICs'
  | 'not Kata-capable'

/** The sizes that needs are compared with; undefined where nobody could read them. */
export interface HostSize {
  readonly cores: number | undefined
  readonly memoryBytes: number | undefined
  readonly largestDiskBytes: number | undefined
  readonly nics: number | undefined
}

/** From the inventory, else from the summary on the host. The summary has no single disk, only their sum. */
export const sizeOf = (host: BareMetalHost, inventory: HostInventory | undefined): HostSize => {
  const summary = host.status?.hardware
  const memoryMiB = inventory?.spec.memory?.totalMiB ?? summary?.memoryMiB
  return {
    cores: inventory?.spec.processors?.cores ?? summary?.cores,
    memoryBytes: memoryMiB === undefined ? undefined : memoryMiB * 1024 ** 2,
    largestDiskBytes: largestDisk(inventory),
    nics: inventory?.spec.nics?.length ?? summary?.nics,
  }
}

const largestDisk = (inventory: HostInventory | undefined): number | undefined => {
  const { drives = [], volumes = [] } = inventory?.spec.storage ?? {}
  const sizes = [...drives, ...volumes].flatMap(({ sizeBytes }) => (sizeBytes === undefined ? [] : [sizeBytes]))
  return sizes.length === 0 ? undefined : Math.max(...sizes)
}

/** The first need that the host does not meet. What is not known counts as not met: a claim wipes the disk. */
export const shortcomingOf = (
  needs: HostNeeds | undefined,
  host: BareMetalHost,
  size: HostSize,
): Shortcoming | undefined => {
  if (needs === undefined) return undefined
  return (
    lacking(needs.cores, size.cores, 'cores unknown', 'too few cores') ??
    lacking(wantedBytes(needs.memory), size.memoryBytes, 'memory unknown', 'too little memory') ??
    lacking(wantedBytes(needs.disk), size.largestDiskBytes, 'disks unknown', 'no disk large enough') ??
    lacking(needs.nics, size.nics, 'NICs unknown', 'too few NICs') ??
    (needs.kata === true && findCondition(host.status?.conditions, 'KataCapable')?.status === 'False'
      ? 'not Kata-capable'
      : undefined)
  )
}

const wantedBytes = (quantity: string | undefined): number | undefined =>
  quantity === undefined ? undefined : bytesOf(quantity)

const lacking = (
  wanted: number | undefined,
  seen: number | undefined,
  unknown: Shortcoming,
  tooSmall: Shortcoming,
): Shortcoming | undefined => {
  if (wanted === undefined) return undefined
  if (seen === undefined) return unknown
  return seen < wanted ? tooSmall : undefined
}
