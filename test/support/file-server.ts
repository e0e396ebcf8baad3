import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web server whose files a test puts there and takes away; 404 for all others. */
export interface FileServer {
  readonly files: Map<string, Buffer>
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[]
  urlOf(path: string): string
  stop(): Promise<void>
}

export const startFileServer = async (): Promise<FileServer> => {
  const files = new Map<string, Buffer>()
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const file = files.get(path)
    if (file === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-length': file.length }).end(request.method === 'HEAD' ? undefined : file)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    files,
    asked,
    urlOf: path => `${origin}${path}`,
    stop: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
