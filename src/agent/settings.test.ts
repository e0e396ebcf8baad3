import { describe, expect, it } from 'vitest'
import { settingsBlock } from '../deploy/boot-image.js'
import { settingsBlockBytes, settingsMagic } from '../deploy/protocol.js'
import { isDiscovery, parseSettings } from './settings.js'

const settings = { version: 1, url: 'https://m/v1/operations/x', token: 't'.repeat(43), ca: 'PEM' } as const

describe('the boot settings', () => {
  it('are read as the manager writes them', () => {
    const read = parseSettings(settingsBlock({ ...settings, network: 'version: 2', giveUpMinutes: 5 }))
    expect(read).toEqual({ ...settings, network: 'version: 2', giveUpMinutes: 5 })
    expect(isDiscovery(read)).toBe(false)
  })

  it('may only say where to ask for them', () => {
    const discovery = { version: 1, discovery: 'https://m/v1/netboot', ca: 'PEM' } as const
    const read = parseSettings(Buffer.from(settingsMagic + JSON.stringify(discovery)))
    expect(read).toEqual(discovery)
    expect(isDiscovery(read)).toBe(true)
  })

  it('are refused, with what is wrong, when nobody filled them in or they are damaged', () => {
    const refused: readonly (readonly [string | Buffer, string])[] = [
      [Buffer.alloc(settingsBlockBytes), 'magic'],
      [settingsMagic.padEnd(settingsBlockBytes, ' '), 'not served by a manager'],
      [settingsBlock(settings).subarray(0, 60), 'cut off'],
      [`${settingsMagic}{"version":2}`, 'other settings'],
    ]
    for (const [block, seen] of refused)
      expect(() => parseSettings(Buffer.from(block))).toThrow(
        expect.objectContaining({ code: 'FileInvalid', seen: expect.stringContaining(seen) }),
      )
  })

  it('never quotes the token of a damaged block', () => {
    const block = settingsBlock(settings).subarray(0, 110)
    expect(() => parseSettings(block)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('tttt') }),
    )
  })
})
