import { afterEach, describe, expect, it } from 'vitest'
import { biosTree, system } from '../../test/support/bios-service.js'
import { type RedfishServer, startRedfishServer } from '../../test/support/redfish-server.js'
import { systemClock } from '../base/clock.js'
import { silentLogger } from '../base/log.js'
import { createBmc } from './bmc.js'
import type { BmcAccess, BmcExchange } from './model.js'
import { createBmcCache } from './session-cache.js'
import { loadVendors } from './vendors.js'

const call = { signal: new AbortController().signal }
const vendors = await loadVendors()
const create = (address: string, access: BmcAccess, exchanges: BmcExchange[] = []) =>
  createBmc({
    address,
    access,
    clock: systemClock,
    log: silentLogger,
    vendors,
    onExchange: exchange => exchanges.push(exchange),
  })

let server: RedfishServer | undefined
afterEach(() => server?.stop())

const start = async () => {
  server = await startRedfishServer({
    username: 'operator',
    password: 'do-not-tell-me',
    resources: biosTree({
      '/redfish/v1/Systems': { Members: [{ '@odata.id': system }] },
      [system]: {
        '@odata.id': system,
        PowerState: 'On',
        BiosVersion: '1.2.3',
        Bios: { '@odata.id': `${system}/Bios` },
        Actions: { '#ComputerSystem.Reset': { target: `${system}/Actions/ComputerSystem.Reset` } },
      },
    }),
  })
  const access: BmcAccess = {
    username: 'operator',
    password: 'do-not-tell-me',
    trust: { kind: 'fingerprint', sha256: server.fingerprint },
  }
  return { server, access, address: `redfish-virtualmedia://${server.host}:${server.port}${system}` }
}

describe('a BMC behind an address', () => {
  it('is driven over Redfish when its scheme says so, and everything goes through one session', async () => {
    const { server, access, address } = await start()
    const exchanges: BmcExchange[] = []
    const bmc = create(address, access, exchanges)
    expect(exchanges).toEqual([])
    expect(await bmc.readPower(call)).toBe('On')
    await bmc.writeBios({ Vt: 'Enabled' }, call)
    expect((await bmc.readBios(call)).pending).toEqual({ Vt: 'Enabled' })
    expect(server.sessions.size).toBe(1)
    await bmc.close()
    expect(server.sessions.size).toBe(0)
    expect(JSON.stringify(exchanges)).not.toContain(access.password)
  })

  it('is driven by ipmitool when its scheme says so, and for a bare host', async () => {
    const access: BmcAccess = { username: 'a', password: 'far-too-long-for-any-ipmi', trust: { kind: 'system' } }
    for (const address of ['ipmi://127.0.0.1:1', '127.0.0.1:1']) {
      const bmc = create(address, access)
      await expect(bmc.readBios(call)).rejects.toMatchObject({
        code: 'BMCUnsupported',
        message: expect.stringContaining('IPMI'),
      })
      await bmc.close()
    }
  })

  it.each([
    ['telnet://192.0.2.1', 'BMCSchemeUnknown'],
    ['redfish://', 'BMCAddressInvalid'],
  ])('is refused at once when the address is %s', (address, code) => {
    const access: BmcAccess = { username: 'a', password: 'b', trust: { kind: 'system' } }
    expect(() => create(address, access)).toThrow(expect.objectContaining({ code }))
  })
})

describe('a real session in the cache', () => {
  const open = (address: string, access: BmcAccess) => create(address, access)

  it('is shared by uses that follow each other and logged out when the cache is closed', async () => {
    const { server, access, address } = await start()
    const cache = createBmcCache({ clock: systemClock, log: silentLogger, open })
    const use = () =>
      cache.withBmc({ address, secretVersion: '1' }, access, call.signal, (bmc, its) => bmc.readPower(its))
    await use()
    await use()
    const logins = server.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/Sessions'))
    expect(logins).toHaveLength(1)
    expect(server.sessions.size).toBe(1)
    await cache.close()
    expect(server.sessions.size).toBe(0)
  })

  it('is never asked for twice with a password that was refused', async () => {
    const { server, access, address } = await start()
    const cache = createBmcCache({ clock: systemClock, log: silentLogger, open })
    const wrong = { ...access, password: 'wrong' }
    const use = (secretVersion: string, its: BmcAccess) =>
      cache.withBmc({ address, secretVersion }, its, call.signal, (bmc, end) => bmc.readPower(end))
    for (let time = 0; time < 3; time++)
      await expect(use('1', wrong)).rejects.toMatchObject({ code: 'BMCLoginRefused' })
    const logins = () => server.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/Sessions'))
    expect(logins()).toHaveLength(1)
    expect(await use('2', access)).toBe('On')
    expect(logins()).toHaveLength(2)
    await cache.close()
  })
})
