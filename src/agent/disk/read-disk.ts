import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, writeFile } from 'node:fs/promises'
import type { RunProgram } from '../programs.js'

const pieceBytes = 4 * 1024 * 1024

/** Makes the kernel forget what it remembers of a disk, so that reads show what is on it. */
export const forgetCache = async (device: string, run: RunProgram): Promise<void> => {
  await run('blockdev', ['--flushbufs', device])
  await writeFile('/proc/sys/vm/drop_caches', '1')
}

/** Hex digest of the first `bytes` bytes of a disk. */
export const digestOfDisk = async (
  device: string,
  bytes: number,
  algorithm: 'sha256' | 'sha512',
  progress: (bytes: number) => void,
): Promise<string> => {
  const hash = createHash(algorithm)
  const handle = await open(device, constants.O_RDONLY)
  try {
    for (let position = 0; position < bytes; ) {
      const piece = await readPiece(handle, position, Math.min(pieceBytes, bytes - position))
      hash.update(piece)
      position += piece.length
      progress(position)
    }
    return hash.digest('hex')
  } finally {
    await handle.close()
  }
}

/** Whether `length` bytes from `start` on are all zero. */
export const isZero = async (device: string, start: number, length: number): Promise<boolean> => {
  const handle = await open(device, constants.O_RDONLY)
  try {
    return (await readPiece(handle, start, length)).every(byte => byte === 0)
  } finally {
    await handle.close()
  }
}

const readPiece = async (handle: FileHandle, position: number, length: number): Promise<Buffer> => {
  const piece = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(piece, filled, length - filled, position + filled)
    if (bytesRead === 0) throw new Error(`the disk ends at byte ${position + filled}`)
    filled += bytesRead
  }
  return piece
}
