import type { IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request } from 'node:https'
import type { BootSettings } from '../deploy/protocol.js'

export interface Answer {
  readonly status: number
  readonly text: string
}

/** A long poll answers after 20 s. */
const requestMs = 45_000

/** Talks to the manager over TLS that is pinned to the CA of the boot settings. Failures of the network are thrown. */
export class ManagerClient {
  readonly #url: string
  readonly #token: string | undefined
  readonly #agent: HttpsAgent
  readonly #signal: AbortSignal

  /** Without a token in discovery, where the agent has none yet. */
  constructor({ url, token, ca }: Pick<BootSettings, 'url' | 'ca'> & { token?: string }, signal: AbortSignal) {
    this.#url = url
    this.#token = token
    this.#agent = new HttpsAgent({ keepAlive: true, ca, minVersion: 'TLSv1.2' })
    this.#signal = signal
  }

  send(method: 'GET' | 'POST', path: string, json?: unknown): Promise<Answer> {
    const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json))
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.#url}/${path}`,
        { method, agent: this.#agent, signal: this.#signal, headers: this.#headers(body), timeout: requestMs },
        response => {
          readAll(response).then(text => resolve({ status: response.statusCode ?? 0, text }), reject)
        },
      )
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${requestMs} ms`)))
      sent.on('error', reject)
      sent.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  #headers(body: Buffer | undefined): Record<string, string> {
    return {
      accept: 'application/json',
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(body.length) }),
    }
  }
}

const readAll = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
