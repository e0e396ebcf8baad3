import { gunzipSync } from 'node:zlib'
import axios, { type AxiosResponse } from 'axios'
import { type Clock, deadlineSignal } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import type { BmcBudget } from '../budget.js'
import type { BmcCall, BmcExchange } from '../model.js'
import type { BmcAgents } from '../trust.js'
import { messagesOf, retryAfterMs, summary } from './errors.js'
import { isObject, type JsonObject } from './resource.js'
import { lostOrBroken } from './transport-errors.js'

export type HttpMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface HttpRequest {
  readonly method: HttpMethod
  /** On the origin of the BMC; see {@link Http.pathOf}. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object | undefined
}

/** Any answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number
  readonly header: (name: string) => string | undefined
  readonly body: JsonObject | undefined
  /** Content type and first characters of a body that is not a JSON object. */
  readonly unreadable: string | undefined
  readonly retryAfterMs: number | undefined
}

export interface Http {
  /** Requests put on the wire so far. */
  readonly requests: number
  /** Sends within the budget and returns the answer. Throws only when there is none, or not a whole one. */
  exchange(request: HttpRequest, call: BmcCall): Promise<HttpAnswer>
  /** The path behind a link. Throws BMCProtocol for a link to another server: nothing of ours goes there. */
  pathOf(link: string): string
}

export interface HttpLimits {
  /** From the first byte sent to the last byte received. */
  readonly readTimeoutMs: number
  readonly writeTimeoutMs: number
  readonly maxBytes: number
}

const defaultLimits: HttpLimits = { readTimeoutMs: 60_000, writeTimeoutMs: 30_000, maxBytes: 20 * 1024 * 1024 }

export interface HttpOptions {
  /** See originOf. */
  readonly origin: string
  readonly agents: BmcAgents
  readonly budget: BmcBudget
  readonly clock: Clock
  readonly limits?: Partial<HttpLimits>
  readonly onExchange?: ((exchange: BmcExchange) => void) | undefined
}

const maxRedirects = 3

export const createHttp = (options: HttpOptions): Http => {
  const { origin, agents, budget, clock, onExchange } = options
  const limits = { ...defaultLimits, ...options.limits }
  // An instance of our own: defaults and interceptors that somebody sets on axios itself do not apply to it.
  const client = axios.create()
  let requests = 0

  const pathOf = (link: string): string => {
    const url = URL.canParse(link, origin) ? new URL(link, origin) : undefined
    if (url?.origin !== new URL(origin).origin)
      throw new KatametalError('BMCProtocol', {
        about: origin,
        seen: `a link to another server: ${link.slice(0, 200)}`,
      })
    return url.pathname + url.search
  }

  const once = async (request: HttpRequest, encoding: string, call: BmcCall): Promise<HttpAnswer> => {
    const { method, path } = request
    const reading = method === 'GET'
    const timeoutMs = reading ? limits.readTimeoutMs : limits.writeTimeoutMs
    const { signal, release } = deadlineSignal(clock, timeoutMs, call.signal)
    const agent = reading ? agents.reads : agents.writes
    const data = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body))
    const time = clock.now()
    const trace = (status: number | undefined, note: string | undefined) =>
      onExchange?.({ time, method, path, status, milliseconds: clock.now() - time, note })
    requests++
    try {
      const response = await client.request<Buffer>({
        url: origin + path,
        method,
        headers: {
          Accept: 'application/json',
          'Accept-Encoding': encoding,
          'OData-Version': '4.0',
          'User-Agent': 'katametal',
          ...(data === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...request.headers,
        },
        data,
        responseType: 'arraybuffer',
        transformRequest: [],
        transformResponse: [],
        signal,
        timeout: 0,
        maxRedirects: 0,
        maxContentLength: limits.maxBytes,
        maxBodyLength: limits.maxBytes,
        proxy: false,
        httpAgent: agent,
        httpsAgent: agent,
        validateStatus: () => true,
      })
      const answer = answerOf(response, clock.now(), limits.maxBytes)
      trace(answer.status, answer.status < 400 ? undefined : summary(messagesOf(answer.body)))
      return answer
    } catch (error) {
      const failure = lostOrBroken(error, { about: `${method} ${path}`, call, signal, timeoutMs })
      trace(undefined, failure.code)
      throw failure
    } finally {
      release()
    }
  }

  /** Answers 406 come from services that hold a document in compressed form only. */
  const inSomeEncoding = async (request: HttpRequest, call: BmcCall): Promise<HttpAnswer> => {
    const answer = await once(request, 'identity', call)
    return answer.status === 406 && request.method === 'GET' ? once(request, 'gzip', call) : answer
  }

  /** 307 and 308 keep the method (RFC 9110 15.4); 301 and 302 are safe to follow for GET only. */
  const redirected = async (request: HttpRequest, call: BmcCall): Promise<HttpAnswer> => {
    let path = request.path
    for (let hop = 0; hop <= maxRedirects; hop++) {
      const answer = await inSomeEncoding({ ...request, path }, call)
      const location = answer.header('location')
      const follow = request.method === 'GET' ? [301, 302, 307, 308] : [307, 308]
      if (location === undefined || !follow.includes(answer.status)) return answer
      path = pathOf(location)
    }
    throw new KatametalError('BMCProtocol', {
      about: `${request.method} ${request.path}`,
      seen: 'redirects in a circle',
    })
  }

  return {
    get requests() {
      return requests
    },
    pathOf,
    exchange: (request, call) => {
      const path = pathOf(request.path)
      const run = () => redirected({ ...request, path }, call)
      return request.method === 'GET' ? budget.read(call.signal, run) : budget.write(call.signal, run)
    },
  }
}

const answerOf = (response: AxiosResponse<Buffer>, now: number, maxBytes: number): HttpAnswer => {
  const header = (name: string): string | undefined => {
    const value: unknown = response.headers[name]
    const text: unknown = Array.isArray(value) ? value[0] : value
    return typeof text === 'string' && text.trim() !== '' ? once(text.trim()) : undefined
  }
  const date = header('date')
  return {
    status: response.status,
    header,
    ...parsed(unpacked(response.data, maxBytes), header('content-type')),
    // By the clock of the BMC, which may be decades off ours.
    retryAfterMs: retryAfterMs(header('retry-after'), date === undefined ? now : Date.parse(date)),
  }
}

/** Some services keep documents as gzip files and send them as they are, without a word about it in the headers. */
const unpacked = (data: Buffer, maxBytes: number): Buffer => {
  if (data[0] !== 0x1f || data[1] !== 0x8b) return data
  try {
    return gunzipSync(data, { maxOutputLength: maxBytes })
  } catch {
    // Broken or too large: it is told as what it is, a body that cannot be read.
    return data
  }
}

/** Node joins a header that came twice by a comma; services that send one twice say the same both times. */
const once = (text: string): string => {
  const parts = text.split(', ')
  return parts.length > 1 && parts.every(part => part === parts[0]) ? (parts[0] ?? text) : text
}

const parsed = (data: Buffer, type: string | undefined): Pick<HttpAnswer, 'body' | 'unreadable'> => {
  const text = data
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim()
  if (text === '') return { body: undefined, unreadable: undefined }
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return { body: value, unreadable: undefined }
  } catch {
    // Told below, together with JSON that is no object.
  }
  const start = text.slice(0, 80).replace(/\s+/g, ' ')
  return { body: undefined, unreadable: `${type ?? 'no content type'}, beginning with ${JSON.stringify(start)}` }
}
