import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { KatametalError } from '../base/errors.js'
import { type BootSettings, type DiscoverySettings, settingsBlockBytes, settingsMagic } from './protocol.js'

/**
 * An image that all servers boot the deploy agent from; only its settings blocks differ from server to server. A CD has
 * the system in RAM, and with it the block, once for each kind of firmware.
 */
export interface BootImage {
  /** Bytes. */
  readonly size: number
  /** Bytes `start` up to and including `end`, with `settings` in each reserved block. */
  stream(settings: BootSettings | DiscoverySettings, start: number, end: number): Readable
}

/** Throws FileInvalid for a file that cannot be read or has no settings block. */
export const openBootImage = async (path: string): Promise<BootImage> => {
  const read = (start: number, end: number): Readable => createReadStream(path, { start, end })
  try {
    const { size } = await stat(path)
    return bootImage(size, await findBlocks(createReadStream(path), size, path), read)
  } catch (error) {
    if (error instanceof KatametalError) throw error
    throw new KatametalError('FileInvalid', { about: path, seen: (error as Error).message })
  }
}

/** A boot image held in memory. Throws FileInvalid when it has no settings block. */
export const bootImageFrom = async (bytes: Buffer): Promise<BootImage> =>
  bootImage(bytes.length, await findBlocks(Readable.from([bytes]), bytes.length, 'boot image'), (start, end) =>
    Readable.from([bytes.subarray(start, end + 1)]),
  )

const bootImage = (
  size: number,
  offsets: readonly number[],
  read: (start: number, end: number) => Readable,
): BootImage => ({
  size,
  stream: (settings, start, end) => Readable.from(patched(read(start, end), start, offsets, settingsBlock(settings))),
})

/** The block as it stands in the image: magic, JSON, spaces. Throws FileInvalid when the settings do not fit. */
export const settingsBlock = (settings: BootSettings | DiscoverySettings): Buffer => {
  const block = Buffer.alloc(settingsBlockBytes, ' ')
  const text = Buffer.from(settingsMagic + JSON.stringify(settings))
  if (text.length > settingsBlockBytes)
    throw new KatametalError('FileInvalid', {
      about: 'boot settings',
      seen: `${text.length} bytes do not fit into ${settingsBlockBytes}; shorten the network data`,
    })
  text.copy(block)
  return block
}

async function* patched(
  source: Readable,
  start: number,
  offsets: readonly number[],
  block: Buffer,
): AsyncGenerator<Buffer> {
  let position = start
  for await (const chunk of source as AsyncIterable<Buffer>) {
    yield offsets.reduce((bytes, offset) => overlay(bytes, position, offset, block), chunk)
    position += chunk.length
  }
}

const overlay = (chunk: Buffer, position: number, offset: number, block: Buffer): Buffer => {
  const from = Math.max(position, offset)
  const to = Math.min(position + chunk.length, offset + block.length)
  if (from >= to) return chunk
  const copy = Buffer.from(chunk)
  block.copy(copy, from - position, from - offset, to - offset)
  return copy
}

const findBlocks = async (source: Readable, size: number, about: string): Promise<number[]> => {
  const magic = Buffer.from(settingsMagic)
  const offsets: number[] = []
  let tail = Buffer.alloc(0)
  let position = 0
  for await (const chunk of source as AsyncIterable<Buffer>) {
    const window = Buffer.concat([tail, chunk])
    for (let found = window.indexOf(magic); found >= 0; found = window.indexOf(magic, found + 1))
      offsets.push(position - tail.length + found)
    position += chunk.length
    tail = window.subarray(Math.max(0, window.length - magic.length + 1))
  }
  const whole = offsets.filter(offset => offset + settingsBlockBytes <= size)
  if (whole.length > 0) return whole
  throw new KatametalError('FileInvalid', {
    about,
    seen: 'it holds no settings block, so it is no boot image of katametal',
  })
}
