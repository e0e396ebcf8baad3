import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The image that lab Machines ask for. */
export interface LabImage {
  readonly url: string
  readonly checksum: string
  readonly checksumType: 'sha256'
  readonly format: 'raw'
}

export interface ImageServer {
  readonly url: string
  readonly image: LabImage
  stop(): Promise<void>
}

const imageBytes = 4 * 1024 * 1024

/** Serves one small "operating system image" over HTTP, and 404 for every other path. */
export const startImageServer = async (): Promise<ImageServer> => {
  const bytes = Buffer.alloc(imageBytes, 'katametal lab image ')
  const server = createServer((request, response) => {
    if (request.url !== '/image.raw') {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length })
    response.end(request.method === 'HEAD' ? undefined : bytes)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    image: {
      url: `${url}/image.raw`,
      checksum: createHash('sha256').update(bytes).digest('hex'),
      checksumType: 'sha256',
      format: 'raw',
    },
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
