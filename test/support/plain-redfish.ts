import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/**
 * A server of files that knows nothing of Redfish and of us, as others set one up for a captured tree: paths as they
 * are spelled, GET and nothing else, no ETag, no session, no query.
 */
export interface PlainRedfish {
  readonly port: number
  /** Path with query of each GET so far. */
  readonly gets: readonly string[]
  stop(): Promise<void>
}

export interface PlainRedfishOptions {
  /** What becomes of a GET with a query: the same as without (`ignored`), or a refusal. */
  readonly queries?: 'ignored' | 404 | 501
  /** Status of anything that is not GET. */
  readonly writes?: 404 | 405 | 501
  /** `user:password` that Basic authentication asks for; everybody is let in without. */
  readonly basic?: string
}

export const servePlainly = async (folder: string, options: PlainRedfishOptions = {}): Promise<PlainRedfish> => {
  const { queries = 'ignored', writes = 501, basic } = options
  const wanted = basic === undefined ? undefined : `Basic ${Buffer.from(basic).toString('base64')}`
  const gets: string[] = []
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    const refuse = (status: number) =>
      void response.writeHead(status, { 'Content-Type': 'text/html' }).end('<h1>no</h1>')
    if (request.method !== 'GET') return refuse(writes)
    const url = request.url ?? '/'
    gets.push(url)
    if (wanted !== undefined && request.headers.authorization !== wanted) return refuse(401)
    if (url.includes('?') && queries !== 'ignored') return refuse(queries)
    const text = fileAt(folder, decodeURIComponent(url.replace(/\?.*/, '')))
    if (text === undefined) return refuse(404)
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(text)
  }
  const server = createServer((request, response) => {
    request.resume().on('end', () => respond(request, response))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    gets,
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const fileAt = (folder: string, path: string): Buffer | undefined => {
  const place = join(folder, path)
  const file = statSync(place, { throwIfNoEntry: false })?.isDirectory() === true ? join(place, 'index.json') : place
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(file) : undefined
}
