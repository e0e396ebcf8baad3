import { parse } from 'yaml'
import { KatametalError } from '../../base/errors.js'

const about = 'the Secret of spec.networkData'

/**
 * Holds network data to what NoCloud takes (cloud-init, networking config version 1 or 2), before anything is written:
 * a server whose first boot cannot read it comes up without network. Throws NetworkDataInvalid; never shows the text.
 */
export const checkNetworkConfig = (text: string): void => {
  const value = parsed(text)
  const config = isMap(value) && isMap(value['network']) ? value['network'] : value
  if (!isMap(config)) throw new KatametalError('NetworkDataInvalid', { about, seen: 'it is not a map' })
  if (config['version'] === 1 || config['version'] === 2) return
  throw new KatametalError('NetworkDataInvalid', {
    about,
    seen:
      'links' in config && 'networks' in config
        ? 'it is in the format of OpenStack (links, networks, services)'
        : 'it has no version 1 or 2',
  })
}

const parsed = (text: string): unknown => {
  try {
    return parse(text)
  } catch {
    // The parser's message quotes the text, which is a Secret.
    throw new KatametalError('NetworkDataInvalid', { about, seen: 'it is not YAML' })
  }
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
