import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.js'
import { createAuthority } from '../base/certificates.js'
import { systemClock } from '../base/clock.js'
import { Metrics } from '../base/metrics.js'
import { type ApiAccess, directApiAccess } from './api-access.js'
import { TestApiServer, widget } from './testing/api-server.js'
import { statusBody } from './testing/request.js'
import { eventually } from './testing/eventually.js'
import { type Call, type Transport, type TransportOptions, createTransport } from './transport.js'

const collection = '/apis/test.example/v1/widgets'
const path = '/apis/test.example/v1/namespaces/default/widgets/a'
const get: Call = { method: 'GET', path, about: 'Widget default/a' }

let server: TestApiServer
const opened: Transport[] = []

const transportTo = (access: ApiAccess, options: Partial<TransportOptions> = {}): Transport => {
  const transport = createTransport(access, { clock: systemClock, ...options })
  opened.push(transport)
  return transport
}

beforeEach(async () => {
  server = await TestApiServer.start()
  server.storage.put(collection, widget('a'))
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map(transport => transport.close()))
  await server.stop()
})

describe('the transport', () => {
  it('keeps its connections between calls', async () => {
    const transport = transportTo(server.access())
    for (let call = 0; call < 20; call++) expect((await transport.call(get)).status).toBe(200)
    expect(server.connections).toBeLessThanOrEqual(2)
  })

  it('asks for fresh credentials with each request', async () => {
    let token = 'old'
    const access = { ...server.access(), authorize: async () => ({ authorization: `Bearer ${token}` }) }
    const transport = transportTo(access)
    expect((await transport.call(get)).status).toBe(401)
    token = server.token
    expect((await transport.call(get)).status).toBe(200)
  })

  it.each(['POST', 'GET'] as const)(
    'repeats a %s that was answered with 429, after the pause asked for',
    async method => {
      server.answerWith(
        2,
        () => true,
        response => response.writeHead(429, { 'retry-after': '7' }).end(statusBody(429, 'TooManyRequests', 'later')),
      )
      const clock = new ManualClock()
      const transport = transportTo(server.access(), { clock })
      const body = method === 'POST' ? { body: widget('b') } : {}
      const answer = transport.call({ ...get, method, path: method === 'POST' ? path.slice(0, -2) : path, ...body })
      await eventually(() => server.requests.length).toBe(1)
      await clock.advance(6900)
      expect(server.requests).toHaveLength(1)
      await eventually(() => clock.advance(100).then(() => server.requests.length)).toBe(2)
      await eventually(() => clock.advance(1000).then(() => server.requests.length)).toBe(3)
      expect((await answer).status).toBe(method === 'POST' ? 201 : 200)
    },
  )

  it('gives the 429 back when the pause asked for is longer than the call may last', async () => {
    server.answerWith(
      1,
      () => true,
      response => response.writeHead(429, { 'retry-after': '60' }).end(),
    )
    expect(await transportTo(server.access()).call(get)).toMatchObject({ status: 429, retryAfterMs: 60_000 })
    expect(server.requests).toHaveLength(1)
  })

  it('repeats a 503 only when nothing can have happened: GET with Retry-After', async () => {
    const busy = (header: Record<string, string>) =>
      server.answerWith(
        1,
        () => true,
        response => response.writeHead(503, header).end(),
      )
    const transport = transportTo(server.access())
    busy({ 'retry-after': '0' })
    expect((await transport.call(get)).status).toBe(200)
    busy({ 'retry-after': '0' })
    expect((await transport.call({ ...get, method: 'PUT', body: {} })).status).toBe(503)
    busy({})
    expect((await transport.call(get)).status).toBe(503)
  })

  it('gives up on a server that only ever says 429', async () => {
    server.answerWith(
      Infinity,
      () => true,
      response => response.writeHead(429, { 'retry-after': '0' }).end(),
    )
    expect((await transportTo(server.access()).call(get)).status).toBe(429)
    expect(server.requests).toHaveLength(10)
  })

  it.each([
    ['never answers', () => undefined],
    [
      'stops in the middle of the body',
      (response: { writeHead(code: number): { write(text: string): unknown } }) => response.writeHead(200).write('{"a'),
    ],
  ])('ends a call at its deadline when the server %s', async (_name, answer) => {
    server.answerWith(1, () => true, answer)
    const transport = transportTo(server.access(), { deadlineMs: 150 })
    await expect(transport.call(get)).rejects.toMatchObject({
      code: 'KubernetesUnreachable',
      seen: 'no answer within 150 ms',
    })
  })

  it('ends a call at its deadline when the body drips', async () => {
    server.answerWith(
      1,
      () => true,
      response => {
        response.writeHead(200)
        const drip = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(drip))
      },
    )
    const transport = transportTo(server.access(), { deadlineMs: 200 })
    await expect(transport.call(get)).rejects.toMatchObject({ code: 'KubernetesUnreachable' })
  })

  it('ends a call at its deadline when the credentials do not come', async () => {
    const access = { ...server.access(), authorize: () => new Promise<Record<string, string>>(() => undefined) }
    const transport = transportTo(access, { deadlineMs: 100 })
    await expect(transport.call(get)).rejects.toMatchObject({ code: 'KubernetesUnreachable' })
    expect(server.requests).toEqual([])
  })

  it('tells the caller’s abort from the caller’s deadline', async () => {
    server.answerWith(
      2,
      () => true,
      () => undefined,
    )
    const transport = transportTo(server.access())
    const abort = new AbortController()
    const call = transport.call({ ...get, signal: abort.signal })
    await eventually(() => server.requests.length).toBe(1)
    abort.abort()
    await expect(call).rejects.toMatchObject({ code: 'Cancelled', about: 'Widget default/a' })
    const late = transport.call({ ...get, signal: AbortSignal.timeout(50) })
    await expect(late).rejects.toMatchObject({ code: 'DeadlineExceeded' })
  })

  it('holds a stream open beyond the deadline of calls', async () => {
    const transport = transportTo(server.access(), { deadlineMs: 800 })
    const stream = await transport.stream({ ...get, path: collection, query: { watch: 'true', resourceVersion: '0' } })
    setTimeout(() => server.storage.put(collection, widget('late')), 1000)
    const names: string[] = []
    for await (const line of stream.lines ?? []) {
      names.push((JSON.parse(line) as { object: { metadata: { name: string } } }).object.metadata.name)
      if (names.length === 2) break
    }
    expect(names).toEqual(['a', 'late'])
  })

  it('ends a stream at the deadline when its head does not come', async () => {
    server.answerWith(
      1,
      () => true,
      () => undefined,
    )
    const transport = transportTo(server.access(), { deadlineMs: 100 })
    await expect(transport.stream(get)).rejects.toMatchObject({ code: 'KubernetesUnreachable' })
  })

  it('says that it does not trust the certificate, rather than that nobody answers', async () => {
    const stranger = await createAuthority('stranger', Date.now())
    const refused = transportTo(directApiAccess({ server: server.url, ca: stranger.cert }))
    await expect(refused.call(get)).rejects.toMatchObject({ code: 'KubernetesCertificateRefused', about: server.url })
    const misnamed = transportTo(directApiAccess({ server: server.url, ca: server.ca, servername: 'else.test' }))
    await expect(misnamed.call(get)).rejects.toMatchObject({ code: 'KubernetesCertificateRefused' })
    expect(server.requests).toEqual([])
  })

  it('trusts anything when it is told to', async () => {
    const access = directApiAccess({ server: server.url, insecure: true, token: server.token })
    expect((await transportTo(access).call(get)).status).toBe(200)
  })

  it('says that nobody answers', async () => {
    const placeholder = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => placeholder.once('listening', resolve))
    const { port } = placeholder.address() as { port: number }
    await new Promise(resolve => placeholder.close(resolve))
    const transport = transportTo(directApiAccess({ server: `https://127.0.0.1:${port}` }))
    await expect(transport.call(get)).rejects.toMatchObject({
      code: 'KubernetesUnreachable',
      seen: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('never puts the token into an error', async () => {
    server.answerWith(
      1,
      () => true,
      response => response.destroy(),
    )
    const error: unknown = await transportTo(server.access())
      .call(get)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'KubernetesUnreachable' })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(server.token)
  })

  it('breaks what is under way when it is closed', async () => {
    server.answerWith(
      1,
      () => true,
      () => undefined,
    )
    const transport = transportTo(server.access())
    const call = transport.call(get)
    await eventually(() => server.requests.length).toBe(1)
    await Promise.all([transport.close(), expect(call).rejects.toMatchObject({ code: 'Cancelled' })])
  })

  it('counts requests under the name of client-go', async () => {
    const metrics = new Metrics()
    const transport = transportTo(server.access(), { metrics })
    await transport.call(get)
    server.answerWith(
      1,
      () => true,
      response => response.destroy(),
    )
    await transport.call(get).catch(() => undefined)
    const host = new URL(server.url).host
    const text = await metrics.render()
    expect(text).toContain(`rest_client_requests_total{code="200",method="GET",host="${host}"} 1`)
    expect(text).toContain(`rest_client_requests_total{code="<error>",method="GET",host="${host}"} 1`)
  })
})
