import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../../api/meta.js'

/** All objects in YAML text. */
export const parseManifests = (text: string): KubeObject[] =>
  parseAllDocuments(text).flatMap(document => {
    const object = document.toJS() as KubeObject | null
    return object === null ? [] : [object]
  })

/** All objects in the .yaml files of a folder, in the order of their names. */
export const readManifests = async (folder: string): Promise<KubeObject[]> => {
  const files = (await readdir(folder)).filter(name => name.endsWith('.yaml')).sort()
  const texts = await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')))
  return texts.flatMap(parseManifests)
}

/** Where a webhook server of a manager listens, and whose certificate it shows (PEM). */
export interface WebhookServer {
  readonly port: number
  readonly ca: string
}

/**
 * The object with every in-cluster webhook address (a Service) replaced by the loopback address of the manager that serves
 * it; for admission webhooks and CRD conversion alike.
 */
export const withLocalWebhooks = <T>(value: T, server: WebhookServer): T => {
  if (Array.isArray(value)) return value.map(item => withLocalWebhooks<unknown>(item, server)) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [
    key,
    key === 'clientConfig' ? localClientConfig(inner as ClientConfig, server) : withLocalWebhooks(inner, server),
  ])
  return Object.fromEntries(entries) as T
}

interface ClientConfig {
  readonly service?: { readonly path?: string }
  readonly [key: string]: unknown
}

const localClientConfig = ({ service, ...others }: ClientConfig, { port, ca }: WebhookServer): ClientConfig =>
  service === undefined
    ? others
    : {
        ...others,
        caBundle: Buffer.from(ca).toString('base64'),
        url: `https://127.0.0.1:${port}${service.path ?? '/'}`,
      }
