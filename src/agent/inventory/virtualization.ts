import { join } from 'node:path'
import type { AgentHello } from '../../deploy/protocol.js'
import type { RunProgram } from '../programs.js'
import { exists, known, namesIn, readNumber } from './sysfs.js'

type Virtualization = NonNullable<AgentHello['inventory']['virtualization']>

/**
 * What the running kernel proves. The CPU flag, the device and a virtual machine that was really created are three
 * different things: /dev/kvm may be there and useless.
 */
export const readVirtualization = async (
  root: string,
  flags: readonly string[],
  run: RunProgram,
): Promise<Virtualization> =>
  known({
    cpuFlag: flags.includes('vmx') || flags.includes('svm'),
    kvm: await run('katametal-probe', ['kvm'], { timeoutMs: 5_000 }).then(
      () => true,
      () => false,
    ),
    iommuGroups: (await namesIn(root, 'sys/kernel/iommu_groups')).length,
    iommuTable:
      (await exists(root, 'sys/firmware/acpi/tables/DMAR')) || (await exists(root, 'sys/firmware/acpi/tables/IVRS')),
    sriovTotalVFs: await totalVFs(root),
  })

/** Of all network adapters (PCI class 0x02) together. */
const totalVFs = async (root: string): Promise<number> => {
  const devices = join(root, 'sys/bus/pci/devices')
  let total = 0
  for (const name of await namesIn(devices)) total += (await readNumber(devices, name, 'sriov_totalvfs')) ?? 0
  return total
}
