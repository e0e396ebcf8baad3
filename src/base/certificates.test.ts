import { once } from 'node:events'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createAuthority, issueCertificate } from './certificates.js'

const get = (port: number, ca: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', ca, agent: false }, response => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })

describe('certificates', () => {
  it('are accepted by a TLS client that trusts their authority, and by no other', async () => {
    const authority = await createAuthority('ours', Date.now())
    const stranger = await createAuthority('stranger', Date.now())
    const pair = await issueCertificate(
      authority,
      { commonName: 'server', hosts: ['localhost', '127.0.0.1'] },
      Date.now(),
    )
    const server = createServer(pair, (_request, response) => response.end('yes')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    try {
      expect(await get(port, authority.cert)).toBe(200)
      await expect(get(port, stranger.cert)).rejects.toThrow(/certificate|issuer/)
    } finally {
      server.close()
    }
  })

  it('are refused for a host they do not name', async () => {
    const authority = await createAuthority('ours', Date.now())
    const pair = await issueCertificate(authority, { commonName: 'server', hosts: ['example.test'] }, Date.now())
    const server = createServer(pair, (_request, response) => response.end('yes')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      await expect(get((server.address() as AddressInfo).port, authority.cert)).rejects.toThrow(/IP|altnames/)
    } finally {
      server.close()
    }
  })
})
