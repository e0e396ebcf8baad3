import type { IncomingMessage } from 'node:http'

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

/** meta/v1 Status of a failure. */
export const statusBody = (code: number, reason: string, message: string, details?: object): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message, details })

export const isWatch = (request: SeenRequest): boolean => request.query.get('watch') === 'true'
export const isList = (request: SeenRequest): boolean =>
  request.method === 'GET' && !isWatch(request) && /\/[a-z]+s$/.test(request.path)
