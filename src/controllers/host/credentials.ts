import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { KatametalError } from '../../base/errors.js'
import type { BmcAccess, BmcTrust } from '../../bmc/model.js'
import type { BmcTarget } from '../../bmc/session-cache.js'
import type { Secret } from '../../kube/resource-types.js'
import type { HostControllerParts } from './ports.js'

/** Marks the Secrets that hosts use, so that the manager can watch those and no others. */
export const secretLabel = 'metal.akraino.org/used-by-host'

/** `clusterctl move` takes Secrets with this label along (clusterctl contract, move). */
const moveLabel = 'clusterctl.cluster.x-k8s.io/move'

export interface Credentials {
  readonly access: BmcAccess
  /** metadata.resourceVersion of the Secret: any change of it allows one more try to log in. */
  readonly secretVersion: string
}

/**
 * User name and password for the BMC of a host. Labels the Secret on the way, so that a later change of it wakes the
 * host. Throws BMCCredentialsMissing.
 */
export const readCredentials = async (
  host: BareMetalHost,
  parts: Pick<HostControllerParts, 'stores' | 'clients'>,
  signal: AbortSignal,
): Promise<Credentials> => {
  const name = host.spec.bmc.credentialsName
  const secret = await readSecret(host, name, parts, signal)
  const username = decode(secret, 'username')
  const password = decode(secret, 'password')
  if (username === undefined || password === undefined)
    throw new KatametalError('BMCCredentialsMissing', {
      about: `Secret ${host.metadata.namespace ?? ''}/${name}`,
      ...(secret === undefined ? { seen: 'there is no such Secret' } : { seen: 'it lacks a key username or password' }),
    })
  return {
    access: { username, password, trust: trustOf(host) },
    secretVersion: secret?.metadata.resourceVersion ?? '',
  }
}

/** Where to reach the BMC of a host, for the cache of open BMCs. */
export const bmcTargetOf = (host: BareMetalHost, { secretVersion }: Credentials): BmcTarget => {
  const { address, fallbackAddress } = host.spec.bmc
  return { address, secretVersion, ...(fallbackAddress === undefined ? {} : { fallbackAddress }) }
}

/** The named Secret of the namespace of the host, labelled so that it is watched; undefined when there is none. */
export const readSecret = async (
  host: BareMetalHost,
  name: string,
  { stores, clients }: Pick<HostControllerParts, 'stores' | 'clients'>,
  signal: AbortSignal,
): Promise<Secret | undefined> => {
  const namespace = host.metadata.namespace
  const watched = stores.secrets.get(`${namespace ?? ''}/${name}`)
  if (watched !== undefined) return watched
  const found = await clients.secrets.find(namespace, name, { signal })
  if (found === undefined) return undefined
  return clients.secrets.mergePatch(
    namespace,
    name,
    { metadata: { labels: { [secretLabel]: '', [moveLabel]: '' } } },
    { signal },
  )
}

/** The decoded bytes of one key. */
export const secretBytes = (secret: Secret | undefined, key: string): Buffer | undefined => {
  const value = secret?.data?.[key]
  return value === undefined ? undefined : Buffer.from(value, 'base64')
}

const decode = (secret: Secret | undefined, key: string): string | undefined => {
  const text = secretBytes(secret, key)?.toString('utf8').trimEnd()
  return text === '' ? undefined : text
}

const trustOf = ({ spec: { bmc } }: BareMetalHost): BmcTrust => {
  if (bmc.fingerprint !== undefined)
    return { kind: 'fingerprint', sha256: bmc.fingerprint.replaceAll(':', '').toLowerCase() }
  if (bmc.caBundle !== undefined) return { kind: 'bundle', pem: bmc.caBundle }
  if (bmc.disableCertificateVerification === true) return { kind: 'insecure' }
  return { kind: 'system' }
}
