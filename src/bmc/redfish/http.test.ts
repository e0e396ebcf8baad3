import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { aCall, call, clientFor } from '../../../test/support/redfish-client.js'
import {
  type RedfishServer,
  type RedfishServerOptions,
  reply,
  replyError,
  startRedfishServer,
} from '../../../test/support/redfish-server.js'
import type { BmcExchange } from '../model.js'
import type { RedfishClient, RedfishClientOptions } from './client.js'

const root = { '@odata.id': '/redfish/v1', Systems: { '@odata.id': '/redfish/v1/Systems' } }
const thing = '/redfish/v1/Thing'

const stops: (() => Promise<void>)[] = []
const start = async (options: RedfishServerOptions = {}, clientOptions: Partial<RedfishClientOptions> = {}) => {
  const server = await startRedfishServer({
    login: 'none',
    ...options,
    resources: { '/redfish/v1': root, [thing]: { '@odata.id': thing, Name: 'thing' }, ...options.resources },
  })
  const client = await clientFor(server, clientOptions)
  stops.push(
    () => server.stop(),
    () => client.close(),
  )
  await client.get(thing, call)
  server.requests.length = 0
  return { server, client }
}
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
const paths = (server: RedfishServer) => server.requests.map(one => `${one.method} ${one.path}`)
const read = (client: RedfishClient) => client.get(thing, call)

describe('a read', () => {
  it('asks for JSON in the plain, in the version of OData that old services insist on', async () => {
    const { server, client } = await start()
    await read(client)
    expect(server.requests[0]?.headers).toMatchObject({
      accept: 'application/json',
      'accept-encoding': 'identity',
      'odata-version': '4.0',
    })
  })

  it('takes what a service holds in compressed form only', async () => {
    const { server, client } = await start()
    server.on('GET', thing, (request, response) => {
      if (request.headers['accept-encoding'] === 'identity') return void response.writeHead(406).end()
      response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': 'application/json' })
      response.end(gzipSync('{"Name":"packed"}'))
    })
    expect((await read(client)).body).toEqual({ Name: 'packed' })
    expect(server.requests.map(one => one.headers['accept-encoding'])).toEqual(['identity', 'gzip'])
  })

  it('takes a gzip file that is sent as it is, but not one that is broken or would grow beyond the limit', async () => {
    const { server, client } = await start({}, { limits: { maxBytes: 10_000 } })
    const sends = (data: Buffer) => server.on('GET', thing, (_request, response) => void response.end(data))
    sends(gzipSync('{"Name":"packed"}'))
    expect((await read(client)).body).toEqual({ Name: 'packed' })
    sends(gzipSync('{"Name":"packed"}').subarray(0, 20))
    await expect(read(client)).rejects.toMatchObject({ code: 'BMCProtocol' })
    sends(gzipSync(JSON.stringify({ Name: 'x'.repeat(100_000) })))
    await expect(read(client)).rejects.toMatchObject({ code: 'BMCProtocol' })
  })

  it('follows redirects on the same server with the login', async () => {
    const { server, client } = await start({ login: 'session', resources: { '/redfish/v1/There': { Name: 'there' } } })
    server.on(
      'GET',
      thing,
      (_request, response) => void response.writeHead(308, { Location: '/redfish/v1/There' }).end(),
    )
    expect((await read(client)).body).toEqual({ Name: 'there' })
    expect(server.requests[1]?.headers['x-auth-token']).toBeDefined()
  })

  it('never follows a redirect to another server, which would get the login', async () => {
    const { server: other } = await start()
    const { server, client } = await start({ login: 'session' })
    server.on(
      'GET',
      thing,
      (_request, response) => void response.writeHead(307, { Location: `${other.origin}${thing}` }).end(),
    )
    await expect(read(client)).rejects.toMatchObject({ code: 'BMCProtocol' })
    expect(other.requests).toEqual([])
  })

  it('that is sent round in a circle ends', async () => {
    const { server, client } = await start()
    server.on('GET', thing, (_request, response) => void response.writeHead(308, { Location: thing }).end())
    await expect(read(client)).rejects.toMatchObject({ code: 'BMCProtocol', seen: 'redirects in a circle' })
    expect(server.requests.length).toBeLessThan(6)
  })

  it.each(['https://evil.example/x', '//evil.example/x', 'http://127.0.0.1/x', '\\\\evil.example\\x'])(
    'never follows the link %s to another server',
    async link => {
      const { server, client } = await start()
      await expect(client.get(link, call)).rejects.toMatchObject({ code: 'BMCProtocol' })
      expect(server.requests).toEqual([])
    },
  )

  it('drops the fragment of a link, which is not for the server', async () => {
    const { server, client } = await start()
    await client.get(`${thing}#/Fans/0`, call)
    expect(paths(server)).toEqual([`GET ${thing}`])
  })

  it('of HTML sent with 200 says what came instead', async () => {
    const { server, client } = await start()
    server.on(
      'GET',
      thing,
      (_request, response) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>Log in</html>'),
    )
    await expect(read(client)).rejects.toMatchObject({
      code: 'BMCProtocol',
      seen: expect.stringMatching(/text\/html.*<html>/),
    })
  })

  it.each(['{"Name": ', '[1]', '"text"', ''])('of %j in place of an object is a fault of the service', async text => {
    const { server, client } = await start()
    server.on('GET', thing, reply(200, text))
    await expect(read(client)).rejects.toMatchObject({ code: 'BMCProtocol', kind: 'fault' })
  })

  it('of an error sent with 200 is what the error says', async () => {
    const { server, client } = await start()
    server.on('GET', thing, replyError(200, 'ResourceMissingAtURI'), 1)
    await expect(read(client)).rejects.toMatchObject({ code: 'BMCNotFound' })
    server.on('GET', thing, replyError(200, 'InternalError'), 1)
    await expect(read(client)).rejects.toMatchObject({ code: 'BMCRejected' })
  })

  it('takes a body with a byte order mark', async () => {
    const { server, client } = await start()
    server.on('GET', thing, reply(200, '\uFEFF{"Name":"marked"}'))
    expect((await read(client)).body).toEqual({ Name: 'marked' })
  })

  it('stops at a body larger than any resource', async () => {
    const { server, client } = await start({}, { limits: { maxBytes: 1000 } })
    server.on('GET', thing, reply(200, { Name: 'x'.repeat(5000) }))
    await expect(read(client)).rejects.toMatchObject({ code: 'BMCProtocol', seen: expect.stringMatching(/larger/) })
  })

  it('unpacks no more than that either', async () => {
    const { server, client } = await start({}, { limits: { maxBytes: 1000 } })
    server.on('GET', thing, (request, response) => {
      if (request.headers['accept-encoding'] === 'identity') return void response.writeHead(406).end()
      response
        .writeHead(200, { 'Content-Encoding': 'gzip' })
        .end(gzipSync(JSON.stringify({ Name: 'x'.repeat(100_000) })))
    })
    await expect(read(client)).rejects.toMatchObject({ code: 'BMCProtocol' })
  })
})

