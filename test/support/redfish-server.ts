import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { randomBytes, X509Certificate } from 'node:crypto'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { createAuthority, issueCertificate, type KeyPair } from '../../src/base/certificates.js'

/**
 * A small Redfish service for tests of the client: it serves resources from memory, or a captured tree from a folder,
 * asks for a login, and does nothing by itself that a test has not told it in words (`on`). It has no live
 * behaviour of servers; that is the business of the simulator.
 */
export interface RedfishServer {
  readonly origin: string
  readonly host: string
  readonly port: number
  /** PEM of its authority; empty for http. */
  readonly ca: string
  /** SHA-256 of its certificate, lower case without colons. */
  readonly fingerprint: string
  /** By path without trailing slash; tests may change it at any time. */
  readonly resources: Map<string, unknown>
  readonly requests: RecordedRequest[]
  readonly sessions: Set<string>
  /** Connections that were accepted so far, with or without a request on them. */
  readonly connections: number
  /** Answers matching requests by `reply`, `times` often; later rules come first. Returns how to take it back. */
  on(method: string, path: string | RegExp, reply: Reply, times?: number): () => void
  stop(): Promise<void>
}

interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
}

export type Reply = (request: RecordedRequest, response: ServerResponse, socket: Socket) => void | Promise<void>

export interface RedfishServerOptions {
  readonly resources?: Readonly<Record<string, unknown>>
  /** Folder that holds `redfish/v1/index.json` and so on. */
  readonly folder?: string
  readonly username?: string
  readonly password?: string
  /** How to log in; `none` lets everybody in. */
  readonly login?: 'session' | 'basic' | 'none'
  readonly tls?: boolean
  /** A key pair of the test's own making. */
  readonly keyPair?: KeyPair
  /** Answers $expand by putting the members of a collection into it; otherwise the query is ignored. */
  readonly expand?: boolean
  /** What stands in ETag headers; by default none. */
  readonly etag?: (path: string, body: unknown) => string | undefined
}

