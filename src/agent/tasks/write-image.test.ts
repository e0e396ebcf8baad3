import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../base/clock.js'
import { AgentLog } from '../agent-log.js'
import { createDiskFile, type DiskFile } from '../testing/disk-file.js'
import { writeImage, type WriteTask, type WriteWorld } from './write-image.js'

const diskBytes = 12 * 1024 * 1024
const raw = Buffer.from(Array.from({ length: 5_000_000 }, (_, index) => (index * 7) % 253))
const packed = gzipSync(raw, { level: 1 })
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

let disk: DiskFile
let server: ReturnType<typeof createServer>
let url: string
let served: Buffer
let world: WriteWorld

beforeEach(async () => {
  disk = await createDiskFile(diskBytes)
  served = packed
  server = createServer((_request, response) => response.end(served)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/image`
  world = {
    settings: { url: 'https://manager/v1/operations/op', token: 't', ca: '' },
    drives: async () => [{ deviceName: disk.path, sizeBytes: diskBytes, serialNumber: 'S1' }],
    run: disk.run,
    clock: systemClock,
    log: new AgentLog(systemClock, () => undefined),
    signal: new AbortController().signal,
  }
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await disk.remove()
})

const task = (image: Partial<WriteTask['image']> = {}, more: Partial<WriteTask> = {}): WriteTask => ({
  action: 'write-image',
  taskID: 'op.write.0',
  device: disk.path,
  image: { url, checksum: sha256(served), checksumType: 'sha256', ...image },
  ...more,
})

describe('writing an image', () => {
  it('puts the decompressed image on the disk and proves the stream by its digest', async () => {
    const seen: object[] = []
    const result = await writeImage(task(), progress => seen.push(progress), world)
    expect(result).toEqual({
      taskID: 'op.write.0',
      ok: true,
      device: disk.path,
      digest: sha256(packed),
      bytes: raw.length,
    })
    expect((await disk.read()).subarray(0, raw.length).equals(raw)).toBe(true)
    expect(seen.at(-1)).toMatchObject({ phase: 'Writing', bytes: packed.length })
  })

  it('reads everything back when asked to', async () => {
    const seen: { phase: string }[] = []
    const result = await writeImage(task({ verifyDisk: true }), progress => seen.push(progress), world)
    expect(result).toMatchObject({ ok: true, digest: sha256(packed), diskDigest: sha256(raw) })
    expect(seen.at(-1)).toMatchObject({ phase: 'Verifying', bytes: raw.length, totalBytes: raw.length })
    expect(disk.ran).toContain(`blockdev --flushbufs ${disk.path}`)
  })

  it('takes sha512, and no checksum at all when it was waived', async () => {
    const sha512 = createHash('sha512').update(packed).digest('hex')
    expect(await writeImage(task({ checksum: sha512, checksumType: 'sha512' }), () => undefined, world)).toMatchObject({
      ok: true,
    })
    const { checksum: _, ...waived } = task().image
    expect(await writeImage({ ...task(), image: waived }, () => undefined, world)).toMatchObject({
      ok: true,
      digest: sha256(packed),
    })
  })

  it('makes a disk unbootable again that got another image than was asked for', async () => {
    const result = await writeImage(task({ checksum: '0'.repeat(64) }), () => undefined, world)
    expect(result).toMatchObject({
      ok: false,
      code: 'ImageChecksumMismatch',
      message: expect.stringContaining(sha256(packed)),
    })
    const bytes = await disk.read()
    expect(bytes.subarray(0, 1024 * 1024).every(byte => byte === 0)).toBe(true)
  })

  it('refuses an image larger than the disk before anything is lost, and one that turns out to be', async () => {
    await disk.fill('precious', 0)
    served = Buffer.alloc(diskBytes + 1)
    expect(await writeImage(task(), () => undefined, world)).toMatchObject({ ok: false, code: 'DiskTooSmall' })
    expect((await disk.read()).subarray(0, 8).toString()).toBe('precious')
    served = gzipSync(Buffer.alloc(diskBytes + 1))
    expect(await writeImage(task(), () => undefined, world)).toMatchObject({ ok: false, code: 'DiskTooSmall' })
  })

  it('refuses a disk that is another one than the plan was made for', async () => {
    const others = [
      { sizeBytes: diskBytes, serialNumber: 'S2' },
      { sizeBytes: diskBytes - 512, serialNumber: 'S1' },
      { sizeBytes: diskBytes },
    ]
    for (const expected of others)
      expect(await writeImage(task({}, { expected }), () => undefined, world)).toMatchObject({
        ok: false,
        code: 'RootDeviceNotFound',
      })
    expect(await writeImage(task({}, { device: '/dev/gone' }), () => undefined, world)).toMatchObject({
      ok: false,
      code: 'RootDeviceNotFound',
      message: expect.stringContaining(disk.path),
    })
    expect((await disk.read()).every(byte => byte === 0)).toBe(true)
  })

  it('does not touch the disk for a qcow2 or an image that is not there', async () => {
    await disk.fill('precious', 0)
    served = Buffer.from('QFI\xfb and so on', 'latin1')
    expect(await writeImage(task(), () => undefined, world)).toMatchObject({ ok: false, code: 'ImageUnusable' })
    server.removeAllListeners('request')
    server.on('request', (_request, response) => response.writeHead(404).end())
    expect(await writeImage(task(), () => undefined, world)).toMatchObject({ ok: false, code: 'ImageMissing' })
    expect((await disk.read()).subarray(0, 8).toString()).toBe('precious')
  })
})
