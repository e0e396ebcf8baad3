import { kataMetalCluster } from './infrastructure/kata-metal-cluster.js'
import { kataMetalMachine } from './infrastructure/kata-metal-machine.js'
import type { Kind } from './kind.js'
import { bareMetalHost } from './metal/bare-metal-host.js'
import { firmwareProfile } from './metal/firmware-profile.js'
import { hostFirmware } from './metal/host-firmware.js'
import { hostInventory } from './metal/host-inventory.js'

/** Every kind of our API, in the order of the reference. */
export const allKinds: readonly Kind[] = [
  bareMetalHost,
  hostInventory,
  hostFirmware,
  firmwareProfile,
  kataMetalCluster,
  kataMetalMachine,
]
