import { X509Certificate, createPrivateKey } from 'node:crypto'
import { parse } from 'yaml'
import { z } from 'zod'
import { KatametalError } from '../base/errors.js'
import type { ApiCredentials } from './api-access.js'

const clusterSchema = z.looseObject({
  server: z.string(),
  'certificate-authority-data': z.string().optional(),
  'certificate-authority': z.string().optional(),
  'tls-server-name': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'proxy-url': z.string().optional(),
})

const userSchema = z.looseObject({
  token: z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key-data': z.string().optional(),
})

const contextSchema = z.looseObject({ cluster: z.string(), user: z.string(), namespace: z.string().optional() })

const documentSchema = z.looseObject({
  'current-context': z.string().optional(),
  clusters: z.array(z.object({ name: z.string(), cluster: clusterSchema })).default([]),
  contexts: z.array(z.object({ name: z.string(), context: contextSchema })).default([]),
  users: z.array(z.object({ name: z.string(), user: userSchema.nullish() })).default([]),
})

/** Fields of a user that a self-contained kubeconfig may have; anything else names a file, a program or a person. */
const plainUserFields = ['token', 'client-certificate-data', 'client-key-data']

/**
 * The credentials of one context when the text holds them all itself; else `needs` names the first thing that is
 * outside of it (a file, an exec plugin, a proxy). Throws KubeconfigInvalid.
 */
export const readSelfContained = (text: string, context?: string): ApiCredentials | { needs: string } => {
  const document = parseDocument(text)
  const wanted = context ?? document['current-context'] ?? ''
  const chosen = pick(document.contexts, 'context', wanted).context
  const cluster = pick(document.clusters, 'cluster', chosen.cluster).cluster
  const user = pick(document.users, 'user', chosen.user).user ?? {}
  for (const outside of ['certificate-authority', 'proxy-url'] as const)
    if (cluster[outside] !== undefined) return { needs: outside }
  const other = Object.keys(user).find(field => !plainUserFields.includes(field))
  if (other !== undefined) return { needs: other }
  return {
    server: cluster.server,
    ...pem('ca', cluster['certificate-authority-data'], text => new X509Certificate(text)),
    ...pem('cert', user['client-certificate-data'], text => new X509Certificate(text)),
    ...pem('key', user['client-key-data'], text => createPrivateKey(text)),
    ...(user.token === undefined ? {} : { token: user.token }),
    ...(chosen.namespace === undefined ? {} : { namespace: chosen.namespace }),
    ...(cluster['tls-server-name'] === undefined ? {} : { servername: cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] === true ? { insecure: true } : {}),
  }
}

const parseDocument = (text: string): z.infer<typeof documentSchema> => {
  let value: unknown
  try {
    value = parse(text)
  } catch {
    // The parser quotes the line it failed on, and that line may be a token.
    throw new KatametalError('KubeconfigInvalid', { seen: 'it is not YAML' })
  }
  const result = documentSchema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new KatametalError('KubeconfigInvalid', {
    ...(issue === undefined || issue.path.length === 0 ? {} : { about: issue.path.join('.') }),
    seen: issue?.message ?? 'it has the wrong form',
  })
}

const pick = <E extends { name: string }>(entries: readonly E[], what: string, name: string): E => {
  const entry = entries.find(candidate => candidate.name === name)
  if (entry !== undefined) return entry
  const seen = name === '' ? `no ${what} is chosen` : `there is no ${what} ${name}`
  throw new KatametalError('KubeconfigInvalid', { seen })
}

const pem = <K extends 'ca' | 'cert' | 'key'>(
  name: K,
  base64: string | undefined,
  check: (text: string) => unknown,
): { [P in K]?: string } => {
  if (base64 === undefined) return {}
  const text = Buffer.from(base64, 'base64').toString('utf8')
  try {
    check(text)
  } catch {
    throw new KatametalError('KubeconfigInvalid', { about: `${name} data`, seen: 'it is not base64 of PEM' })
  }
  return { [name]: text } as { [P in K]?: string }
}
