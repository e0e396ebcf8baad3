import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { aCall, call, clientFor, fastClock } from '../../../test/support/redfish-client.js'
import {
  failure,
  type RedfishServer,
  type RedfishServerOptions,
  reply,
  replyError,
  startRedfishServer,
} from '../../../test/support/redfish-server.js'
import type { RedfishClient, RedfishClientOptions } from './client.js'

const sessions = '/redfish/v1/SessionService/Sessions'
const root = {
  '@odata.id': '/redfish/v1',
  Systems: { '@odata.id': '/redfish/v1/Systems' },
  Links: { Sessions: { '@odata.id': sessions } },
}
const thing = '/redfish/v1/Thing'

let server: RedfishServer
let client: RedfishClient
const start = async (options: RedfishServerOptions = {}, clientOptions: Partial<RedfishClientOptions> = {}) => {
  server = await startRedfishServer({
    ...options,
    resources: { '/redfish/v1': root, [thing]: { '@odata.id': thing, Name: 'thing' }, ...options.resources },
  })
  client = await clientFor(server, clientOptions)
}
afterEach(async () => {
  await client.close()
  await server.stop()
})
const sent = (method: string, path?: string) =>
  server.requests.filter(one => one.method === method && (path === undefined || one.path === path))

describe('a session', () => {
  it('is opened once for all that ask at the same time, and carries all their requests', async () => {
    await start()
    await Promise.all([client.get(thing, call), client.get(thing, call), client.get(thing, call)])
    await client.get(thing, call)
    expect(sent('POST', sessions)).toHaveLength(1)
    expect(sent('GET', thing).map(one => one.headers['x-auth-token'])).toEqual(Array(4).fill([...server.sessions][0]))
    expect(sent('GET', thing).every(one => one.headers.authorization === undefined)).toBe(true)
  })

  it('is opened where the service root says, which is read without a login', async () => {
    const elsewhere = '/redfish/v1/Elsewhere/Sessions'
    await start({ resources: { '/redfish/v1': { ...root, Links: { Sessions: { '@odata.id': elsewhere } } } } })
    server.on('POST', elsewhere, (_request, response) => {
      server.sessions.add('abcd')
      return reply(201, {}, { 'X-Auth-Token': 'abcd', Location: `${elsewhere}/1` })(
        _request,
        response,
        response.socket!,
      )
    })
    await client.get(thing, call)
    expect(sent('POST', elsewhere)).toHaveLength(1)
    expect(server.requests[0]?.headers['x-auth-token']).toBeUndefined()
    await client.close()
    expect(sent('DELETE')[0]?.path).toBe(`${elsewhere}/1`)
  })

  it('is opened at the usual place when even the root asks for a login', async () => {
    await start()
    server.on('GET', '/redfish/v1', replyError(401, 'NoValidSession'), 1)
    await client.get(thing, call)
    expect(sent('POST', sessions)).toHaveLength(1)
  })

  it('is closed at the end, and opened again by whoever goes on afterwards', async () => {
    await start()
    await client.get(thing, call)
    await client.close()
    expect(server.sessions.size).toBe(0)
    await client.get(thing, call)
    expect(sent('POST', sessions)).toHaveLength(2)
  })

  it('is closed by its path when the service names itself by an address that we do not use', async () => {
    await start()
    server.on('POST', sessions, (_request, response, socket) => {
      server.sessions.add('abcd')
      return reply(201, {}, { 'X-Auth-Token': 'abcd', Location: `https://10.0.0.1${sessions}/abcd` })(
        _request,
        response,
        socket,
      )
    })
    await client.get(thing, call)
    await client.close()
    expect(sent('DELETE', `${sessions}/abcd`)).toHaveLength(1)
    expect(server.sessions.size).toBe(0)
  })

  it('that the service has dropped is opened again once, and the request repeated, also a write', async () => {
    await start()
    await client.get(thing, call)
    server.sessions.clear()
    await client.patch(thing, { Name: 'other' }, call)
    expect(sent('POST', sessions)).toHaveLength(2)
    expect(sent('PATCH')).toHaveLength(2)
    expect(server.resources.get(thing)).toMatchObject({ Name: 'other' })
  })

  it('that is refused right after a good login is a matter of privileges, not of the password', async () => {
    await start()
    server.on('GET', thing, replyError(401, 'InsufficientPrivilege'))
    await expect(client.get(thing, call)).rejects.toMatchObject({ code: 'BMCForbidden' })
    expect(sent('GET', thing)).toHaveLength(2)
  })

  it('is not lost when the one who asked for it gives up during the login', async () => {
    await start()
    let answer: () => void = () => undefined
    server.on('POST', sessions, async (request, response, socket) => {
      await new Promise<void>(resolve => (answer = resolve))
      server.sessions.add('abcd')
      return reply(201, {}, { 'X-Auth-Token': 'abcd', Location: `${sessions}/abcd` })(request, response, socket)
    })
    const mine = aCall()
    const reading = client.get(thing, mine.call)
    await expect.poll(() => sent('POST', sessions).length).toBe(1)
    mine.abort()
    await expect(reading).rejects.toMatchObject({ code: 'Cancelled' })
    const closing = client.close()
    answer()
    await closing
    expect(server.sessions.size).toBe(0)
  })

  it('that cannot be closed does not keep anybody from ending', async () => {
    await start()
    await client.get(thing, call)
    server.on('DELETE', /Sessions/, replyError(500, 'InternalError'))
    await expect(client.close()).resolves.toBeUndefined()
  })
})

