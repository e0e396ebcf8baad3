import fc from 'fast-check'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { settingsBlockBytes, settingsMagic } from '../../deploy/protocol.js'
import { findSettings, readBootMedium } from './boot-medium.js'

const settings = {
  version: 1 as const,
  url: 'https://manager/v1/operations/op',
  token: 'a-token-of-some-length',
  ca: 'PEM',
}

const blockOf = (text: string): Buffer => {
  const block = Buffer.alloc(settingsBlockBytes, ' ')
  block.write(settingsMagic + text)
  return block
}
const block = blockOf(JSON.stringify(settings))

async function* chunked(image: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < image.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    yield image.subarray(at, at + size)
    at += size
  }
}

describe('the settings block of a boot medium', () => {
  it('is found wherever it is and however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(40_000),
        fc.nat(40_000),
        fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 5 }),
        async (before, after, sizes) => {
          const usual = sizes.map(size => size + 50)
          const image = Buffer.concat([Buffer.alloc(before, 'K'), block, Buffer.alloc(after, 'K')])
          expect(await findSettings(chunked(image, usual))).toEqual(settings)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('is not one that cannot be read: the next one counts', async () => {
    const image = Buffer.concat([
      Buffer.from(`text that mentions ${settingsMagic} only`),
      Buffer.alloc(20_000),
      blockOf('{"version": 2}'),
      block,
    ])
    expect(await findSettings(chunked(image, [4096]))).toEqual(settings)
  })

  it('is missing from an image without one, and from one that ends early', async () => {
    expect(await findSettings(chunked(Buffer.alloc(100_000, 'K'), [4096]))).toBeUndefined()
    expect(await findSettings(chunked(block.subarray(0, 50), [7]))).toBeUndefined()
    expect(await findSettings(chunked(Buffer.alloc(0), [7]))).toBeUndefined()
  })

  it('is read over HTTP no further than needed, and there is none behind a 404', async () => {
    let sent = 0
    const server = createServer((request, response) => {
      if (request.url !== '/boot.iso') return void response.writeHead(404).end()
      const more = () => {
        while (!response.destroyed && sent < 200_000_000) {
          const chunk = sent === 0 ? block : Buffer.alloc(65_536)
          sent += chunk.length
          if (!response.write(chunk)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    try {
      const { signal } = new AbortController()
      expect(await readBootMedium(`${url}/boot.iso`, signal)).toEqual(settings)
      expect(sent).toBeLessThan(200_000_000)
      expect(await readBootMedium(`${url}/other.iso`, signal)).toBeUndefined()
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