export const startRedfishServer = async (options: RedfishServerOptions = {}): Promise<RedfishServer> => {
  const { username = 'admin', password = 'correct horse', login = 'session', tls = true } = options
  const authority = tls ? await createAuthority('test', Date.now()) : undefined
  const pair =
    options.keyPair ??
    (authority && (await issueCertificate(authority, { commonName: 'bmc', hosts: ['127.0.0.1'] }, Date.now())))
  const resources = new Map(Object.entries(options.resources ?? {}).map(([path, body]) => [normal(path), body]))
  const requests: RecordedRequest[] = []
  const sessions = new Set<string>()
  const sockets = new Set<Socket>()
  const rules: { method: string; path: string | RegExp; reply: Reply; left: number }[] = []
  let connections = 0

  const find = async (path: string): Promise<unknown> => {
    const known = resources.get(normal(path)) ?? [...resources].find(([key]) => same(key, path))?.[1]
    if (known !== undefined || options.folder === undefined) return known
    const place = await locate(options.folder, decodeURIComponent(normal(path)))
    if (place === undefined) return undefined
    const file = join(place, 'index.json')
    const found = existsSync(file) ? file : place.endsWith('.json') ? place : undefined
    return found === undefined ? undefined : JSON.parse(await readFile(found, 'utf8'))
  }

  const expanded = async (body: unknown): Promise<unknown> => {
    const { Members: members } = body as { Members?: { '@odata.id': string }[] }
    if (members === undefined) return body
    return { ...(body as object), Members: await Promise.all(members.map(one => find(one['@odata.id']))) }
  }

  const allowed = (request: IncomingMessage): boolean => {
    if (login === 'none') return true
    const token = request.headers['x-auth-token']
    if (typeof token === 'string' && sessions.has(token)) return true
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    return login === 'basic' && request.headers.authorization === basic
  }

  const serve = async (recorded: RecordedRequest, request: IncomingMessage, response: ServerResponse) => {
    const path = recorded.path.split('?')[0] ?? ''
    const sessionsPath = '/redfish/v1/SessionService/Sessions'
    if (recorded.method === 'POST' && same(path, sessionsPath)) {
      if (login !== 'session') return answer(response, 404, failure('ResourceMissingAtURI'))
      const { UserName, Password } = recorded.body as { UserName?: string; Password?: string }
      if (UserName !== username || Password !== password) return answer(response, 401, failure('InvalidCredentials'))
      const token = randomBytes(8).toString('hex')
      sessions.add(token)
      const location = `${sessionsPath}/${token.slice(0, 4)}`
      return answer(response, 201, { '@odata.id': location }, { 'X-Auth-Token': token, Location: location })
    }
    if (!allowed(request) && !/^\/redfish(\/v1)?\/?$/.test(path))
      return answer(response, 401, failure('NoValidSession'))
    if (recorded.method === 'DELETE' && path.startsWith(`${sessionsPath}/`)) {
      const token = [...sessions].find(one => path.endsWith(one.slice(0, 4)))
      if (token !== undefined) sessions.delete(token)
      return answer(response, token === undefined ? 404 : 204)
    }
    const body = await find(path)
    if (recorded.method === 'POST') return answer(response, 204)
    if (body === undefined) return answer(response, 404, failure('ResourceMissingAtURI'))
    if (recorded.method === 'PATCH') {
      resources.set(normal(path), merge(body, recorded.body))
      return answer(response, 204)
    }
    const etag = options.etag?.(path, body)
    if (options.expand === true && recorded.path.includes('$expand='))
      return answer(response, 200, await expanded(body))
    return answer(response, 200, body, etag === undefined ? {} : { ETag: etag })
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const text = Buffer.concat(await request.toArray()).toString('utf8')
    const recorded: RecordedRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    }
    requests.push(recorded)
    const rule = rules.find(one => one.left > 0 && one.method === recorded.method && hits(one.path, recorded.path))
    if (rule === undefined) return serve(recorded, request, response)
    rule.left--
    await rule.reply(recorded, response, request.socket)
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch((error: unknown) => answer(response, 500, failure(String(error))))
  }
  const server = pair === undefined || !tls ? createHttpServer(listener) : createHttpsServer(pair, listener)
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    ca: authority?.cert ?? '',
    fingerprint:
      pair === undefined ? '' : new X509Certificate(pair.cert).fingerprint256.replaceAll(':', '').toLowerCase(),
    resources,
    requests,
    sessions,
    get connections() {
      return connections
    },
    on: (method, path, reply, times = Number.POSITIVE_INFINITY) => {
      const rule = { method, path, reply, left: times }
      rules.unshift(rule)
      return () => {
        rule.left = 0
      }
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Replies with JSON. */
export const reply =
  (status: number, body?: unknown, headers: Record<string, string> = {}): Reply =>
  (_request, response) =>
    answer(response, status, body, headers)

/** Replies with an error of the standard's form. */
export const replyError = (status: number, ...messages: (string | Record<string, unknown>)[]): Reply =>
  reply(status, failure(...messages))

export const failure = (...messages: (string | Record<string, unknown>)[]): object => ({
  error: {
    code: 'Base.1.8.GeneralError',
    message: 'See the messages.',
    '@Message.ExtendedInfo': messages.map(one =>
      typeof one === 'string' ? { MessageId: `Base.1.8.${one}`, Message: `${one} it says.` } : one,
    ),
  },
})

const answer = (response: ServerResponse, status: number, body?: unknown, headers: Record<string, string> = {}) => {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'Content-Type': 'application/json', 'OData-Version': '4.0', ...headers })
  response.end(text)
}

const hits = (pattern: string | RegExp, path: string): boolean =>
  typeof pattern === 'string' ? same(pattern, path.split('?')[0] ?? '') || pattern === path : pattern.test(path)

/** The file or folder of a path, whatever case its parts are written in: links in captured trees mix them. */
const locate = async (folder: string, path: string): Promise<string | undefined> => {
  let place = folder
  for (const part of path.split('/').filter(one => one !== '')) {
    const exact = join(place, part)
    if (existsSync(exact)) place = exact
    else {
      const entries = await readdir(place).catch((): string[] => [])
      const alike = entries.find(entry => entry.toLowerCase() === part.toLowerCase())
      if (alike === undefined) return undefined
      place = join(place, alike)
    }
  }
  return place
}

const normal = (path: string): string => path.replace(/(.)\/+$/, '$1')

const same = (a: string, b: string): boolean => normal(a).toLowerCase() === normal(b).toLowerCase()

const merge = (into: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> = typeof into === 'object' && into !== null ? { ...into } : {}
  for (const [key, value] of Object.entries(patch)) result[key] = merge(result[key], value)
  return result
}
