import { settingsBlockBytes, settingsMagic } from '../deploy/protocol.js'

/**
 * What simulated servers boot: bytes with a settings block and nothing that a real server could run. It stands in for
 * the boot image with the deploy agent in it.
 */
export const labBootImage = (): Buffer =>
  Buffer.concat([
    Buffer.from('katametal lab boot image: only simulated servers can boot this\n'.padEnd(32_768, '\0')),
    Buffer.from(settingsMagic.padEnd(settingsBlockBytes, ' ')),
    Buffer.alloc(16_384),
  ])
