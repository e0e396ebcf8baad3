import { z } from 'zod'
import { KatametalError } from '../../base/errors.js'
import type { RunProgram } from '../programs.js'

const tableSchema = z.object({
  partitiontable: z.object({
    label: z.string(),
    sectorsize: z.int().default(512),
    lastlba: z.int().optional(),
    partitions: z
      .array(z.object({ start: z.int(), size: z.int(), type: z.string(), name: z.string().optional() }))
      .default([]),
  }),
})

export type PartitionTable = z.output<typeof tableSchema>['partitiontable']

/** The partition table of a disk, or undefined when it has none. */
export const readTable = async (device: string, run: RunProgram): Promise<PartitionTable | undefined> => {
  const text = await run('sfdisk', ['--json', device]).catch(() => undefined)
  if (text === undefined || text.trim() === '') return undefined
  return tableSchema.parse(JSON.parse(text)).partitiontable
}

/**
 * Moves the backup of a GPT to the end of the disk, where it belongs (UEFI 2.10 section 5.3.2): the image was made for a
 * smaller disk. Does nothing for other tables. AgentFailed when the image's table is damaged.
 */
export const relocateBackupTable = async (device: string, run: RunProgram): Promise<void> => {
  const table = await readTable(device, run)
  if (table?.label === 'gpt') await run('sfdisk', ['--quiet', '--no-reread', '--relocate', 'gpt-bak-std', device])
}

/** GUID "Microsoft basic data", which every system reads as a partition with a FAT in it. */
const gptDataType = 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7'
const mebibyte = 1024 * 1024

export interface Place {
  /** Bytes. */
  readonly start: number
  readonly length: number
}

/**
 * Makes room for `bytes` in a partition called `name` at the very end of the disk, so that the ones before it can still
 * grow; one that was made before is used again. Throws AgentFailed when the image has no partition table or leaves no
 * room.
 */
export const ensurePartition = async (
  device: string,
  { name, bytes, sizeBytes }: { readonly name: string; readonly bytes: number; readonly sizeBytes: number },
  run: RunProgram,
): Promise<Place> => {
  const table = await readTable(device, run)
  if (table === undefined)
    throw new KatametalError('AgentFailed', {
      about: device,
      seen: 'the image has no partition table, so there is no room for a config drive beside it',
    })
  const wanted = placeAtEnd(table, sizeBytes, bytes)
  const known = table.partitions.find(
    partition => partition.name === name || partition.start * table.sectorsize === wanted.start,
  )
  if (known !== undefined) return { start: known.start * table.sectorsize, length: known.size * table.sectorsize }
  refuseOverlap(table, wanted, device)
  const [start, size] = [wanted.start / table.sectorsize, wanted.length / table.sectorsize]
  const line =
    table.label === 'gpt'
      ? `start=${start}, size=${size}, type=${gptDataType}, name="${name}"`
      : `start=${start}, size=${size}, type=c`
  await run('sfdisk', ['--quiet', '--no-reread', '--append', device], { input: `${line}\n` })
  return wanted
}

/** The last whole MiBs before the backup of the table. */
const placeAtEnd = ({ label, sectorsize, lastlba }: PartitionTable, sizeBytes: number, bytes: number): Place => {
  const usable = label === 'gpt' && lastlba !== undefined ? (lastlba + 1) * sectorsize : sizeBytes
  const start = Math.floor((Math.min(usable, sizeBytes) - bytes) / mebibyte) * mebibyte
  return { start, length: bytes }
}

const refuseOverlap = ({ partitions, sectorsize }: PartitionTable, { start }: Place, device: string): void => {
  const end = Math.max(0, ...partitions.map(partition => (partition.start + partition.size) * sectorsize))
  if (start < Math.max(end, mebibyte))
    throw new KatametalError('DiskTooSmall', {
      about: device,
      seen: `its partitions end at byte ${end} and leave no room for a config drive at byte ${start}`,
    })
}
