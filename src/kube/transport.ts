import { Agent, type Dispatcher, request } from 'undici'
import { type Clock, deadlineSignal, sleep } from '../base/clock.js'
import type { Metrics } from '../base/metrics.js'
import type { ApiAccess } from './api-access.js'
import { connectionError } from './connection-errors.js'
import { type Answer, isOverload, parseRetryAfter } from './answers.js'

/** One HTTP request to the API server. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute path without the prefix of the server URL. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  /** What the call is about, for error messages: "Secret default/a". */
  readonly about: string
  readonly signal?: AbortSignal
}

/** HTTP to one API server. Errors of the connection are thrown, errors of the server are answers. */
export interface Transport {
  readonly server: string
  /** The whole answer, within the deadline. An overloaded server (429) is asked again as it wishes. */
  call(call: Call): Promise<Answer>
  /** The answer's head within the deadline, its body for as long as it lasts; `lines` is absent unless it was 200. */
  stream(call: Call): Promise<Answer & { lines?: AsyncIterable<string> }>
  /** Breaks what is under way and closes all connections. */
  close(): Promise<void>
}

export interface TransportOptions {
  readonly clock: Clock
  readonly metrics?: Metrics
  /** Of one call with its repeats; default 30 s. */
  readonly deadlineMs?: number
}

const maxAttempts = 10

export const createTransport = (access: ApiAccess, options: TransportOptions): Transport => {
  const { clock, metrics, deadlineMs = 30_000 } = options
  const agent = new Agent({
    connect: { ...access.tls, timeout: 10_000 },
    // Each watch holds one connection; the rest are for calls.
    connections: 128,
    keepAliveTimeout: 30_000,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const requests = metrics?.counter('rest_client_requests_total', 'Requests to the API server, by status code.', [
    'code',
    'method',
    'host',
  ])
  const host = new URL(access.server).host
  const count = (method: string, code: string) => requests?.inc({ code, method, host })

  const send = async (call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    try {
      const response = await request(urlOf(access.server, call), {
        dispatcher: agent,
        method: call.method,
        headers: await headersOf(call, access, signal),
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        signal,
      })
      count(call.method, String(response.statusCode))
      return response
    } catch (error) {
      count(call.method, '<error>')
      throw error
    }
  }

  /** Runs `work` under the deadline and turns whatever breaks into a KatametalError. */
  const bounded = async <T>(call: Call, work: (signal: AbortSignal, until: number) => Promise<T>): Promise<T> => {
    const deadline = deadlineSignal(clock, deadlineMs, call.signal)
    try {
      return await work(deadline.signal, clock.now() + deadlineMs)
    } catch (error) {
      throw connectionError(error, { server: access.server, call, deadline: deadline.signal, deadlineMs })
    } finally {
      deadline.release()
    }
  }

  return {
    server: access.server,
    call: call =>
      bounded(call, async (signal, until) => {
        for (let attempt = 1; ; attempt++) {
          const answer = await readAnswer(await send(call, signal))
          if (!isOverload(answer, call.method) || attempt === maxAttempts) return answer
          const wait = answer.retryAfterMs ?? 1000
          if (clock.now() + wait >= until) return answer
          await sleep(clock, wait, signal)
        }
      }),
    stream: async call => {
      const abort = new AbortController()
      const signal = call.signal === undefined ? abort.signal : AbortSignal.any([call.signal, abort.signal])
      const opened = await bounded(call, async deadline => {
        const onDeadline = () => abort.abort(deadline.reason)
        deadline.addEventListener('abort', onDeadline, { once: true })
        try {
          const response = await send(call, signal)
          return response.statusCode === 200 ? response : await readAnswer(response)
        } finally {
          deadline.removeEventListener('abort', onDeadline)
        }
      })
      if ('status' in opened) return opened
      const convert = (error: unknown) =>
        connectionError(error, { server: access.server, call, deadline: abort.signal, deadlineMs })
      return { status: 200, body: undefined, lines: linesOf(opened.body, abort, convert) }
    },
    close: () => agent.destroy(),
  }
}

const headersOf = async (call: Call, access: ApiAccess, signal: AbortSignal): Promise<Record<string, string>> => ({
  accept: 'application/json',
  'user-agent': 'katametal',
  ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
  ...(await orAbort(access.authorize(), signal)),
})

/** The promise, or the signal's reason if that comes first: an exec plugin cannot be interrupted. */
const orAbort = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })

const urlOf = (server: string, { path, query = {} }: Call): string => {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const search = new URLSearchParams(given).toString()
  return `${server}${path}${search === '' ? '' : `?${search}`}`
}

const readAnswer = async (response: Dispatcher.ResponseData): Promise<Answer> => {
  const text = await response.body.text()
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'])
  return {
    status: response.statusCode,
    body: parseJson(text),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whole lines only: what follows the last line feed was cut off and is not given. */
async function* linesOf(
  body: AsyncIterable<Buffer>,
  abort: AbortController,
  convert: (error: unknown) => Error,
): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const chunk of body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.trim() !== '') yield line
    }
  } catch (error) {
    throw convert(error)
  } finally {
    abort.abort()
  }
}
