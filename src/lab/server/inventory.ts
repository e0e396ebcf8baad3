import type { AgentHello } from '../../deploy/protocol.js'
import type { FirmwareFacts } from './board.js'
import type { DiskSpec } from './disk.js'

type Inventory = AgentHello['inventory']
type Virtualization = NonNullable<Inventory['virtualization']>

/** What a running kernel proves about the firmware settings. */
export const virtualizationOf = ({ vtx, vtd }: FirmwareFacts): Virtualization => ({
  cpuFlag: vtx,
  kvm: vtx,
  iommuGroups: vtd ? 42 : 0,
})

/** What the deploy agent sees on a simulated server. */
export const inventoryOf = (mac: string, disks: readonly DiskSpec[], firmware: FirmwareFacts): Inventory => ({
  processors: {
    architecture: 'x86_64',
    flags: ['sse4_2', 'aes', 'avx512f', ...(firmware.vtx ? ['vmx'] : [])],
  },
  nics: [{ name: 'ens1f0', mac, linkUp: true }],
  drives: disks.map(disk => ({ ...disk })),
  virtualization: virtualizationOf(firmware),
})
