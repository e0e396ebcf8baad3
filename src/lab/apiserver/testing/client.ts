import { request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import type { ApiServer } from '../api-server.js'

/** An answer as it came: no conveniences between a test and the wire. */
export interface Answer {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The parsed body; tests look into it freely. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any
}

/** A running watch: lines as they arrive. */
export interface Watching {
  readonly code: number
  /** Events so far. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly events: any[]
  /** What came after the last complete line. */
  rest(): string
  /** Resolves when `count` events are there; rejects after two seconds. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  seen(count: number): Promise<any[]>
  /** Resolves when the stream is over: `ended` politely or `broken`. */
  readonly over: Promise<'ended' | 'broken'>
  close(): void
}

/** Raw HTTPS calls to one server as one user. */
export class TestClient {
  constructor(
    readonly server: Pick<ApiServer, 'ca' | 'port'>,
    readonly token: string | undefined,
  ) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call('GET', path, undefined, headers)
  }

  post(path: string, body: object): Promise<Answer> {
    return this.call('POST', path, body, { 'content-type': 'application/json' })
  }

  put(path: string, body: object): Promise<Answer> {
    return this.call('PUT', path, body, { 'content-type': 'application/json' })
  }

  delete(path: string, body?: object): Promise<Answer> {
    return this.call('DELETE', path, body, { 'content-type': 'application/json' })
  }

  merge(path: string, body: object): Promise<Answer> {
    return this.call('PATCH', path, body, { 'content-type': 'application/merge-patch+json' })
  }

  jsonPatch(path: string, body: readonly object[]): Promise<Answer> {
    return this.call('PATCH', path, body, { 'content-type': 'application/json-patch+json' })
  }

  strategic(path: string, body: object): Promise<Answer> {
    return this.call('PATCH', path, body, { 'content-type': 'application/strategic-merge-patch+json' })
  }

  apply(path: string, body: object): Promise<Answer> {
    return this.call('PATCH', path, body, { 'content-type': 'application/apply-patch+yaml' })
  }

  call(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
      // Node sends the body of a DELETE without any framing unless it is told the length.
      const length = bytes === undefined ? {} : { 'content-length': String(bytes.length) }
      const outgoing = request({ ...this.#target(path, { ...headers, ...length }), method }, response => {
        const chunks: Buffer[] = []
        response.on('error', reject)
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ code: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) })
        })
      })
      outgoing.on('error', reject)
      outgoing.end(bytes)
    })
  }

  /** Opens a watch and resolves when the headers are there. */
  watch(path: string, headers: Record<string, string> = {}): Promise<Watching> {
    return new Promise((resolve, reject) => {
      const outgoing = request(this.#target(path, headers), response => {
        const events: unknown[] = []
        const waiting = new Set<() => void>()
        let rest = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => {
          const lines = (rest + text).split('\n')
          rest = lines.pop() ?? ''
          events.push(...lines.map(line => JSON.parse(line) as unknown))
          for (const check of waiting) check()
        })
        const over = new Promise<'ended' | 'broken'>(done => {
          response.on('end', () => done('ended'))
          response.on('error', () => done('broken'))
        })
        const seen = (count: number): Promise<unknown[]> =>
          new Promise((enough, late) => {
            const timer = setTimeout(() => late(new Error(`${events.length} of ${count} events`)), 2000)
            const check = () => {
              if (events.length < count) return
              clearTimeout(timer)
              waiting.delete(check)
              enough(events)
            }
            waiting.add(check)
            check()
          })
        resolve({
          code: response.statusCode ?? 0,
          events,
          rest: () => rest,
          seen,
          over,
          close: () => response.destroy(),
        })
      })
      outgoing.on('error', reject)
      outgoing.end()
    })
  }

  #target(path: string, headers: Record<string, string>) {
    const authorization = this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }
    const { ca, port } = this.server
    return { host: '127.0.0.1', port, ca, path, agent: false, headers: { ...authorization, ...headers } } as const
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
