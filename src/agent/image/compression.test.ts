import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { compressionOf, decompress } from './compression.js'

const plain = Buffer.from('a disk image '.repeat(100_000))

const has = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const packed: Readonly<Record<'gzip' | 'zstd' | 'xz', () => Buffer>> = {
  gzip: () => gzipSync(plain),
  zstd: () => execFileSync('zstd', ['-cq'], { input: plain }),
  xz: () => execFileSync('xz', ['-cq'], { input: plain }),
}

async function* pieces(bytes: Buffer, size = 1000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const collected = async (chunks: AsyncIterable<Buffer>): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

describe.each(['gzip', 'zstd', 'xz'] as const)('an image compressed with %s', name => {
  const it_ = it.skipIf(name !== 'gzip' && !has(name))

  it_('is told by its first bytes and comes out as it was', async () => {
    const bytes = packed[name]()
    expect(compressionOf(bytes.subarray(0, 6))).toBe(name)
    expect((await collected(decompress(pieces(bytes), name))).equals(plain)).toBe(true)
  })

  it_('is refused when it is cut off or damaged', async () => {
    const bytes = packed[name]()
    const damaged = Buffer.from(bytes)
    damaged.fill(0xff, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 20)
    for (const bad of [bytes.subarray(0, bytes.length - 10), damaged])
      await expect(collected(decompress(pieces(bad), name))).rejects.toMatchObject({ code: 'ImageUnusable' })
  })

  it_('fails as its source fails, not as if it were damaged', async () => {
    async function* breaking(): AsyncGenerator<Buffer> {
      yield packed[name]().subarray(0, 100)
      throw new Error('the network is down')
    }
    await expect(collected(decompress(breaking(), name))).rejects.toThrow('the network is down')
  })

  it_('ends early when nobody wants more', async () => {
    for await (const chunk of decompress(pieces(packed[name](), 10), name)) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
  })
})

describe('an image that is not compressed', () => {
  it('is passed on as it is', async () => {
    expect(compressionOf(plain.subarray(0, 6))).toBe('none')
    expect(compressionOf(Buffer.alloc(0))).toBe('none')
    expect((await collected(decompress(pieces(plain), 'none'))).equals(plain)).toBe(true)
  })

  it('is refused when it is a qcow2, which would not boot', () => {
    expect(() => compressionOf(Buffer.from('QFI\xfb\0\0', 'latin1'))).toThrow(
      expect.objectContaining({ code: 'ImageUnusable' }),
    )
  })
})