describe('a refused login', () => {
  const wrong = { access: { username: 'admin', password: 'battery staple', trust: { kind: 'insecure' } } } as const

  it('is tried once and never again with this password', async () => {
    await start({}, wrong)
    await expect(client.get(thing, call)).rejects.toMatchObject({ code: 'BMCLoginRefused', kind: 'input' })
    await expect(client.get(thing, call)).rejects.toMatchObject({ code: 'BMCLoginRefused' })
    await expect(client.patch(thing, {}, call)).rejects.toMatchObject({ code: 'BMCLoginRefused' })
    expect(sent('POST', sessions)).toHaveLength(1)
    expect(sent('GET', thing)).toHaveLength(0)
  })

  it.each([
    ['401 without a body', reply(401)],
    ['403', replyError(403, 'InsufficientPrivilege')],
    ['400 with a message of iLO', replyError(400, { MessageId: 'iLO.2.14.UnauthorizedLoginAttempt' })],
  ])('by %s does not fall back to Basic, which would be a second try', async (_how, refusal) => {
    await start()
    server.on('POST', sessions, refusal)
    await expect(client.get(thing, call)).rejects.toMatchObject({ code: 'BMCLoginRefused' })
    await expect(client.get(thing, call)).rejects.toMatchObject({ code: 'BMCLoginRefused' })
    expect(sent('POST', sessions)).toHaveLength(1)
    expect(server.requests.every(one => one.headers.authorization === undefined)).toBe(true)
  })

  it('never shows user or password in error, trace or log', async () => {
    const lines: string[] = []
    const log = {
      debug: (fields: object, message: string) => lines.push(JSON.stringify(fields) + message),
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
      child: () => log,
    }
    await start({}, { ...wrong, log, onExchange: exchange => lines.push(JSON.stringify(exchange)) })
    const error: unknown = await client.get(thing, call).catch((reason: unknown) => reason)
    const { inspect } = await import('node:util')
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('battery staple')
    expect(lines.join('\n')).not.toContain('battery')
    expect(lines.length).toBeGreaterThan(0)
  })
})

describe('a login that a service quotes', () => {
  it('loses its password, wherever the quotation stands', async () => {
    await start({}, { access: { username: 'admin', password: 'hunter2', trust: { kind: 'insecure' } } })
    const words = { MessageId: 'X', Message: 'hunter2 is not the password of admin', MessageArgs: ['hunter2'] }
    server.on('POST', sessions, replyError(401, words))
    const refusal: unknown = await client.get(thing, call).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'BMCLoginRefused', seen: expect.stringContaining('[hidden] is not the') })
    expect(inspect(refusal, { depth: 9 })).not.toContain('hunter2')
  })
})

