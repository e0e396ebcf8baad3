import { once } from 'node:events'

import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request as secureRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAuthority, issueCertificate } from '../../src/base/certificates.js'
import type { ApiCredentials } from '../../src/kube/api-access.js'

/** What can happen to a request on its way to the API server. */
type Mishap = 'busy' | 'fail' | 'conflict' | 'reset' | 'stall' | 'lost answer' | 'gone'

/** A proxy before an API server that does not always do what it should. */
export interface FaultyProxy {
  /** The same credentials for the proxy. */
  readonly credentials: ApiCredentials
  /** How often each mishap came to pass. */
  readonly mishaps: ReadonlyMap<Mishap, number>
  /** Whether anything goes wrong from now on. */
  faulty: boolean
  stop(): Promise<void>
}

const stallMs = 3_000

/**
 * Starts a proxy that spoils about one request in `oneIn`. Watches are answered 410 (their history was compacted), cut or held; writes are
 * refused as conflicts, not done, or done without an answer. `chance` is from 0 to 1, so that a run can be repeated.
 */
export const startFaultyProxy = async (
  { server, ca = '', token = '' }: ApiCredentials,
  oneIn: number,
  chance: () => number,
): Promise<FaultyProxy> => {
  const authority = await createAuthority('faulty proxy', Date.now())
  const pair = await issueCertificate(authority, { commonName: 'proxy', hosts: ['127.0.0.1'] }, Date.now())
  const agent = new Agent({ ca, keepAlive: true })
  const mishaps = new Map<Mishap, number>()
  const proxy = createServer(pair, (incoming, outgoing) => {
    const mishap = state.faulty && chance() < 1 / oneIn ? choose(incoming, chance) : undefined
    if (mishap !== undefined) mishaps.set(mishap, (mishaps.get(mishap) ?? 0) + 1)
    if (mishap === undefined || mishap === 'lost answer' || mishap === 'stall')
      return forward(incoming, outgoing, { server, agent, mishap })
    incoming.resume()
    answer(outgoing, mishap)
  })
  const state = { faulty: true }
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    credentials: { server: `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`, ca: authority.cert, token },
    mishaps,
    get faulty() {
      return state.faulty
    },
    set faulty(value) {
      state.faulty = value
    },
    stop: async () => {
      const closed = once(proxy, 'close')
      proxy.close()
      proxy.closeAllConnections()
      agent.destroy()
      await closed
    },
  }
}

const choose = ({ method, url = '' }: IncomingMessage, chance: () => number): Mishap => {
  const possible: readonly Mishap[] = url.includes('watch=true')
    ? ['gone', 'reset', 'stall', 'busy', 'fail']
    : method === 'GET'
      ? ['busy', 'fail', 'reset', 'stall']
      : ['busy', 'fail', 'reset', 'conflict', 'lost answer']
  return possible[Math.floor(chance() * possible.length)] ?? 'fail'
}

const statuses = { busy: 429, fail: 500, conflict: 409, gone: 410 } as const

const answer = (outgoing: ServerResponse, mishap: Exclude<Mishap, 'lost answer' | 'stall'>): void => {
  if (mishap === 'reset') {
    outgoing.destroy()
    return
  }
  const code = statuses[mishap]
  const reason = { 409: 'Conflict', 410: 'Expired', 429: 'TooManyRequests', 500: 'InternalError' }[code]
  outgoing.writeHead(code, { 'content-type': 'application/json', ...(code === 429 ? { 'retry-after': '1' } : {}) })
  outgoing.end(
    JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'a mishap', reason, code }),
  )
}

const forward = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { server, agent, mishap }: { server: string; agent: Agent; mishap: Mishap | undefined },
): void => {
  const { method, url = '', headers } = incoming
  const upstream: ClientRequest = secureRequest(
    `${server}${url}`,
    { method, headers: { ...headers, host: new URL(server).host }, agent },
    response => {
      if (mishap === 'lost answer') {
        response.resume()
        outgoing.destroy()
        return
      }
      outgoing.writeHead(response.statusCode ?? 502, response.headers)
      if (mishap === 'stall') setTimeout(() => outgoing.destroy(), stallMs).unref()
      else response.pipe(outgoing)
    },
  )
  upstream.on('error', () => outgoing.destroy())
  outgoing.on('close', () => upstream.destroy())
  incoming.pipe(upstream)
}
