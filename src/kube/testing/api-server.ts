import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Server, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAuthority, issueCertificate } from '../../base/certificates.js'
import { type ApiAccess, directApiAccess } from '../api-access.js'
import { type SeenRequest, isWatch, statusBody } from './request.js'
import { type Stored, TestStorage } from './storage.js'
import { TestWatches } from './watches.js'

/** Answers in place of the server and returns true, or leaves the request to it. */
export type Fault = (request: SeenRequest, response: ServerResponse) => boolean

/** Just enough of a Kubernetes API server to test a client against: any resource, no schema, many faults. */
export class TestApiServer {
  readonly storage = new TestStorage()
  readonly watches = new TestWatches(this.storage)
  readonly requests: SeenRequest[] = []
  readonly token = 'token-of-the-test'
  /** Asked in order for each request; a fault removes itself when it has had enough. */
  readonly faults = new Set<Fault>()
  connections = 0
  #server: Server | undefined
  #ca = ''

  static async start(): Promise<TestApiServer> {
    const server = new TestApiServer()
    const authority = await createAuthority('test', Date.now())
    const pair = await issueCertificate(authority, { commonName: 'api', hosts: ['127.0.0.1'] }, Date.now())
    server.#ca = authority.cert
    server.#server = createServer(pair, (request, response) => void server.#serve(request, response))
    server.#server.on('secureConnection', () => server.connections++)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server?.address() as AddressInfo).port}`
  }

  get ca(): string {
    return this.#ca
  }

  access(): ApiAccess {
    return directApiAccess({ server: this.url, ca: this.#ca, token: this.token })
  }

  async stop(): Promise<void> {
    this.watches.breakAll()
    this.#server?.closeAllConnections()
    this.#server?.close()
  }

  /** Answers the next `times` requests that `matches` accepts with this. */
  answerWith(
    times: number,
    matches: (request: SeenRequest) => boolean,
    answer: (response: ServerResponse, request: SeenRequest) => void,
  ): void {
    let left = times
    const fault: Fault = (request, response) => {
      if (!matches(request)) return false
      if (--left === 0) this.faults.delete(fault)
      answer(response, request)
      return true
    }
    this.faults.add(fault)
  }

  count(matches: (request: SeenRequest) => boolean): number {
    return this.requests.filter(matches).length
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? '/', 'https://server')
    const chunks: Buffer[] = []
    for await (const chunk of message) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const request: SeenRequest = {
      method: message.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: message.headers,
      body: text === '' ? undefined : JSON.parse(text),
    }
    this.requests.push(request)
    for (const fault of this.faults) if (fault(request, response)) return
    response.setHeader('content-type', 'application/json')
    if (message.headers.authorization !== `Bearer ${this.token}`)
      return void response.writeHead(401).end(statusBody(401, 'Unauthorized', 'Unauthorized'))
    if (isWatch(request)) return this.watches.serve(request, response)
    const { code, body } = this.storage.handle(request)
    response.writeHead(code).end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

/** An object of the resource `widgets` that most tests use. */
export const widget = (name: string, fields: object = {}): Stored => ({
  apiVersion: 'test.example/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default' },
  ...fields,
})

export const widgets = {
  group: 'test.example',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
} as const
