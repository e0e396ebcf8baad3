import { parse } from 'yaml'
import { KatametalError } from '../../base/errors.js'
import { fromNetworkData, networkDataSchema } from './network-data.js'
import { fromNetworkConfig, networkConfigSchema } from './network-config.js'
import type { NetworkPlan } from './plan.js'

/**
 * Understands the contents of a networkData Secret: network config version 2 of cloud-init (netplan), or
 * network_data.json of OpenStack, which Metal3 uses. Pure. Throws FileInvalid, without quoting the text: it is a Secret.
 */
export const parseNetwork = (text: string): NetworkPlan => {
  const value = parseYaml(text)
  const config = networkConfigSchema.safeParse(value)
  if (config.success) return fromNetworkConfig(config.data)
  const data = networkDataSchema.safeParse(value)
  if (data.success) return fromNetworkData(data.data)
  const issue = (isNetworkData(value) ? data.error : config.error).issues[0]
  throw notUsable(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is neither'}`)
}

const isNetworkData = (value: unknown): boolean => typeof value === 'object' && value !== null && 'links' in value

/** JSON is YAML. */
const parseYaml = (text: string): unknown => {
  try {
    return parse(text)
  } catch {
    throw notUsable('it is not YAML')
  }
}

const notUsable = (seen: string): KatametalError =>
  new KatametalError('FileInvalid', {
    about: 'network data of the deploy agent',
    seen: `neither network config version 2 nor network_data.json: ${seen}`,
  })
