import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'

/** Serves files to servers, with the faults of real image servers. */
export interface VmImageServer {
  readonly port: number
  /** Path -> contents. */
  readonly files: Map<string, Buffer>
  /** Bytes per second; unlimited when undefined. */
  bytesPerSecond: number | undefined
  /** Each of the next so many answers breaks off after this many bytes. */
  breakOff: { times: number; afterBytes: number }
  /** Ranges that were asked for. */
  readonly ranges: string[]
  /** Bytes sent so far. */
  readonly sent: number
  stop(): Promise<void>
}

export const startVmImageServer = async (address = '127.0.0.1'): Promise<VmImageServer> => {
  const files = new Map<string, Buffer>()
  const state = {
    files,
    ranges: [] as string[],
    sent: 0,
    bytesPerSecond: undefined as number | undefined,
    breakOff: { times: 0, afterBytes: 0 },
  }
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy())
  }).listen(0, address)
  await once(server, 'listening')

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = files.get(request.url ?? '')
    if (bytes === undefined) return void response.writeHead(404).end()
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
    const start = range === null ? 0 : Number(range[1])
    if (range !== null) state.ranges.push(request.headers.range ?? '')
    response.writeHead(range === null ? 200 : 206, {
      'content-length': bytes.length - start,
      etag: '"1"',
      ...(range === null ? {} : { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    })
    const breaks = state.breakOff.times > 0
    if (breaks) state.breakOff.times--
    const part = bytes.subarray(start, breaks ? start + state.breakOff.afterBytes : undefined)
    await pipeline(pieces(part), response, { end: !breaks })
    if (breaks) response.destroy()
  }

  async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
    const piece = 256 * 1024
    for (let at = 0; at < bytes.length; at += piece) {
      const part = bytes.subarray(at, at + piece)
      state.sent += part.length
      yield part
      if (state.bytesPerSecond !== undefined) await pause((part.length / state.bytesPerSecond) * 1000)
    }
  }

  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.close()
      server.closeAllConnections()
    },
  })
}
