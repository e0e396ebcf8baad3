import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../test/support/manual-clock.js'
import { type Clock, systemClock } from '../../base/clock.js'
import { download, type DownloadOptions } from './download.js'

const file = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))

type Handler = (request: IncomingMessage, response: ServerResponse) => void
let handle: Handler
let asked: { path: string; range: string | undefined; authorization: string | undefined }[]
let server: ReturnType<typeof createServer>
let url: string

beforeEach(async () => {
  asked = []
  server = createServer((request, response) => {
    const { range, authorization } = request.headers
    asked.push({ path: request.url ?? '', range, authorization })
    handle(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/** Nobody waits for the pauses between tries. */
const hasty: Clock = { now: () => systemClock.now(), after: (_ms, run) => systemClock.after(1, run) }

const fetched = async (path: string, more: Partial<DownloadOptions> = {}): Promise<Buffer> => {
  const { chunks } = await download(url + path, {
    trust: 'anybody',
    clock: hasty,
    signal: new AbortController().signal,
    ...more,
  })
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

const startOf = (request: IncomingMessage): number =>
  Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)

/** Serves the file with ranges; the first `breaks` answers end after 100 000 bytes. */
const withRanges = (breaks: number, etag = '"1"'): Handler => {
  let left = breaks
  return (request, response) => {
    const start = startOf(request)
    response.writeHead(start === 0 ? 200 : 206, {
      etag,
      'content-length': file.length - start,
      ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` }),
    })
    if (left-- > 0) response.write(file.subarray(start, start + 100_000), () => response.destroy())
    else response.end(file.subarray(start))
  }
}

describe('a download', () => {
  it('goes on where a broken connection ended', async () => {
    handle = withRanges(2)
    const resumed: number[] = []
    expect(await fetched('/a', { onResume: position => resumed.push(position) })).toEqual(file)
    expect(asked.map(({ range }) => range)).toEqual([undefined, ...resumed.map(position => `bytes=${position}-`)])
    expect(resumed).toHaveLength(2)
  })

  it('reads on from a server without ranges by throwing away what it knows', async () => {
    let answers = 0
    handle = (_request, response) => {
      response.writeHead(200, { 'content-length': file.length })
      if (answers++ === 0) response.write(file.subarray(0, 123_456), () => response.destroy())
      else response.end(file)
    }
    expect(await fetched('/a')).toEqual(file)
    expect(answers).toBe(2)
  })

  it('never glues two files together', async () => {
    let answers = 0
    handle = (request, response) => withRanges(answers++ === 0 ? 1 : 0, `"${answers}"`)(request, response)
    await expect(fetched('/a')).rejects.toMatchObject({
      code: 'ImageMissing',
      seen: 'it was replaced while it was fetched',
    })
  })

  it('tries again when the server is busy, and fails at once when the file is not there', async () => {
    let answers = 0
    handle = (_request, response) => {
      if (answers++ < 2) response.writeHead(503).end()
      else response.writeHead(404).end()
    }
    await expect(fetched('/gone?signature=secret')).rejects.toMatchObject({
      code: 'ImageMissing',
      about: `${url}/gone`,
      seen: 'it answered 404',
    })
    expect(answers).toBe(3)
  })

  it('gives up when nothing arrives for as long as its patience', async () => {
    handle = (_request, response) => response.writeHead(502).end()
    const clock = new ManualClock()
    const failing = fetched('/a', { clock, patienceMs: 60_000 }).catch((error: unknown) => error)
    for (let turn = 0; turn < 200; turn++) {
      await clock.advance(1_000)
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    expect(await failing).toMatchObject({ code: 'ImageMissing', seen: 'it answered 502' })
  })

  it('follows redirects, and shows its token to the first server only', async () => {
    handle = (request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end()
      else response.end(file)
    }
    expect(await fetched('/a', { token: 'secret' })).toEqual(file)
    expect(asked.map(({ path, authorization }) => [path, authorization])).toEqual([
      ['/a', 'Bearer secret'],
      ['/b', undefined],
    ])
  })

  it('does not follow redirects for ever, nor to other protocols', async () => {
    handle = (_request, response) => response.writeHead(301, { location: '/a' }).end()
    await expect(fetched('/a')).rejects.toMatchObject({ code: 'ImageMissing' })
    handle = (_request, response) => response.writeHead(301, { location: 'file:///etc/shadow' }).end()
    await expect(fetched('/a')).rejects.toMatchObject({ seen: expect.stringContaining('file:') })
  })

  it('ends with its signal', async () => {
    handle = (_request, response) => void response.writeHead(200, { 'content-length': 10 }).write('12345')
    const abort = new AbortController()
    const reading = fetched('/a', { signal: abort.signal })
    setTimeout(() => abort.abort(), 50)
    await expect(reading).rejects.toThrow()
  })
})
