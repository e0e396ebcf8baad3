import { once } from 'node:events'
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https'
import { request as httpRequest } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { createAuthority, issueCertificate, type KeyPair } from '../base/certificates.js'
import { KatametalError } from '../base/errors.js'
import type { BmcTrust } from './model.js'
import { ConnectFailure, createBmcAgents, normalisedFingerprint } from './trust.js'
import { X509Certificate } from 'node:crypto'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

interface Seen {
  requests: number
  servername: string | false | undefined
  closed: number
}

const server = async (pair: KeyPair) => {
  const seen: Seen = { requests: 0, servername: undefined, closed: 0 }
  const https = createHttpsServer(pair, (_request, response) => {
    seen.requests++
    response.end('{}')
  })
  https.on('secureConnection', (socket: TLSSocket) => {
    seen.servername = socket.servername as string | false | undefined
  })
  https.on('connection', (socket: Socket) => socket.on('close', () => seen.closed++))
  https.listen(0, '127.0.0.1')
  await once(https, 'listening')
  stops.push(() => {
    https.closeAllConnections()
    https.close()
  })
  return { port: (https.address() as AddressInfo).port, seen }
}

const certificates = async (hosts = ['127.0.0.1', 'localhost']) => {
  const authority = await createAuthority('site', Date.now())
  const pair = await issueCertificate(authority, { commonName: 'bmc', hosts }, Date.now())
  const fingerprint = new X509Certificate(pair.cert).fingerprint256
  return { authority, pair, fingerprint }
}

const agents = (port: number, trust: BmcTrust | undefined, host = '127.0.0.1', connectTimeoutMs = 2000) => {
  const both = createBmcAgents({ host, port, trust, connectTimeoutMs, idleTimeoutMs: 1000 })
  stops.push(both.close)
  return both
}

