import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { createAuthority, issueCertificate, type KeyPair } from './base/certificates.js'
import type { Clock } from './base/clock.js'
import { isKatametalError } from './base/errors.js'
import { type Secret, secrets } from './kube/resource-types.js'
import type { KubeClient } from './kube/types.js'

/** The keys of a manager. They outlive it, so that agents which were booted by the one before are known. */
export interface ManagerIdentity {
  readonly authority: KeyPair
  /** For the deploy server; made anew at each start. */
  readonly tls: KeyPair
  readonly tokenKey: Buffer
}

/** The Secret in the manager's namespace. */
const secretName = 'katametal-manager-keys'

/** Reads the keys, or makes them at the first start. Two managers that start together end with the same keys. */
export const readIdentity = async (
  client: KubeClient,
  namespace: string,
  deploy: { readonly address: string; readonly advertisedURL?: string },
  clock: Clock,
  signal: AbortSignal,
): Promise<ManagerIdentity> => {
  const { data = {} } = await readOrMake(client, namespace, clock, signal)
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8')
  const authority = { cert: text('ca.crt'), key: text('ca.key') }
  return {
    authority,
    tls: await issueCertificate(authority, { commonName: 'katametal-manager', hosts: namesOf(deploy) }, clock.now()),
    tokenKey: Buffer.from(data['token.key'] ?? '', 'base64'),
  }
}

const readOrMake = async (
  client: KubeClient,
  namespace: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Secret> => {
  const resource = client.resource<Secret>(secrets)
  const known = await resource.find(namespace, secretName, { signal })
  if (known !== undefined) return known
  const authority = await createAuthority('katametal deploy', clock.now())
  const encode = (text: string | Buffer): string => Buffer.from(text).toString('base64')
  try {
    return await resource.create(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name: secretName },
        type: 'katametal.akraino.org/keys',
        data: {
          'ca.crt': encode(authority.cert),
          'ca.key': encode(authority.key),
          'token.key': encode(randomBytes(32)),
        },
      },
      { signal },
    )
  } catch (error) {
    if (!isKatametalError(error, 'KubernetesConflict')) throw error
    return resource.get(namespace, secretName, { signal })
  }
}

const namesOf = ({
  address,
  advertisedURL,
}: {
  readonly address: string
  readonly advertisedURL?: string
}): string[] => {
  const advertised = advertisedURL === undefined ? [] : [new URL(advertisedURL).hostname.replace(/^\[|\]$/g, '')]
  return [
    ...new Set([
      ...advertised,
      ...(address === '0.0.0.0' || address === '::' ? [] : [address]),
      hostname(),
      'localhost',
      '127.0.0.1',
    ]),
  ]
}
