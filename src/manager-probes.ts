import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KatametalError } from './base/errors.js'
import type { Metrics } from './base/metrics.js'

export interface Probes {
  readonly url: string
  stop(): Promise<void>
}

/** Serves /metrics (Prometheus), /healthz (the process runs) and /readyz (it leads, or need not) over plain HTTP. */
export const startProbes = async (
  where: { readonly address: string; readonly port: number } | undefined,
  metrics: Metrics,
  isReady: () => boolean,
): Promise<Probes | undefined> => {
  if (where === undefined) return undefined
  const server = createServer((request, response) => {
    switch (request.url) {
      case '/metrics':
        metrics
          .render()
          .then(text => response.setHeader('content-type', metrics.registry.contentType).end(text))
          .catch(() => response.writeHead(500).end())
        return
      case '/healthz':
        response.end('ok\n')
        return
      case '/readyz':
        response.writeHead(isReady() ? 200 : 503).end(isReady() ? 'ok\n' : 'not leading\n')
        return
      default:
        response.writeHead(404).end()
    }
  })
  server.listen(where.port, where.address)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new KatametalError('UsageInvalid', {
      about: `probes on ${where.address}:${where.port}`,
      seen: (error as Error).message,
    })
  }
  return { url: `http://${where.address}:${(server.address() as AddressInfo).port}`, stop: () => close(server) }
}

const close = (server: Server): Promise<void> =>
  new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
