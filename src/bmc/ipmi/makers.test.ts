import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { loadIpmiMakers } from './makers.js'

let folder: string | undefined
afterEach(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true })
  folder = undefined
})

const fileWith = async (content: string): Promise<string> => {
  folder = await mkdtemp(join(tmpdir(), 'makers-'))
  const file = join(folder, 'ipmi.yaml')
  await writeFile(file, content)
  return file
}

describe('the makers of IPMI BMCs', () => {
  it('are shipped, and Supermicro boots a UEFI disk as remote media', async () => {
    const makers = await loadIpmiMakers()
    expect(makers.find(({ manufacturerIds }) => manufacturerIds.includes(10876))?.bootDevices.Hdd).toBe(0x24)
  })

  it.each([
    ['a device that IPMI does not have', 'makers: [{maker: a, manufacturerIds: [1], bootDevices: {Usb: 4}}]', /Usb/],
    ['a byte that is none', 'makers: [{maker: a, manufacturerIds: [1], bootDevices: {Pxe: 256}}]', /Pxe/],
    ['something that is not YAML', '{', /ipmi\.yaml/],
  ])('are refused with %s', async (_what, content, words) => {
    const loading = loadIpmiMakers(await fileWith(content))
    await expect(loading).rejects.toMatchObject({ code: 'FileInvalid', message: expect.stringMatching(words) })
  })

  it('are refused when the file is missing', async () => {
    await expect(loadIpmiMakers('/nowhere/ipmi.yaml')).rejects.toMatchObject({ code: 'FileInvalid' })
  })
})
