import { constants } from 'node:fs'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BootData } from '../../deploy/protocol.js'
import type { RunProgram } from '../programs.js'
import { openDisk, writeAll } from './disk-writer.js'
import { ensurePartition } from './partition-table.js'

/** Label by which cloud-init finds a NoCloud seed. */
const label = 'CIDATA'
const partitionName = 'katametal-config'
const driveBytes = 32 * 1024 * 1024

/** What the installed system needs to report its first boot; beside the files of NoCloud, which ignores it. */
export const reportFile = 'katametal.json'

/** The files of a NoCloud seed (cloud-init documentation, datasource NoCloud), and ours. */
export const filesOf = (bootData: BootData): ReadonlyMap<string, Buffer> => {
  const { userData, metaData, vendorData, networkConfig, phoneHomeURL, phoneHomeToken, ca } = bootData
  return new Map([
    ['user-data', Buffer.from(userData, 'base64')],
    ['meta-data', Buffer.from(metaData)],
    ...(vendorData === undefined ? [] : [['vendor-data', Buffer.from(vendorData)] as const]),
    ...(networkConfig === undefined ? [] : [['network-config', Buffer.from(networkConfig)] as const]),
    [reportFile, Buffer.from(`${JSON.stringify({ phoneHomeURL, phoneHomeToken, ca })}\n`)],
  ])
}

/**
 * Writes the config drive as a FAT partition at the end of the disk; one that was there before is replaced. The file
 * system is made in memory and copied, so that no driver for FAT and no look at the new partition is needed. Throws
 * AgentFailed or DiskTooSmall.
 */
export const writeConfigDrive = async (
  device: string,
  sizeBytes: number,
  bootData: BootData,
  run: RunProgram,
  scratch = '/run',
): Promise<void> => {
  const place = await ensurePartition(device, { name: partitionName, bytes: driveBytes, sizeBytes }, run)
  const folder = await mkdtemp(join(scratch, 'config-'))
  try {
    const image = await makeFileSystem(folder, Math.min(place.length, driveBytes), filesOf(bootData), run)
    await copyTo(device, place.start, await readFile(image))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const makeFileSystem = async (
  folder: string,
  bytes: number,
  files: ReadonlyMap<string, Buffer>,
  run: RunProgram,
): Promise<string> => {
  const image = join(folder, 'image')
  await writeFile(image, '', { mode: 0o600 })
  await truncate(image, bytes)
  await run('mkfs.vfat', ['-n', label, image])
  for (const [name, contents] of files) {
    const path = join(folder, name)
    await writeFile(path, contents, { mode: 0o600 })
    await run('mcopy', ['-o', '-i', image, path, `::${name}`])
  }
  return image
}

const copyTo = async (device: string, start: number, bytes: Buffer): Promise<void> => {
  const handle = await openDisk(device, constants.O_WRONLY)
  try {
    await writeAll(handle, bytes, start, device)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
