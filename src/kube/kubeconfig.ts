import type { RequestOptions } from 'node:https'
import { readFile } from 'node:fs/promises'
import { delimiter, dirname } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import { type Clock, systemClock } from '../base/clock.js'
import { KatametalError } from '../base/errors.js'
import { type ApiAccess, type ApiTls, checkedServer, directApiAccess } from './api-access.js'
import { readSelfContained } from './kubeconfig-document.js'

/** Where to find out how to reach an API server. */
export interface ApiAccessSource {
  /** Path of a kubeconfig, or several as in the KUBECONFIG variable. */
  readonly kubeconfig?: string
  /** The text of a kubeconfig (from a Secret): must hold its credentials itself, see {@link loadApiAccess}. */
  readonly contents?: string
  /** A context other than the current one. */
  readonly context?: string
  /** The ServiceAccount of the pod this runs in. */
  readonly inCluster?: boolean
}

/**
 * Reads a kubeconfig, the ServiceAccount of the pod, or, when the source says nothing, what kubectl would use.
 * `contents` may neither name files nor run programs, because whoever can write a Secret could read and run things
 * here with it. @kubernetes/client-node is loaded only when files, exec plugins or token refresh need it.
 * Throws KubeconfigInvalid; never with a credential in the message.
 */
export const loadApiAccess = async (source: ApiAccessSource, clock: Clock = systemClock): Promise<ApiAccess> => {
  if (source.contents !== undefined) {
    const access = readSelfContained(source.contents, source.context)
    if ('needs' in access) throw invalid('kubeconfig contents', `${access.needs} is not allowed here`)
    return directApiAccess(access)
  }
  if (source.kubeconfig === undefined || source.inCluster === true) return throughClientNode(source, clock)
  if (source.kubeconfig.includes(delimiter)) return throughClientNode(source, clock)
  const access = readSelfContained(await textOf(source.kubeconfig), source.context)
  return 'needs' in access ? throughClientNode(source, clock) : directApiAccess(access)
}

/** What client-node falls back to when it finds neither a kubeconfig nor a ServiceAccount. */
const nothingFound = 'http://localhost:8080'

/** What it makes of the missing variables of a pod. */
const notInPod = 'https://undefined:undefined'

const throughClientNode = async (source: ApiAccessSource, clock: Clock): Promise<ApiAccess> => {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  const about = source.kubeconfig ?? (source.inCluster === true ? 'ServiceAccount' : 'kubeconfig')
  try {
    await fill(config, source, () => new KubeConfig())
    if (source.context !== undefined) config.setCurrentContext(source.context)
    const cluster = config.getCurrentCluster()
    const context = config.getContextObject(config.getCurrentContext())
    if (cluster === null || context === null)
      throw invalid(about, `there is no context ${config.getCurrentContext() || '(none is current)'}`)
    if (cluster.server === nothingFound) throw invalid(about, 'none was found')
    if (cluster.server === notInPod) throw invalid(about, 'this does not run in a pod')
    if (cluster.proxyUrl !== undefined) throw invalid(about, 'proxy-url is not supported')
    return {
      server: checkedServer(cluster.server),
      namespace: context.namespace ?? 'default',
      tls: tlsOf(await optionsOf(config)),
      authorize: shared(clock, 5000, async () => headersOf(await optionsOf(config))),
    }
  } catch (error) {
    if (error instanceof KatametalError) throw error
    throw invalid(about, error instanceof Error ? error.message : String(error))
  }
}

const fill = async (config: KubeConfig, source: ApiAccessSource, empty: () => KubeConfig): Promise<void> => {
  if (source.inCluster === true) return config.loadFromCluster()
  if (source.kubeconfig === undefined) return config.loadFromDefault()
  for (const file of source.kubeconfig.split(delimiter).filter(file => file !== '')) {
    const one = empty()
    one.loadFromString(await textOf(file))
    one.makePathsAbsolute(dirname(file))
    config.mergeConfig(one, Boolean(config.currentContext))
  }
}

const optionsOf = async (config: KubeConfig): Promise<RequestOptions> => {
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  return options
}

const tlsOf = (options: RequestOptions): ApiTls => ({
  ...(isPem(options.ca) ? { ca: options.ca } : {}),
  ...(isPem(options.cert) ? { cert: options.cert } : {}),
  ...(isPem(options.key) ? { key: options.key } : {}),
  ...(options.servername === undefined ? {} : { servername: options.servername }),
  ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
})

const isPem = (value: unknown): value is string | Buffer => typeof value === 'string' || Buffer.isBuffer(value)

const headersOf = (options: RequestOptions): Record<string, string> => {
  const given = Object.entries(options.headers ?? {})
  const headers: [string, string][] = given.map(([name, value]) => [name.toLowerCase(), String(value)])
  const basic = typeof options.auth === 'string' ? Buffer.from(options.auth).toString('base64') : undefined
  return { ...Object.fromEntries(headers), ...(basic === undefined ? {} : { authorization: `Basic ${basic}` }) }
}

/** Callers within `ms` share one answer, so that a burst of requests runs an exec plugin once. */
const shared = <T>(clock: Clock, ms: number, ask: () => Promise<T>): (() => Promise<T>) => {
  let last: { answer: Promise<T>; until: number } | undefined
  return () => {
    if (last !== undefined && clock.now() < last.until) return last.answer
    const answer = ask()
    const mine = { answer, until: clock.now() + ms }
    last = mine
    answer.catch(() => {
      if (last === mine) last = undefined
    })
    return answer
  }
}

const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw invalid(file, error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read')
  })

const invalid = (about: string, seen: string): KatametalError =>
  new KatametalError('KubeconfigInvalid', { about, seen })
