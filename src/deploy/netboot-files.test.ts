import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bootImageFrom } from './boot-image.js'
import { renderDnsmasq, writeNetbootFiles } from './netboot-files.js'
import { discoverySettingsSchema, settingsBlockBytes, settingsMagic } from './protocol.js'

const bytes = Buffer.concat([
  Buffer.alloc(100, 1),
  Buffer.from(settingsMagic.padEnd(settingsBlockBytes, ' ')),
  Buffer.alloc(9, 2),
])
const settings = { version: 1, discovery: 'https://192.0.2.5:8443/v1/netboot', ca: 'PEM' } as const
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netboot-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('the files for network boot', () => {
  it('are a program that knows where to ask, without a token, and a configuration that offers it', async () => {
    const { program, dnsmasq } = await writeNetbootFiles(folder, await bootImageFrom(bytes), settings)
    const written = await readFile(program)
    expect(written.length).toBe(bytes.length)
    const block = written.subarray(100 + settingsMagic.length, 100 + settingsBlockBytes).toString()
    expect(discoverySettingsSchema.parse(JSON.parse(block))).toEqual(settings)
    expect(await readFile(dnsmasq, 'utf8')).toBe(renderDnsmasq(join(folder, 'tftp')))
  })

  it('are written anew by the next manager, and leave nothing half-made', async () => {
    const image = await bootImageFrom(bytes)
    await writeNetbootFiles(folder, image, settings)
    const { program } = await writeNetbootFiles(folder, image, { ...settings, ca: 'NEW' })
    expect((await readFile(program)).includes('"NEW"')).toBe(true)
    expect(await readdir(folder)).toEqual(['dnsmasq.conf', 'tftp'])
    expect(await readdir(join(folder, 'tftp'))).toEqual(['katametal.efi'])
  })
})
