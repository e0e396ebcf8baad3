import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { KatametalError } from '../../base/errors.js'
import { readSecret, secretBytes } from './credentials.js'
import type { HostControllerParts } from './ports.js'

/** The user data of the first boot, byte for byte; an empty cloud-config when none is named. Throws UserDataMissing. */
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
  return bytes
}
