import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import type { KeyPair } from '../base/certificates.js'
import type { Clock } from '../base/clock.js'
import { KatametalError } from '../base/errors.js'
import type { Logger } from '../base/log.js'
import { agentRoutes } from './agent-routes.js'
import { type BootImages, mediaRoutes } from './media-routes.js'
import { Operations, type OperationRequest } from './operations.js'
import type { AgentHello, AgentPlan, AgentProgress, AgentResult } from './protocol.js'
import { createTokens } from './tokens.js'

export interface DeployServerOptions {
  readonly address: string
  /** 0 takes a free one. */
  readonly port: number
  /** As servers reach us, without a path; `https://<address>:<port>` when not given. */
  readonly advertisedURL?: string
  readonly tls: KeyPair
  /** PEM of the CA that signed `tls`; goes into the boot settings, where agents pin it. */
  readonly ca: string
  /** At least 32 random bytes that survive a restart of the manager: tokens are derived from it. */
  readonly tokenKey: Buffer
  readonly bootImages: BootImages
  readonly clock: Clock
  readonly log: Logger
}

/** Which host to look at, because its server has said something. */
export type ServerNewsListener = (host: string) => void

export interface DeployServer {
  readonly url: string
  begin(request: OperationRequest): void
  /** What a BMC inserts as virtual CD, or hands to UEFI HTTP boot. Holds a token: never log it. */
  mediaURL(operationID: string, kind?: 'iso' | 'efi'): string
  setPlan(operationID: string, plan: AgentPlan): void
  forgetAgent(operationID: string): void
  end(operationID: string): void
  seen(operationID: string): {
    readonly hello: AgentHello | undefined
    readonly heardAt: number | undefined
    readonly progress: AgentProgress | undefined
    readonly result: (taskID: string) => AgentResult | undefined
  }
  onNews(listener: ServerNewsListener): void
  stop(): Promise<void>
}

/**
 * Serves boot media to BMCs, plans to deploy agents and boot data to first boots (protocol.ts). Throws Internal when
 * the port cannot be opened.
 */
export const startDeployServer = async (options: DeployServerOptions): Promise<DeployServer> => {
  const operations = new Operations(options.clock)
  const tokens = createTokens(options.tokenKey)
  const listeners: ServerNewsListener[] = []
  const app = fastify({
    https: { cert: options.tls.cert, key: options.tls.key, minVersion: 'TLSv1.2' },
    bodyLimit: 1024 * 1024,
    requestTimeout: 60_000,
    keepAliveTimeout: 30_000,
    forceCloseConnections: true,
    logger: false,
  })
  let url = options.advertisedURL ?? ''
  const context = {
    operations,
    tokens,
    clock: options.clock,
    log: options.log.child({ room: 'deploy' }),
    news: (host: string) => listeners.forEach(listener => listener(host)),
    url: () => url,
    ca: options.ca,
    bootImages: options.bootImages,
  }
  agentRoutes(app, context)
  mediaRoutes(app, context)
  await app.ready()
  app.server.listen(options.port, options.address)
  try {
    await once(app.server, 'listening')
  } catch (error) {
    throw new KatametalError('Internal', {
      about: `deploy server on ${options.address}:${options.port}`,
      seen: (error as Error).message,
    })
  }
  const { port } = app.server.address() as AddressInfo
  const host = options.address.includes(':') ? `[${options.address}]` : options.address
  if (url === '') url = `https://${host}:${port}`

  return {
    url,
    begin: request => operations.begin(request),
    mediaURL: (id, kind = 'iso') => {
      const file = kind === 'efi' && options.bootImages.efi !== undefined ? 'boot.efi' : 'boot.iso'
      return `${url}/v1/media/${encodeURIComponent(id)}/${tokens.tokenFor(id, 'media')}/${file}`
    },
    setPlan: (id, plan) => operations.setPlan(id, plan),
    forgetAgent: id => operations.forgetAgent(id),
    end: id => operations.end(id),
    seen: id => {
      const operation = operations.find(id)
      return {
        hello: operation?.hello,
        // An agent that waits for another plan is on the line.
        heardAt: operation !== undefined && operation.waiters.size > 0 ? options.clock.now() : operation?.heardAt,
        progress: operation?.progress,
        result: taskID => operation?.results.get(taskID),
      }
    },
    onNews: listener => {
      listeners.push(listener)
    },
    stop: async () => {
      operations.endAll()
      app.server.closeAllConnections()
      await app.close()
    },
  }
}
