import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { openDisk, writeAll } from './disk-writer.js'

export const mebibyte = 1024 * 1024
const pieceBytes = 4 * mebibyte

/** Writes zeros over the given ranges of a disk and waits until they are there. `progress` learns of bytes done in all. */
export const writeZeros = async (
  device: string,
  ranges: readonly { readonly start: number; readonly length: number }[],
  progress: (bytes: number) => void = () => undefined,
): Promise<void> => {
  const handle = await openDisk(device, constants.O_WRONLY)
  try {
    let done = 0
    for (const { start, length } of ranges)
      await zeroRange(handle, device, start, length, bytes => {
        done += bytes
        progress(done)
      })
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const zeros = Buffer.alloc(pieceBytes)

const zeroRange = async (
  handle: FileHandle,
  device: string,
  start: number,
  length: number,
  count: (bytes: number) => void,
): Promise<void> => {
  for (let done = 0; done < length; ) {
    const piece = zeros.subarray(0, Math.min(pieceBytes, length - done))
    await writeAll(handle, piece, start + done, device)
    done += piece.length
    count(piece.length)
  }
}

/** The first and the last MiB of a disk: partition tables of every kind and what boots are in there. */
export const endsOf = (sizeBytes: number, start = 0): { start: number; length: number }[] => {
  const length = Math.min(mebibyte, sizeBytes)
  return [
    { start, length },
    { start: start + sizeBytes - length, length },
  ]
}

export const eraseEnds = (device: string, sizeBytes: number): Promise<void> => writeZeros(device, endsOf(sizeBytes))
