import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { KatametalError } from '../../base/errors.js'

/** Big enough that the drive works at full speed, small enough to be filled and written at the same time. */
const bufferBytes = 4 * 1024 * 1024

/**
 * Writes a stream to a disk from its first byte on: one buffer is written while the next is being filled. `sizeBytes`
 * is what the disk holds; more is refused with DiskTooSmall before it is written.
 */
export class DiskWriter {
  readonly #handle: FileHandle
  readonly #device: string
  readonly #sizeBytes: number
  #buffer = Buffer.allocUnsafe(bufferBytes)
  #spare = Buffer.allocUnsafe(bufferBytes)
  #filled = 0
  #position = 0
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(handle: FileHandle, device: string, sizeBytes: number) {
    this.#handle = handle
    this.#device = device
    this.#sizeBytes = sizeBytes
  }

  /** Throws AgentFailed for a disk that is in use (O_EXCL on a block device) or cannot be written. */
  static async open(device: string, sizeBytes: number): Promise<DiskWriter> {
    return new DiskWriter(await openDisk(device, constants.O_WRONLY), device, sizeBytes)
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.#position + this.#filled
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.bytes + chunk.length > this.#sizeBytes)
      throw new KatametalError('DiskTooSmall', {
        about: this.#device,
        seen: `the image has more than its ${this.#sizeBytes} bytes`,
      })
    for (let from = 0; from < chunk.length; ) {
      const copied = chunk.copy(this.#buffer, this.#filled, from)
      from += copied
      this.#filled += copied
      if (this.#filled === this.#buffer.length) await this.#turn()
    }
  }

  /** Everything is on the disk when this resolves. */
  async finish(): Promise<void> {
    await this.#turn()
    await this.#writing
    await this.#handle.sync()
  }

  /** Harmless to repeat. */
  async close(): Promise<void> {
    await this.#writing.catch(() => undefined)
    await this.#handle.close().catch(() => undefined)
  }

  async #turn(): Promise<void> {
    await this.#writing
    const [full, length, at] = [this.#buffer, this.#filled, this.#position]
    this.#writing = writeAll(this.#handle, full.subarray(0, length), at, this.#device)
    // Whoever awaits it gets the failure; nobody awaits it in the meantime.
    this.#writing.catch(() => undefined)
    this.#buffer = this.#spare
    this.#spare = full
    this.#filled = 0
    this.#position += length
  }
}

/** Opens a disk for itself alone. Throws AgentFailed. */
export const openDisk = async (device: string, flags: number): Promise<FileHandle> => {
  try {
    return await open(device, flags | constants.O_EXCL)
  } catch (error) {
    throw new KatametalError('AgentFailed', {
      about: device,
      seen: `it cannot be opened: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
    })
  }
}

export const writeAll = async (handle: FileHandle, bytes: Buffer, at: number, device: string): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    try {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done)
      done += bytesWritten
    } catch (error) {
      throw new KatametalError('AgentFailed', {
        about: device,
        seen: `writing at byte ${at + done} failed: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
      })
    }
  }
}
