import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KatametalError } from '../../base/errors.js'
import type { AgentHello } from '../../deploy/protocol.js'
import { known, linkName, namesIn, readNumber, readText } from './sysfs.js'

export type Drive = AgentHello['inventory']['drives'][number]

/** Kinds of block devices that hold no data of their own, and the hidden paths of multipath NVMe. */
const notDrives = /^(loop|ram|zram|sr|fd|dm-|md|nbd|mtd)|^nvme\d+c\d+n\d+$/

/** What sysfs counts in, whatever the drive's own sectors are (Documentation/ABI/stable/sysfs-block). */
const sysfsSector = 512

/** Every disk that could be written, by name; removable ones (virtual media of the BMC) are left out. */
export const readDrives = async (root: string): Promise<Drive[]> => {
  const block = join(root, 'sys/block')
  const names = (await namesIn(block)).filter(name => !notDrives.test(name))
  const drives = await Promise.all(names.map(name => readDrive(join(block, name), name)))
  return drives.flatMap(drive => drive ?? [])
}

/** Throws RootDeviceNotFound when it is not there any more. */
export const findDrive = (drives: readonly Drive[], device: string): Drive => {
  const drive = drives.find(({ deviceName }) => deviceName === device)
  if (drive !== undefined) return drive
  throw new KatametalError('RootDeviceNotFound', {
    about: device,
    seen: `there are ${drives.map(({ deviceName }) => deviceName).join(', ') || 'no disks'}`,
  })
}

/** The partitions of a disk, in bytes. */
export const readPartitions = async (root: string, device: string): Promise<{ start: number; length: number }[]> => {
  const name = device.replace(/^\/dev\//, '')
  const folder = join(root, 'sys/block', name)
  const found: { start: number; length: number }[] = []
  for (const entry of await namesIn(folder)) {
    const [start, sectors] = [await readNumber(folder, entry, 'start'), await readNumber(folder, entry, 'size')]
    if (start !== undefined && sectors !== undefined)
      found.push({ start: start * sysfsSector, length: sectors * sysfsSector })
  }
  return found
}

const readDrive = async (folder: string, name: string): Promise<Drive | undefined> => {
  const sectors = (await readNumber(folder, 'size')) ?? 0
  if (sectors === 0 || (await readNumber(folder, 'removable')) === 1 || (await readNumber(folder, 'ro')) === 1)
    return undefined
  const rotational = await readNumber(folder, 'queue/rotational')
  return {
    deviceName: `/dev/${name}`,
    sizeBytes: sectors * sysfsSector,
    ...known({
      model: await readText(folder, 'device/model'),
      vendor: await readText(folder, 'device/vendor'),
      serialNumber: await serialOf(folder),
      hctl: hctlOf(await linkName(folder, 'device')),
      rotational: rotational === undefined ? undefined : rotational === 1,
    }),
    ...wwnOf((await readText(folder, 'wwid')) ?? (await readText(folder, 'device/wwid'))),
  }
}

/** virtio and NVMe show it; SCSI (and SATA behind it) has it in vital product data page 0x80, after a head of 4 bytes. */
const serialOf = async (folder: string): Promise<string | undefined> => {
  const shown = (await readText(folder, 'serial')) ?? (await readText(folder, 'device/serial'))
  if (shown !== undefined) return shown
  try {
    const text = (await readFile(join(folder, 'device/vpd_pg80'))).subarray(4).toString('latin1').replaceAll('\0', '')
    return text.trim() === '' ? undefined : text.trim()
  } catch {
    return undefined
  }
}

const hctlOf = (device: string | undefined): string | undefined =>
  device !== undefined && /^\d+:\d+:\d+:\d+$/.test(device) ? device : undefined

/**
 * As udev names it (ID_WWN, ID_WWN_VENDOR_EXTENSION), because people copy hints from running systems: 0x and 16 digits
 * for NAA names, of which type 6 carries 16 digits more; NVMe names as they are.
 */
export const wwnOf = (wwid: string | undefined): Pick<Drive, 'wwn' | 'wwnVendorExtension'> => {
  const naa = /^naa\.([0-9a-f]{16})([0-9a-f]{16})?$/i.exec(wwid ?? '')
  if (naa !== null)
    return {
      wwn: `0x${(naa[1] ?? '').toLowerCase()}`,
      ...(naa[2] === undefined ? {} : { wwnVendorExtension: `0x${naa[2].toLowerCase()}` }),
    }
  return wwid !== undefined && /^(eui|nvme|uuid)\./.test(wwid) ? { wwn: wwid } : {}
}
