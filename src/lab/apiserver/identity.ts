import { createHash, randomBytes } from 'node:crypto'
import type { KeyPair } from '../../base/certificates.js'

/** Who asks, as authentication found out. */
export interface User {
  readonly name: string
  readonly groups: readonly string[]
}

/**
 * What a control plane keeps in files beside etcd: its authority and the tokens it issued. Lives with the storage so that
 * clients survive a restart of the server. Tokens are kept as digests only.
 */
export class Identities {
  readonly #users = new Map<string, User>()
  authority: KeyPair | undefined

  /** A new bearer token for the user; every user is also in system:authenticated. */
  issue(user: User): string {
    const token = randomBytes(32).toString('base64url')
    this.#users.set(digest(token), { name: user.name, groups: [...new Set([...user.groups, 'system:authenticated'])] })
    return token
  }

  /** The user of an Authorization header; undefined for anonymous and unknown ones alike. */
  authenticate(header: string | undefined): User | undefined {
    const token = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1]
    return token === undefined ? undefined : this.#users.get(digest(token))
  }
}

const digest = (token: string): string => createHash('sha256').update(token).digest('base64')
