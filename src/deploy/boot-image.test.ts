import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { KatametalError } from '../base/errors.js'
import { bootImageFrom, openBootImage, settingsBlock } from './boot-image.js'
import { type BootSettings, settingsBlockBytes, settingsMagic } from './protocol.js'

const settings: BootSettings = {
  version: 1,
  url: 'https://192.0.2.1/v1/operations/x',
  token: 'x'.repeat(43),
  ca: 'PEM',
}
const withBlockAt = (offset: number, tail = 100) =>
  Buffer.concat([
    Buffer.alloc(offset, 1),
    Buffer.from(settingsMagic.padEnd(settingsBlockBytes, ' ')),
    Buffer.alloc(tail, 2),
  ])

describe('a boot image', () => {
  it('is read from a file with its block anywhere, also across the chunks of a stream', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'boot-image-'))
    try {
      for (const offset of [0, 10, 65_536 - 5, 65_536, 200_000]) {
        const path = join(folder, `${offset}.iso`)
        const bytes = withBlockAt(offset)
        await writeFile(path, bytes)
        const image = await openBootImage(path)
        const streamed = await buffer(image.stream(settings, 0, image.size - 1))
        expect(streamed.subarray(offset, offset + settingsBlockBytes)).toEqual(settingsBlock(settings))
        expect(streamed.subarray(0, offset)).toEqual(bytes.subarray(0, offset))
        expect(streamed.subarray(offset + settingsBlockBytes)).toEqual(bytes.subarray(offset + settingsBlockBytes))
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('leaves the base image itself as it was', async () => {
    const bytes = withBlockAt(50)
    const before = Buffer.from(bytes)
    const image = await bootImageFrom(bytes)
    await buffer(image.stream(settings, 0, image.size - 1))
    expect(bytes).toEqual(before)
  })

  it('is refused without a whole settings block', async () => {
    for (const bytes of [
      Buffer.alloc(1000),
      Buffer.from(settingsMagic),
      withBlockAt(0).subarray(0, settingsBlockBytes - 1),
    ])
      await expect(bootImageFrom(bytes)).rejects.toMatchObject({ code: 'FileInvalid' })
    await expect(openBootImage('/nonexistent/boot.iso')).rejects.toMatchObject({
      code: 'FileInvalid',
      about: '/nonexistent/boot.iso',
    })
  })

  it('refuses settings that do not fit, instead of cutting them', () => {
    expect(() => settingsBlock({ ...settings, network: 'n'.repeat(settingsBlockBytes) })).toThrow(KatametalError)
  })
})
