import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KatametalError } from '../../base/errors.js'
import type { RunProgram } from '../programs.js'
import { findDrive, readDrives, readPartitions, wwnOf } from './drives.js'
import { readInventory } from './inventory.js'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sysfs-'))
})
afterEach(() => rm(root, { recursive: true }))

/** Files below the root; a value that starts with `->` is a link. */
const lay = async (files: Readonly<Record<string, string | Buffer>>): Promise<void> => {
  for (const [path, value] of Object.entries(files)) {
    const full = join(root, path)
    await mkdir(dirname(full), { recursive: true })
    if (typeof value === 'string' && value.startsWith('->')) await symlink(value.slice(2), full)
    else await writeFile(full, value)
  }
}

const refused: RunProgram = async () => {
  throw new KatametalError('AgentFailed')
}

describe('the drives of a server', () => {
  it('are told with every property that a root device hint may name', async () => {
    await lay({
      'sys/block/sda/size': '937703088\n',
      'sys/block/sda/removable': '0\n',
      'sys/block/sda/queue/rotational': '1\n',
      'sys/block/sda/device': '->../../devices/pci0/host2/target2:0:0/2:0:0:0',
      'sys/devices/pci0/host2/target2:0:0/2:0:0:0/model': 'MZ7LH480HAHQ0D3 \n',
      'sys/devices/pci0/host2/target2:0:0/2:0:0:0/vendor': 'ATA     \n',
      'sys/devices/pci0/host2/target2:0:0/2:0:0:0/vpd_pg80': Buffer.from(
        '\u0000\u0080\u0000\u0010  S45PNA0M123456',
        'latin1',
      ),
      'sys/devices/pci0/host2/target2:0:0/2:0:0:0/wwid': 'naa.5002538E09123456\n',
    })
    expect(await readDrives(root)).toEqual([
      {
        deviceName: '/dev/sda',
        sizeBytes: 937703088 * 512,
        model: 'MZ7LH480HAHQ0D3',
        vendor: 'ATA',
        serialNumber: 'S45PNA0M123456',
        wwn: '0x5002538e09123456',
        hctl: '2:0:0:0',
        rotational: true,
      },
    ])
  })

  it('leave out virtual media, empty slots, read-only disks and what is no drive', async () => {
    await lay({
      'sys/block/nvme0n1/size': '100\n',
      'sys/block/nvme0n1/wwid': 'eui.0025385b91b00001\n',
      'sys/block/nvme0n1/device/serial': 'S4GENX0N\n',
      'sys/block/sdb/size': '100\n',
      'sys/block/sdb/removable': '1\n',
      'sys/block/sdc/size': '0\n',
      'sys/block/sdd/size': '100\n',
      'sys/block/sdd/ro': '1\n',
      'sys/block/sr0/size': '100\n',
      'sys/block/loop0/size': '100\n',
      'sys/block/nvme0c1n1/size': '100\n',
    })
    expect(await readDrives(root)).toEqual([
      { deviceName: '/dev/nvme0n1', sizeBytes: 51_200, serialNumber: 'S4GENX0N', wwn: 'eui.0025385b91b00001' },
    ])
  })

  it('have names as udev writes them, with the vendor extension apart', () => {
    expect(wwnOf('naa.600508b1001c0123456789abcdef0011')).toEqual({
      wwn: '0x600508b1001c0123',
      wwnVendorExtension: '0x456789abcdef0011',
    })
    expect(wwnOf('t10.ATA     QEMU HARDDISK')).toEqual({})
    expect(wwnOf(undefined)).toEqual({})
  })

  it('show their partitions in bytes, whatever their own sectors are', async () => {
    await lay({
      'sys/block/vda/size': '4096',
      'sys/block/vda/vda1/start': '2048\n',
      'sys/block/vda/vda1/size': '1024\n',
      'sys/block/vda/queue/rotational': '0',
    })
    expect(await readPartitions(root, '/dev/vda')).toEqual([{ start: 1_048_576, length: 524_288 }])
  })

  it('are missed by name', () => {
    expect(() => findDrive([{ deviceName: '/dev/sda', sizeBytes: 1 }], '/dev/sdb')).toThrow(
      expect.objectContaining({ code: 'RootDeviceNotFound', seen: 'there are /dev/sda' }),
    )
  })
})

describe('the inventory', () => {
  it('tells flags, KVM, IOMMU, SR-IOV, firmware and TPM apart', async () => {
    await lay({
      'proc/cpuinfo':
        'processor\t: 0\nmodel name\t: Xeon\nflags\t\t: fpu vmx ept\n\nprocessor\t: 1\nmodel name\t: Xeon\n',
      'proc/meminfo': 'MemTotal:       1048576 kB\nMemFree: 1 kB\n',
      'sys/class/dmi/id/sys_vendor': 'Maker\n',
      'sys/class/dmi/id/product_uuid': 'AB-CD\n',
      'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c': Buffer.from([6, 0, 0, 0, 1]),
      'sys/class/tpm/tpm0/tpm_version_major': '2\n',
      'sys/kernel/iommu_groups/0/type': 'DMA',
      'sys/kernel/iommu_groups/1/type': 'DMA',
      'sys/firmware/acpi/tables/DMAR': 'x',
      'sys/bus/pci/devices/0000:01:00.0/sriov_totalvfs': '64\n',
      'sys/bus/pci/devices/0000:01:00.1/sriov_totalvfs': '64\n',
      'sys/class/net/eth0/address': '52:54:00:AA:00:01\n',
      'sys/class/net/eth0/carrier': '1\n',
      'sys/class/net/eth0/speed': '-1\n',
      'sys/class/net/eth0/device/driver': '->../../../../bus/pci/drivers/ice',
      'sys/class/net/bond0/address': '52:54:00:AA:00:02\n',
    })
    const neighbours = new Map([['eth0', { portID: 'Ethernet1' }]])
    expect(await readInventory(root, neighbours, refused)).toEqual({
      system: { manufacturer: 'Maker', uuid: 'ab-cd', bootMode: 'UEFI', secureBoot: true, tpm: '2.0' },
      processors: { architecture: 'x86_64', threads: 2, model: 'Xeon', flags: ['fpu', 'vmx', 'ept'] },
      memory: { totalMiB: 1024 },
      nics: [{ name: 'eth0', mac: '52:54:00:aa:00:01', linkUp: true, model: 'ice', lldp: { portID: 'Ethernet1' } }],
      drives: [],
      virtualization: { cpuFlag: true, kvm: false, iommuGroups: 2, iommuTable: true, sriovTotalVFs: 128 },
    })
  })

  it('is what there is on a machine that shows nothing', async () => {
    expect(await readInventory(root, new Map(), async () => '')).toEqual({
      system: { bootMode: 'Legacy' },
      processors: { architecture: 'x86_64' },
      nics: [],
      drives: [],
      virtualization: { cpuFlag: false, kvm: true, iommuGroups: 0, iommuTable: false, sriovTotalVFs: 0 },
    })
  })
})
