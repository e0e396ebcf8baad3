import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../base/clock.js'
import { sleep } from '../../base/clock.js'
import { isObject } from './json.js'
import type { BmcRequest } from './reply.js'

const bodyLimit = 1024 * 1024

/** Reads a request to its end; bodies over 1 MiB are cut, which makes them invalid. */
export const readRequest = async (incoming: IncomingMessage): Promise<BmcRequest> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= bodyLimit) chunks.push(chunk)
  }
  const url = new URL(incoming.url ?? '/', 'http://bmc')
  const text = Buffer.concat(chunks).toString()
  const body = text.trim() === '' ? undefined : parsed(text)
  return {
    method: incoming.method ?? 'GET',
    path: decoded(url.pathname),
    query: url.searchParams,
    headers: incoming.headers,
    body: isObject(body) ? body : undefined,
    bodyError: text.trim() !== '' && !isObject(body),
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** Sends the reply in one piece. */
export const send = (response: ServerResponse, reply: WireReply, head: boolean): void => {
  const body = Buffer.from(reply.text)
  response.writeHead(reply.status, { ...reply.headers, 'Content-Length': String(body.length) })
  response.end(head ? undefined : body)
}

/** Sends the reply in pieces of `bytes` with `ms` between them; ends early when the client goes away. */
export const drip = async (
  response: ServerResponse,
  reply: WireReply,
  { bytes, ms }: { bytes: number; ms: number },
  clock: Clock,
): Promise<void> => {
  const body = Buffer.from(reply.text)
  response.writeHead(reply.status, { ...reply.headers, 'Content-Length': String(body.length) })
  for (let at = 0; at < body.length && !response.destroyed; at += bytes) {
    response.write(body.subarray(at, at + bytes))
    await sleep(clock, ms)
  }
  response.end()
}

/** Sends half of the reply and breaks the connection. */
export const breakHalfway = (response: ServerResponse, reply: WireReply): void => {
  const body = Buffer.from(reply.text)
  response.writeHead(reply.status, { ...reply.headers, 'Content-Length': String(body.length) })
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy())
}

/** Answers a method that HTTP does not know, which the parser refuses before any listener sees it (DSP0266 7.1). */
export const refuseUnknownMethod = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  const status = error.code === 'HPE_INVALID_METHOD' ? '501 Not Implemented' : '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** A listener whose failures end the one connection they belong to. */
export const listener =
  (serve: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>): RequestListener =>
  (incoming, response) => {
    serve(incoming, response).catch(() => response.destroy())
  }
