import { kataMetalCluster } from './infrastructure/kata-metal-cluster.js'
import { kataMetalClusterTemplate } from './infrastructure/kata-metal-cluster-template.js'
import { kataMetalMachine } from './infrastructure/kata-metal-machine.js'
import { kataMetalMachineTemplate } from './infrastructure/kata-metal-machine-template.js'
import { kataMetalRemediation } from './infrastructure/kata-metal-remediation.js'
import { kataMetalRemediationTemplate } from './infrastructure/kata-metal-remediation-template.js'
import type { Kind } from './kind.js'
import { kudProfile } from './kud/kud-profile.js'
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
  kataMetalClusterTemplate,
  kataMetalMachine,
  kataMetalMachineTemplate,
  kataMetalRemediation,
  kataMetalRemediationTemplate,
  kudProfile,
]
