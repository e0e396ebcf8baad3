import { createHash, type Hash } from 'node:crypto'
import type { Clock } from '../../base/clock.js'
import { KatametalError, toKatametalError } from '../../base/errors.js'
import type { AgentResult, BootSettings } from '../../deploy/protocol.js'
import type { ReportProgress, Task } from '../agent.js'
import type { AgentLog } from '../agent-log.js'
import { DiskWriter } from '../disk/disk-writer.js'
import { relocateBackupTable } from '../disk/partition-table.js'
import { digestOfDisk, forgetCache } from '../disk/read-disk.js'
import { eraseEnds } from '../disk/zeros.js'
import { compressionOf, decompress, magicBytes } from '../image/compression.js'
import { type Download, download, type DownloadOptions } from '../image/download.js'
import { type Drive, findDrive } from '../inventory/drives.js'
import type { RunProgram } from '../programs.js'

export type WriteTask = Extract<Task, { action: 'write-image' }>

export interface WriteWorld {
  readonly settings: Pick<BootSettings, 'url' | 'token' | 'ca'>
  readonly drives: () => Promise<readonly Drive[]>
  readonly run: RunProgram
  readonly clock: Clock
  readonly log: AgentLog
  readonly signal: AbortSignal
}

/**
 * Streams image | digest | decompress | disk. What is on the disk afterwards is proven by digests; a disk that got
 * anything else is made unbootable again. Never throws: the result says what was wrong.
 */
export const writeImage = async (
  task: WriteTask,
  progress: ReportProgress,
  world: WriteWorld,
): Promise<AgentResult> => {
  const { taskID, device } = task
  try {
    const { sizeBytes } = chosenDrive(task, await world.drives())
    return { taskID, ok: true, device, ...(await write(task, sizeBytes, progress, world)) }
  } catch (error) {
    world.signal.throwIfAborted()
    const { code, message } = toKatametalError(error)
    return { taskID, ok: false, device, code, message }
  }
}

/** The disk that the plan names, when it is still the one that the plan was made for. */
const chosenDrive = ({ device, expected }: WriteTask, drives: readonly Drive[]): Drive => {
  const drive = findDrive(drives, device)
  const different =
    expected !== undefined &&
    (expected.sizeBytes !== drive.sizeBytes || (expected.serialNumber ?? '') !== (drive.serialNumber ?? ''))
  if (different)
    throw new KatametalError('RootDeviceNotFound', {
      about: device,
      seen: `it is another disk now: ${drive.sizeBytes} bytes, serial number ${drive.serialNumber ?? 'none'}`,
    })
  return drive
}

const write = async (task: WriteTask, sizeBytes: number, progress: ReportProgress, world: WriteWorld) => {
  const { image, device } = task
  const end = new AbortController()
  const file = await download(image.url, {
    ...downloadOptions(task, world),
    signal: AbortSignal.any([world.signal, end.signal]),
  })
  let written = 0
  try {
    const digests = await stream(file, task, sizeBytes, progress, bytes => (written = bytes))
    if (image.checksum !== undefined && digests.file !== image.checksum)
      throw new KatametalError('ImageChecksumMismatch', { seen: `it has ${image.checksumType} ${digests.file}` })
    const verified = digests.disk === undefined ? {} : await verify(task, written, digests.disk, progress, world)
    await relocateBackupTable(device, world.run)
    return { digest: digests.file, bytes: written, ...verified }
  } catch (error) {
    // Half an image must not boot.
    if (written > 0) await eraseEnds(device, sizeBytes).catch(() => undefined)
    throw error
  } finally {
    end.abort()
    file.close()
  }
}

/** Writes everything; `count` learns how much is on the disk, also when it ends early. */
const stream = async (
  file: Download,
  { image, device }: WriteTask,
  sizeBytes: number,
  progress: ReportProgress,
  count: (bytes: number) => void,
) => {
  const ofFile = createHash(image.checksumType)
  const ofDisk = image.verifyDisk === true ? createHash(image.checksumType) : undefined
  let taken = 0
  const source = counted(file.chunks, ofFile, bytes => {
    taken += bytes
    progress({ phase: 'Writing', bytes: taken, ...totalOf(file) })
  })
  const { head, all } = await peek(source)
  const compression = compressionOf(head)
  if (compression === 'none') refuseLarger(device, file.totalBytes, sizeBytes)
  const writer = await DiskWriter.open(device, sizeBytes)
  try {
    for await (const chunk of decompress(all, compression)) {
      ofDisk?.update(chunk)
      await writer.write(chunk)
      count(writer.bytes)
    }
    await writer.finish()
  } finally {
    await writer.close()
  }
  return { file: ofFile.digest('hex'), disk: ofDisk?.digest('hex') }
}

/** Before anything is lost, where the size is known beforehand. */
const refuseLarger = (device: string, imageBytes: number | undefined, sizeBytes: number): void => {
  if (imageBytes !== undefined && imageBytes > sizeBytes)
    throw new KatametalError('DiskTooSmall', {
      about: device,
      seen: `the image has ${imageBytes} bytes, the disk ${sizeBytes}`,
    })
}

const verify = async (
  { image, device }: WriteTask,
  bytes: number,
  wanted: string,
  progress: ReportProgress,
  { run, log }: WriteWorld,
): Promise<{ diskDigest: string }> => {
  log.say(`reading ${bytes} bytes back from ${device}`)
  await forgetCache(device, run)
  const diskDigest = await digestOfDisk(device, bytes, image.checksumType, done =>
    progress({ phase: 'Verifying', bytes: done, totalBytes: bytes }),
  )
  if (diskDigest !== wanted)
    throw new KatametalError('ImageChecksumMismatch', {
      about: device,
      seen: `${image.checksumType} ${wanted} was written, ${diskDigest} is read back: the disk does not keep what it is given`,
    })
  return { diskDigest }
}

const downloadOptions = (
  { image }: WriteTask,
  { settings, clock, log, signal }: WriteWorld,
): Omit<DownloadOptions, 'signal'> & { signal: AbortSignal } => {
  const ours = new URL(image.url).origin === new URL(settings.url).origin
  return {
    // A checksum decides what is good, whoever sent it; without one the sender must be known.
    trust: ours ? { ca: settings.ca } : image.checksum === undefined ? 'roots' : 'anybody',
    ...(ours ? { token: settings.token } : {}),
    clock,
    signal,
    onResume: (position, reason) => log.say(`the image broke off (${reason}); going on at byte ${position}`),
  }
}

const totalOf = ({ totalBytes }: Download): { totalBytes?: number } => (totalBytes === undefined ? {} : { totalBytes })

async function* counted(
  source: AsyncIterable<Buffer>,
  hash: Hash,
  count: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    hash.update(chunk)
    count(chunk.length)
    yield chunk
  }
}

/** The first bytes of a stream, and the whole stream again. */
const peek = async (source: AsyncGenerator<Buffer>): Promise<{ head: Buffer; all: AsyncIterable<Buffer> }> => {
  let head: Buffer = Buffer.alloc(0)
  while (head.length < magicBytes) {
    const next = await source.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  return { head, all: followed(head, source) }
}

async function* followed(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  yield* rest
}