const get = (port: number, trust: BmcTrust | undefined, host?: string, connectTimeoutMs?: number): Promise<number> => {
  const agent = agents(port, trust, host, connectTimeoutMs).reads
  const request = trust === undefined ? httpRequest : httpsRequest
  return new Promise((resolve, reject) => {
    request({ host: host ?? '127.0.0.1', port, agent }, response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

const failure = async (attempt: Promise<unknown>): Promise<KatametalError> => {
  const error = await attempt.then(
    () => new Error('it worked'),
    (reason: unknown) => reason,
  )
  if (error instanceof ConnectFailure) return error.error
  if (error instanceof KatametalError) return error
  throw error
}

describe('trust in a BMC', () => {
  it('by a bundle takes a certificate that the bundle has signed', async () => {
    const { authority, pair } = await certificates()
    const { port } = await server(pair)
    expect(await get(port, { kind: 'bundle', pem: authority.cert })).toBe(200)
  })

  it('by a bundle takes one of several authorities in it, with text around them', async () => {
    const { authority, pair } = await certificates()
    const other = await createAuthority('other', Date.now())
    const { port } = await server(pair)
    expect(await get(port, { kind: 'bundle', pem: `our CAs\n${other.cert}\n\n${authority.cert}\n` })).toBe(200)
  })

  it('by a bundle refuses what another authority has signed, and sends it nothing', async () => {
    const { pair } = await certificates()
    const other = await createAuthority('other', Date.now())
    const { port, seen } = await server(pair)
    expect((await failure(get(port, { kind: 'bundle', pem: other.cert }))).code).toBe('BMCCertificateRefused')
    expect(seen.requests).toBe(0)
  })

  it('by a bundle refuses a certificate for another host', async () => {
    const { authority, pair } = await certificates(['bmc.example'])
    const { port, seen } = await server(pair)
    const error = await failure(get(port, { kind: 'bundle', pem: authority.cert }))
    expect(error.code).toBe('BMCCertificateRefused')
    expect(error.seen).toMatch(/ALTNAME/)
    expect(seen.requests).toBe(0)
  })

  it('by a bundle refuses a certificate that has run out', async () => {
    const authority = await createAuthority('site', Date.now())
    const past = Date.now() - 800 * 86_400_000
    const pair = await issueCertificate(authority, { commonName: 'bmc', hosts: ['127.0.0.1'] }, past)
    const { port, seen } = await server(pair)
    expect((await failure(get(port, { kind: 'bundle', pem: authority.cert }))).seen).toMatch(/EXPIRED/)
    expect(seen.requests).toBe(0)
  })

  it('by the system refuses a self-made certificate and says which fingerprint it has, to be pinned', async () => {
    const { pair, fingerprint } = await certificates()
    const { port, seen } = await server(pair)
    const error = await failure(get(port, { kind: 'system' }))
    expect(error.code).toBe('BMCCertificateRefused')
    expect(error.message).toContain(normalisedFingerprint(fingerprint))
    expect(seen.requests).toBe(0)
  })

  it('by a fingerprint takes that certificate whoever signed it and whatever host it names', async () => {
    const { pair, fingerprint } = await certificates(['elsewhere.example'])
    const { port } = await server(pair)
    expect(await get(port, { kind: 'fingerprint', sha256: fingerprint })).toBe(200)
    expect(await get(port, { kind: 'fingerprint', sha256: normalisedFingerprint(fingerprint) })).toBe(200)
  })

  it('by a fingerprint refuses any other certificate before a request is sent', async () => {
    const { pair } = await certificates()
    const { fingerprint } = await certificates()
    const { port, seen } = await server(pair)
    const error = await failure(get(port, { kind: 'fingerprint', sha256: fingerprint }))
    expect(error.code).toBe('BMCCertificateRefused')
    expect(seen.requests).toBe(0)
    await expect.poll(() => seen.closed).toBeGreaterThan(0)
  })

  it('can be given up on purpose', async () => {
    const { pair } = await certificates(['elsewhere.example'])
    const { port } = await server(pair)
    expect(await get(port, { kind: 'insecure' })).toBe(200)
  })

  it.each(['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'by a bundle of %j is refused at once',
    pem => {
      expect(() => agents(1, { kind: 'bundle', pem })).toThrow(expect.objectContaining({ about: 'caBundle' }))
    },
  )
})

describe('a connection to a BMC', () => {
  it('tells the name of the host (SNI), but never an IP address', async () => {
    const { pair } = await certificates()
    const { port, seen } = await server(pair)
    await get(port, { kind: 'insecure' }, '127.0.0.1')
    expect(seen.servername).toBe(false)
    await get(port, { kind: 'insecure' }, 'localhost')
    expect(seen.servername).toBe('localhost')
  })

  it('to a port where nobody listens fails as unreachable', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    gone.close()
    expect(await failure(get(port, { kind: 'system' }))).toMatchObject({ code: 'BMCUnreachable', seen: 'ECONNREFUSED' })
    expect(await failure(get(port, undefined))).toMatchObject({ code: 'BMCUnreachable', seen: 'ECONNREFUSED' })
  })

  it('to a host that does not exist fails as unreachable', async () => {
    const error = await failure(get(443, { kind: 'system' }, 'bmc.invalid'))
    expect(error.code).toBe('BMCUnreachable')
  })

  it('that never gets through its handshake ends after the time allowed', async () => {
    const sockets: Socket[] = []
    const silent = createServer(socket => sockets.push(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    stops.push(() => {
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
    const { port } = silent.address() as AddressInfo
    const error = await failure(get(port, { kind: 'system' }, '127.0.0.1', 100))
    expect(error).toMatchObject({ code: 'BMCUnreachable', seen: 'no connection within 100 ms' })
  })

  it('over TLS to a server that speaks none says so', async () => {
    const plain = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1')
    await once(plain, 'listening')
    stops.push(() => plain.close())
    const error = await failure(get((plain.address() as AddressInfo).port, { kind: 'system' }))
    expect(error.code).toBe('BMCProtocol')
    expect(error.seen).toMatch(/no TLS/)
  })

  it('for reads is kept for the next one, and for writes never', async () => {
    const { pair } = await certificates()
    const { port, seen } = await server(pair)
    const both = agents(port, { kind: 'insecure' })
    const send = (agent: typeof both.reads) =>
      new Promise<boolean>((resolve, reject) => {
        const request = httpsRequest({ host: '127.0.0.1', port, agent }, response => {
          response.resume().on('end', () => setImmediate(() => resolve(request.reusedSocket)))
        })
        request.on('error', reject).end()
      })
    expect([await send(both.reads), await send(both.reads)]).toEqual([false, true])
    expect([await send(both.writes), await send(both.writes)]).toEqual([false, false])
    expect(seen.requests).toBe(4)
  })

  it('is closed when it was idle for long', async () => {
    const { pair } = await certificates()
    const { port, seen } = await server(pair)
    const both = createBmcAgents({
      host: '127.0.0.1',
      port,
      trust: { kind: 'insecure' },
      connectTimeoutMs: 1000,
      idleTimeoutMs: 50,
    })
    stops.push(both.close)
    await new Promise<void>((resolve, reject) => {
      httpsRequest({ host: '127.0.0.1', port, agent: both.reads }, response => response.resume().on('end', resolve))
        .on('error', reject)
        .end()
    })
    await expect.poll(() => seen.closed).toBe(1)
  })
})