describe('time', () => {
  it('of a read is limited from the first byte to the last, also when bytes drip', async () => {
    const { server, client } = await start({}, { limits: { readTimeoutMs: 150 } })
    server.on('GET', thing, (_request, response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(drip))
    })
    await expect(read(client)).rejects.toMatchObject({ code: 'BMCTimeout', kind: 'transient' })
    expect(server.requests).toHaveLength(1)
  })

  it('of a write is limited too, and the write is not repeated', async () => {
    const { server, client } = await start({}, { limits: { writeTimeoutMs: 100 } })
    server.on('PATCH', thing, () => undefined)
    await expect(client.patch(thing, {}, call)).rejects.toMatchObject({ code: 'BMCTimeout' })
    expect(server.requests).toHaveLength(1)
  })

  it('ends at once when the caller gives up, and the connection is not used again', async () => {
    const { server, client } = await start()
    const stop = server.on('GET', thing, () => undefined)
    const mine = aCall()
    const reading = client.get(thing, mine.call)
    await expect.poll(() => server.requests.length).toBe(1)
    mine.abort()
    await expect(reading).rejects.toMatchObject({ code: 'Cancelled' })
    stop()
    expect((await read(client)).body).toMatchObject({ Name: 'thing' })
  })
})

describe('trying again', () => {
  it('is done once for a read on a connection that the BMC had dropped', async () => {
    const { server, client } = await start()
    server.on('GET', thing, (_request, _response, socket) => void socket.destroy(), 1)
    expect((await read(client)).body).toMatchObject({ Name: 'thing' })
    expect(server.requests).toHaveLength(2)
  })

  it('is done only once', async () => {
    const { server, client } = await start()
    server.on('GET', thing, (_request, _response, socket) => void socket.destroy())
    await expect(read(client)).rejects.toMatchObject({ code: 'BMCConnectionLost', kind: 'transient' })
    expect(server.requests).toHaveLength(2)
  })

  it('is done for half an answer', async () => {
    const { server, client } = await start()
    server.on(
      'GET',
      thing,
      (_request, response, socket) => {
        response.writeHead(200, { 'Content-Length': '1000' })
        response.write('{"Name"', () => socket.destroy())
      },
      1,
    )
    expect((await read(client)).body).toMatchObject({ Name: 'thing' })
  })

  it.each([429, 503])('is done twice for a read while the BMC says %i', async status => {
    const { server, client } = await start()
    server.on('GET', thing, reply(status, undefined, { 'Retry-After': '0' }), 2)
    expect((await read(client)).body).toMatchObject({ Name: 'thing' })
    expect(server.requests).toHaveLength(3)
  })

  it('waits as long as Retry-After says', async () => {
    const { server, client } = await start()
    server.on('GET', thing, reply(503, undefined, { 'Retry-After': '1' }), 1)
    const before = Date.now()
    await read(client)
    expect(Date.now() - before).toBeGreaterThanOrEqual(990)
  })

  it('is left to the caller when Retry-After is long', async () => {
    const { server, client } = await start()
    server.on('GET', thing, reply(503, undefined, { 'Retry-After': '120' }))
    await expect(read(client)).rejects.toMatchObject({ code: 'BMCBusy', retryAfterMs: 120_000 })
    expect(server.requests).toHaveLength(1)
  })

  it.each(['patch', 'post', 'action', 'remove'] as const)('is never done by itself for a %s', async verb => {
    const { server, client } = await start()
    const write = () => (verb === 'remove' ? client.remove(thing, call) : client[verb](thing, {}, call))
    for (const method of ['PATCH', 'POST', 'DELETE'])
      server.on(method, thing, reply(503, undefined, { 'Retry-After': '0' }))
    await expect(write()).rejects.toMatchObject({ code: 'BMCBusy' })
    expect(server.requests).toHaveLength(1)
    for (const method of ['PATCH', 'POST', 'DELETE'])
      server.on(method, thing, (_request, _response, socket) => void socket.destroy())
    await expect(write()).rejects.toMatchObject({ code: 'BMCConnectionLost' })
    expect(server.requests).toHaveLength(2)
  })
})

