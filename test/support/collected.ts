import { readFileSync } from 'node:fs'
import { hostAnnotations } from '../../api/metal/group.js'
import { createTokens } from '../../src/deploy/tokens.js'
import type { Secret } from '../../src/kube/resource-types.js'
import type { KnownSecret, Output } from './leaks.js'
import type { Site } from './site.js'

/** All that was ever stored in the API server of a site, and the secrets that there were. */
export interface Collected {
  /** Every version of every object; of Secrets all but their data. */
  outputs(): Output[]
  secrets(): KnownSecret[]
  stop(): void
}

/** Keys of Secrets that tell nothing that must be hidden. */
const openKeys = new Set(['username', 'format', 'ca.crt'])

/** Begins to collect; what was stored before is taken as it is now. */
export const collect = (site: Site): Collected => {
  const { storage } = site.api
  const objects = new Map<string, object>()
  const tokens: KnownSecret[] = []
  const keep = (table: string, object: object): void => {
    const { metadata } = object as Secret
    objects.set(`${table} ${metadata.namespace ?? ''}/${metadata.name} ${metadata.resourceVersion ?? ''}`, object)
  }
  for (const table of storage.tables()) for (const object of storage.list(table)) keep(table, object)
  const stop = storage.subscribe((table, { object }) => keep(table, object))
  const issue = storage.identities.issue.bind(storage.identities)
  storage.identities.issue = user => {
    const value = issue(user)
    tokens.push({ what: `API token of ${user.name}`, value })
    return value
  }
  return {
    outputs: () =>
      [...objects].map(([where, object]) => ({
        where,
        text: JSON.stringify(isSecret(object) ? bare(object) : object),
      })),
    secrets: () => {
      const secrets = [...objects.values()].filter(isSecret)
      return [
        ...tokens,
        ...secrets.flatMap(valuesOf),
        ...deployTokens(secrets, [...objects.values()]),
        ...site.lab.fleet.machines.flatMap(({ name, password, bmc }) => [
          { what: `password of ${name}`, value: password },
          { what: `Basic authentication at ${name}`, value: `admin:${password}` },
          ...bmc.sessionTokens.map(value => ({ what: `session token of ${name}`, value })),
        ]),
        ...[site.lab.kubeconfigPath, site.lab.managerKubeconfigPath].flatMap(tokensOfKubeconfig),
      ]
    },
    stop,
  }
}

const isSecret = (object: object): object is Secret => 'kind' in object && object.kind === 'Secret'

const bare = (secret: Secret): object => ({ ...secret, data: Object.keys(secret.data ?? {}) })

const valuesOf = ({ metadata, data = {} }: Secret): KnownSecret[] =>
  Object.entries(data)
    .filter(([key]) => !openKeys.has(key))
    .map(([key, value]) => ({
      what: `Secret ${metadata.name} key ${key}`,
      value: Buffer.from(value, 'base64').toString(key === 'token.key' ? 'latin1' : 'utf8'),
    }))

/** The tokens of every operation that any version of any host names, made from the key of the manager. */
const deployTokens = (secrets: readonly Secret[], objects: readonly object[]): KnownSecret[] => {
  const key = secrets.find(({ data }) => data?.['token.key'] !== undefined)?.data?.['token.key']
  if (key === undefined) return []
  const tokens = createTokens(Buffer.from(key, 'base64'))
  const operations = new Set(
    (objects as Secret[]).flatMap(({ kind, metadata }) => {
      const operation = metadata.annotations?.[hostAnnotations.operation]
      return kind !== 'BareMetalHost'
        ? []
        : [
            `inspect-${metadata.uid ?? ''}`,
            ...(operation === undefined ? [] : [(JSON.parse(operation) as { id: string }).id]),
          ]
    }),
  )
  return [...operations].flatMap(id =>
    (['agent', 'first-boot', 'media'] as const).map(purpose => ({
      what: `${purpose} token of ${id}`,
      value: tokens.tokenFor(id, purpose),
    })),
  )
}

const tokensOfKubeconfig = (path: string): KnownSecret[] =>
  [...readFileSync(path, 'utf8').matchAll(/token: (\S+)/g)].map(([, value = '']) => ({
    what: `token in ${path}`,
    value,
  }))
