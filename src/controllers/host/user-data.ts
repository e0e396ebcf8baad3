import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { KatametalError } from '../../base/errors.js'
import { readSecret, secretBytes } from './credentials.js'
import type { HostControllerParts } from './ports.js'

/**
 * The user data of the first boot, byte for byte; an empty cloud-config when none is named. Throws UserDataMissing and
 * BootstrapFormatUnknown.
 */
export const userDataOf = async (
  host: BareMetalHost,
  parts: Pick<HostControllerParts, 'stores' | 'clients'>,
  signal: AbortSignal,
): Promise<Buffer> => {
  const name = host.spec.userData?.name
  if (name === undefined) return Buffer.from('#cloud-config\n{}\n')
  const secret = await readSecret(host, name, parts, signal)
  const bytes = secretBytes(secret, 'value') ?? secretBytes(secret, 'userData')
  if (bytes === undefined)
    throw new KatametalError('UserDataMissing', { about: `Secret ${host.metadata.namespace ?? ''}/${name}` })
  refuseFormat(`Secret ${host.metadata.namespace ?? ''}/${name}`, secretBytes(secret, 'format'), bytes)
  return bytes
}

/** cloud-init takes no Ignition, whether the Secret says that it is (key `format`) or only holds it. */
const refuseFormat = (about: string, format: Buffer | undefined, data: Buffer): void => {
  const named = format?.toString('utf8').trim() ?? 'cloud-config'
  const looksLikeIgnition = /^\s*\{\s*"ignition"\s*:/.test(data.subarray(0, 256).toString('utf8'))
  if (named === 'cloud-config' && !looksLikeIgnition) return
  const shown = looksLikeIgnition ? 'ignition' : /^[A-Za-z0-9._-]{1,32}$/.test(named) ? named : 'unreadable'
  throw new KatametalError('BootstrapFormatUnknown', { about, seen: shown })
}