describe('a write', () => {
  it('says how long its body is, which some BMCs need, and keeps method and body over a redirect', async () => {
    const { server, client } = await start({ resources: { '/redfish/v1/There': {} } })
    server.on(
      'PATCH',
      thing,
      (_request, response) => void response.writeHead(308, { Location: '/redfish/v1/There' }).end(),
    )
    await client.patch(thing, { Name: 'a' }, call)
    expect(server.requests[1]).toMatchObject({ method: 'PATCH', path: '/redfish/v1/There', body: { Name: 'a' } })
    expect(server.requests[1]?.headers['content-length']).toBe('12')
    expect(server.requests[1]?.headers['transfer-encoding']).toBeUndefined()
  })

  it('is not carried over by a 302, which would turn it into a read', async () => {
    const { server, client } = await start()
    server.on('PATCH', thing, (_request, response) => void response.writeHead(302, { Location: '/redfish/v1' }).end())
    await expect(client.patch(thing, {}, call)).rejects.toMatchObject({ code: 'BMCRejected' })
    expect(server.requests).toHaveLength(1)
  })

  it('waits until the reads before it are done, and reads after it wait for it', async () => {
    const { server, client } = await start()
    let release: () => void = () => undefined
    const held = new Promise<void>(resolve => (release = resolve))
    server.on(
      'GET',
      thing,
      async (request, response, socket) => held.then(() => reply(200, {})(request, response, socket)),
      1,
    )
    const first = read(client)
    await expect.poll(() => server.requests.length).toBe(1)
    const write = client.patch(thing, {}, call)
    await new Promise(resolve => setTimeout(resolve, 20))
    const second = read(client)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(server.requests).toHaveLength(1)
    release()
    await Promise.all([first, write, second])
    expect(server.requests.map(one => one.method)).toEqual(['GET', 'PATCH', 'GET'])
  })
})

describe('the trace', () => {
  it('tells of every exchange its path, status, time and message, and nothing else', async () => {
    const seen: BmcExchange[] = []
    const { server, client } = await start({}, { onExchange: one => seen.push(one) })
    seen.length = 0
    await read(client)
    await client.tryGet('/redfish/v1/Nowhere', call)
    server.on('GET', thing, (_request, _response, socket) => void socket.destroy(), 1)
    await read(client)
    expect(seen.map(({ method, path, status, note }) => [method, path, status, note])).toEqual([
      ['GET', thing, 200, undefined],
      ['GET', '/redfish/v1/Nowhere', 404, 'ResourceMissingAtURI it says.'],
      ['GET', thing, undefined, 'BMCConnectionLost'],
      ['GET', thing, 200, undefined],
    ])
    expect(client.requests).toBeGreaterThanOrEqual(seen.length)
    expect(Object.keys(seen[0] ?? {}).sort()).toEqual(['method', 'milliseconds', 'note', 'path', 'status', 'time'])
  })
})

describe('plain http', () => {
  it('works where it was asked for', async () => {
    const { server, client } = await start({ tls: false })
    expect(server.origin).toMatch(/^http:/)
    expect((await read(client)).body).toMatchObject({ Name: 'thing' })
  })
})