describe('a login that is neither taken nor refused', () => {
  it('falls back to Basic where the service has no sessions (404, 405, 501), and never asks for one again', async () => {
    for (const status of [404, 405, 501]) {
      await start({ login: 'basic' })
      server.on('POST', sessions, reply(status))
      await client.get(thing, call)
      await client.get(thing, call)
      expect(sent('POST', sessions)).toHaveLength(1)
      expect(sent('GET', thing)[0]?.headers.authorization).toMatch(/^Basic /)
      await client.close()
      expect(sent('DELETE')).toHaveLength(0)
      if (status !== 501) await server.stop()
    }
  })

  it('with Basic refused is a refused login, tried once', async () => {
    await start({ login: 'basic', password: 'another' })
    await expect(client.get(thing, call)).rejects.toMatchObject({ code: 'BMCLoginRefused' })
    await expect(client.get(thing, call)).rejects.toMatchObject({ code: 'BMCLoginRefused' })
    expect(sent('GET', thing)).toHaveLength(1)
  })

  it('with Basic accepted stays good when one resource answers 401: that one is closed to the account', async () => {
    await start({ login: 'basic' })
    server.on('POST', sessions, reply(405))
    await client.get(thing, call)
    server.resources.set('/redfish/v1/Closed', { Id: 'Closed' })
    server.on('GET', '/redfish/v1/Closed', reply(401))
    await expect(client.get('/redfish/v1/Closed', call)).rejects.toMatchObject({ code: 'BMCForbidden' })
    expect((await client.get(thing, call)).path).toBe(thing)
  })

  const full = replyError(503, { MessageId: 'IDRAC.2.8.RAC0218', Message: 'All sessions are in use.' })

  it('because all sessions are taken waits for one to become free', async () => {
    await start({}, { clock: fastClock })
    server.on('POST', sessions, full, 2)
    await client.get(thing, call)
    expect(sent('POST', sessions)).toHaveLength(3)
    expect(client.sessionLimitMet).toBe(true)
  })

  it('because all sessions stay taken says so, is not taken for a refusal, and can be tried again', async () => {
    await start({}, { clock: fastClock })
    const free = server.on('POST', sessions, full)
    await expect(client.get(thing, call)).rejects.toMatchObject({ code: 'BMCSessionLimit', kind: 'transient' })
    expect(sent('POST', sessions)).toHaveLength(4)
    free()
    await client.get(thing, call)
  })

  it('because all sessions are taken leaves a long wait to the caller', async () => {
    await start({}, { clock: fastClock })
    server.on('POST', sessions, reply(503, failure({ MessageId: 'IDRAC.2.8.RAC0218' }), { 'Retry-After': '900' }))
    await expect(client.get(thing, call)).rejects.toMatchObject({ code: 'BMCSessionLimit', retryAfterMs: 900_000 })
    expect(sent('POST', sessions)).toHaveLength(1)
  })

  it('because all sessions are taken ends those of ours whose logout was not answered', async () => {
    await start({}, { clock: fastClock })
    await client.get(thing, call)
    const deaf = server.on('DELETE', /Sessions/, (_request, _response, socket) => void socket.destroy())
    await client.close()
    expect(server.sessions.size).toBe(1)
    deaf()
    server.on('POST', sessions, (...args) => (server.sessions.size > 0 ? full(...args) : undefined), 1)
    await client.get(thing, call)
    // The old one is gone, by its own token, and only the new one is open.
    expect(sent('DELETE')).toHaveLength(2)
    expect(server.sessions.size).toBe(1)
    await client.close()
    expect(server.sessions.size).toBe(0)
  })

  it('because the connection broke does not fall back to Basic', async () => {
    await start()
    server.on('POST', sessions, (_request, _response, socket) => void socket.destroy(), 1)
    await expect(client.get(thing, call)).rejects.toMatchObject({ code: 'BMCConnectionLost' })
    expect(server.requests.every(one => one.headers.authorization === undefined)).toBe(true)
  })

  it('because the password has run out names that, and sends nothing else', async () => {
    await start()
    server.on('POST', sessions, reply(201, failure('PasswordChangeRequired'), { 'X-Auth-Token': 'abcd' }))
    await expect(client.get(thing, call)).rejects.toMatchObject({
      code: 'BMCForbidden',
      message: expect.stringContaining('PasswordChangeRequired'),
    })
    expect(sent('GET', thing)).toHaveLength(0)
  })

  it('without a token in the answer makes no sense, and says so', async () => {
    await start()
    server.on('POST', sessions, reply(201, {}))
    await expect(client.get(thing, call)).rejects.toMatchObject({ code: 'BMCProtocol' })
  })
})
