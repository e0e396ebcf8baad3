import type { IncomingMessage } from 'node:http'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

/** Whom to trust: the CA given, or anybody (the way a BMC fetches virtual media). */
export type Trust = { readonly ca: string } | 'anybody'

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/**
 * A small HTTP client of a simulated server: one pool of connections that lives as long as the power is on. Requests
 * end when `signal` is aborted. Failures of the network are thrown as they come.
 */
export class HttpsClient {
  readonly #secure: HttpsAgent
  readonly #plain = new HttpAgent({ keepAlive: true })
  readonly #signal: AbortSignal

  constructor(trust: Trust, signal: AbortSignal) {
    this.#signal = signal
    this.#secure = new HttpsAgent(
      trust === 'anybody'
        ? { keepAlive: true, rejectUnauthorized: false }
        : { keepAlive: true, ca: trust.ca, maxSockets: 4 },
    )
  }

  /** Sends a request and hands out the response as a stream; the caller reads or destroys it. */
  stream(
    url: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<IncomingMessage> {
    const { method = 'GET', headers = {}, body } = options
    const secure = url.startsWith('https:')
    return new Promise((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(
        url,
        {
          method,
          agent: secure ? this.#secure : this.#plain,
          signal: this.#signal,
          headers: {
            ...headers,
            ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
          },
        },
        resolve,
      )
      request.on('error', reject)
      request.end(body)
    })
  }

  /** Sends JSON and reads the whole answer. */
  async send(
    url: string,
    options: { method?: string; token?: string; json?: unknown; contentType?: string } = {},
  ): Promise<Answer> {
    const { method = 'GET', token, json, contentType = 'application/json' } = options
    const response = await this.stream(url, {
      method,
      headers: {
        Accept: 'application/json',
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'Content-Type': contentType }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    const chunks: Buffer[] = []
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
    return { status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }
  }

  close(): void {
    this.#secure.destroy()
    this.#plain.destroy()
  }
}
