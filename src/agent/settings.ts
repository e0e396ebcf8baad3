import { KatametalError } from '../base/errors.js'
import {
  type BootSettings,
  bootSettingsSchema,
  type DiscoverySettings,
  discoverySettingsSchema,
  settingsMagic,
} from '../deploy/protocol.js'

/**
 * Reads the reserved block of the boot image (protocol.ts). Throws FileInvalid for an image that nobody has filled in:
 * it was booted without the manager.
 */
export const parseSettings = (block: Buffer): BootSettings | DiscoverySettings => {
  const text = block.toString('utf8')
  if (!text.startsWith(settingsMagic)) throw notUsable('the block does not start with its magic')
  const body = text.slice(settingsMagic.length).trim()
  if (body === '') throw notUsable('the block is empty: this image was not served by a manager')
  const value = parseJson(body)
  const settings = bootSettingsSchema.or(discoverySettingsSchema).safeParse(value)
  if (!settings.success) throw notUsable('the block holds other settings than this agent understands')
  return settings.data
}

export const isDiscovery = (settings: BootSettings | DiscoverySettings): settings is DiscoverySettings =>
  'discovery' in settings

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw notUsable('the block is cut off')
  }
}

const notUsable = (seen: string): KatametalError => new KatametalError('FileInvalid', { about: 'boot settings', seen })
