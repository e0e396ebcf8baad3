import { parse } from 'yaml'
import { providerIDOf } from '../../../api/infrastructure/group.js'
import { hostAnnotations } from '../../../api/metal/group.js'
import { KatametalError } from '../../base/errors.js'
import type { BootDataParts } from '../../deploy/operations.js'
import { firstBootScript, vendorData } from '../../deploy/vendor-data.js'
import type { Act } from './act.js'
import { readSecret, secretBytes } from './credentials.js'
import { checkNetworkConfig } from './network-config.js'
import { deployID } from './observe.js'
import { staticNetworkConfig } from './static-addresses.js'
import { userDataOf } from './user-data.js'

/**
 * What the first boot gets on its config drive (NoCloud): user data byte for byte, meta data, network configuration, and
 * as vendor data the report of the first boot and the node layer. Nothing of it is kept after it was served. Throws
 * UserDataMissing, BootstrapFormatUnknown, SecretMissing, NetworkDataInvalid, NetworkAddressUnplaced, and what is wrong with the KudProfile.
 */
export const bootDataOf = async (context: Act): Promise<BootDataParts> => {
  const { host } = context
  const extra = await secretText(context, host.spec.metaData?.name, 'metaData')
  const networkConfig =
    (await secretText(context, host.spec.networkData?.name, 'networkData')) ?? staticNetworkConfig(host)
  if (networkConfig !== undefined) checkNetworkConfig(networkConfig)
  const nodeLayer = context.parts.nodeLayer.scriptFor(host)
  return {
    userData: await userDataOf(context.host, context.parts, context.signal),
    metaData: {
      ...stringsOf(extra),
      'instance-id': deployID(host),
      'local-hostname': host.metadata.annotations?.[hostAnnotations.hostname] ?? host.metadata.name,
      provider_id: providerIDOf(host),
    },
    vendorData: vendorData([firstBootScript(), ...(nodeLayer === undefined ? [] : [nodeLayer])]),
    ...(networkConfig === undefined ? {} : { networkConfig }),
  }
}

export const secretText = async (
  { host, parts, signal }: Pick<Act, 'host' | 'parts' | 'signal'>,
  name: string | undefined,
  key: string,
): Promise<string | undefined> => {
  if (name === undefined) return undefined
  const secret = await readSecret(host, name, parts, signal)
  const bytes = secretBytes(secret, key) ?? secretBytes(secret, 'value')
  if (bytes === undefined)
    throw new KatametalError('SecretMissing', {
      about: `Secret ${host.metadata.namespace ?? ''}/${name}`,
      seen: secret === undefined ? 'there is no such Secret' : `it has no key ${key}`,
    })
  return bytes.toString('utf8')
}

const stringsOf = (yaml: string | undefined): Record<string, string> => {
  if (yaml === undefined) return {}
  const value = parseYaml(yaml)
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]))
    : {}
}

const parseYaml = (text: string): unknown => {
  try {
    return parse(text)
  } catch {
    // The parser's message quotes the text, which is a Secret.
    throw new KatametalError('FileInvalid', { about: 'the Secret of spec.metaData', seen: 'it is not YAML' })
  }
}
