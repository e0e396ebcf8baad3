import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ipmiSimInstalled, ipmiSimUser, isInstalled, startIpmiSim } from '../../../test/support/ipmi-sim.js'
import { machine } from '../../../test/support/redfish-machine.js'
import { replyError, startRedfishServer } from '../../../test/support/redfish-server.js'
import { systemClock } from '../../base/clock.js'
import { silentLogger } from '../../base/log.js'
import { createBmc } from '../bmc.js'
import type { BmcExchange } from '../model.js'
import { loadVendors } from '../vendors.js'
import { createIpmiBmc } from './driver.js'

const call = { signal: new AbortController().signal }

/** FRU storage (IPMI FRU 1.0): common header and one product area, each with its zero checksum. */
const fruWith = (fields: readonly string[]): Uint8Array => {
  const texts = fields.flatMap(field => [0xc0 | field.length, ...Buffer.from(field, 'latin1')])
  const body = [0x01, 0, 0x19, ...texts, 0xc1]
  while (body.length % 8 !== 7) body.push(0)
  body[1] = (body.length + 1) / 8
  const header = [0x01, 0, 0, 0, 1, 0, 0]
  const sealed = (bytes: number[]) => [...bytes, (256 - (bytes.reduce((sum, byte) => sum + byte, 0) % 256)) % 256]
  const all = new Uint8Array(256)
  all.set([...sealed(header), ...sealed(body)])
  return all
}

describe.skipIf(!ipmiSimInstalled())('a real BMC over RMCP+ (ipmi_sim and ipmitool)', () => {
  let simulator: Awaited<ReturnType<typeof startIpmiSim>>
  beforeAll(async () => {
    const fru = fruWith(['Example Systems', 'Model 1', 'PN-1', '1', 'SN-42'])
    const sensors = [
      { name: 'CPU1 Temp', type: 1, unit: 1, entity: 3, value: 42 },
      { name: 'FAN1', type: 4, unit: 18, entity: 29, factor: 100, value: 35 },
    ]
    const events = [
      [0xa0, 0x38, 0x6d, 0x68, 0x20, 0, 4, 1, 1, 1, 0x59, 0x60, 0x5a],
      [0, 0, 0, 0, 0x20, 0, 4, 0x10, 2, 0x6f, 2, 0xff, 0xff],
    ]
    simulator = await startIpmiSim({ fru, sensors, events })
  })
  afterAll(() => simulator.stop())

  const connect = (options: {
    password?: string
    username?: string
    port?: number
    suites?: Map<string, string>
    onExchange?: (e: BmcExchange) => void
  }) =>
    createIpmiBmc({
      address: { host: '127.0.0.1', port: options.port ?? simulator.port },
      access: { ...ipmiSimUser, ...options, trust: { kind: 'system' } },
      clock: systemClock,
      log: silentLogger,
      intervalMs: 0,
      ...(options.suites === undefined ? {} : { suites: options.suites }),
      ...(options.onExchange === undefined ? {} : { onExchange: options.onExchange }),
    })

  it('is identified on suite 3 after it refused 17, with what its FRU says', async () => {
    const exchanges: BmcExchange[] = []
    const bmc = connect({ onExchange: exchange => exchanges.push(exchange) })
    expect(await bmc.identify(call)).toMatchObject({
      manufacturer: 'Example Systems',
      model: 'Model 1',
      serialNumber: 'SN-42',
      firmwareVersion: '9.08',
    })
    expect(exchanges.slice(0, 2).map(({ path, status }) => [path, status])).toEqual([
      ['-v mc info', 1],
      ['-v mc info', 0],
    ])
    expect(exchanges[0]?.note).toMatch(/invalid authentication algorithm/)
    await bmc.close()
  })

  it('is switched on, restarted and off, and nothing is sent twice', async () => {
    const bmc = connect({})
    const before = (await simulator.sets()).length
    await bmc.setPower('On', call)
    expect(await bmc.readPower(call)).toBe('On')
    await bmc.setPower('On', call)
    await bmc.setPower('Restart', call)
    await bmc.setPower('GracefulOff', call)
    await bmc.setPower('ForceOff', call)
    expect(await bmc.readPower(call)).toBe('Off')
    await bmc.setPower('ForceOff', call)
    const sets = (await simulator.sets()).slice(before)
    expect(sets).toEqual(['set power 1', 'set reset 1', 'set shutdown 1', 'set power 0'])
    await bmc.close()
  })

  it('shows its sensors', async () => {
    const bmc = connect({})
    const { sensors, problems } = await bmc.readSensors(call)
    expect(problems).toEqual([])
    expect(sensors).toMatchObject([
      { name: 'CPU1 Temp', kind: 'Temperature', reading: 42, units: 'Cel', health: 'OK', context: 'CPU' },
      { name: 'FAN1', kind: 'Fan', reading: 3500, units: 'RPM', health: 'OK', context: 'Fan' },
    ])
    await bmc.close()
  })

  it('shows its event log, newest first, as many entries as are wanted', async () => {
    const bmc = connect({})
    const { entries, logs } = await bmc.readLogs({ limit: 10 }, call)
    expect(logs).toEqual(['SEL'])
    expect(entries.map(({ severity, message }) => [severity, message.split(',')[0]])).toEqual([
      ['OK', expect.stringMatching(/^Event Logging Disabled/)],
      ['Critical', 'Temperature CPU1 Temp'],
    ])
    expect((await bmc.readLogs({ limit: 1 }, call)).entries).toEqual(entries.slice(0, 1))
    expect((await bmc.readLogs({ limit: 9, log: 'Lclog' }, call)).entries).toEqual([])
    await bmc.close()
  })

  it('shows its users', async () => {
    const bmc = connect({})
    const users = await bmc.readUsers?.(call)
    expect(users).toEqual([{ id: '2', name: ipmiSimUser.username, enabled: true, role: 'ADMINISTRATOR' }])
    await bmc.close()
  })

  it.skipIf(!isInstalled('ipmipower'))('is switched as ipmipower, a client of other hands, sees it', async () => {
    const bmc = connect({})
    const seen = () => {
      const host = ['-h', `127.0.0.1:${simulator.port}`, '-u', ipmiSimUser.username, '-p', ipmiSimUser.password]
      const args = ['-D', 'LAN_2_0', '-W', 'opensesspriv', '-I', '3', ...host, '--stat']
      return execFileSync('ipmipower', args, { encoding: 'utf8' }).trim()
    }
    await bmc.setPower('On', call)
    expect(seen()).toMatch(/: on$/)
    await bmc.setPower('ForceOff', call)
    expect(seen()).toMatch(/: off$/)
    await bmc.close()
  })

  it('switches the power of a server whose Redfish service does not', async () => {
    const redfish = await startRedfishServer({
      ...ipmiSimUser,
      resources: machine({ system: { PowerState: 'Unknown', Actions: { '#ComputerSystem.Reset': {} } } }),
    })
    redfish.on('POST', /Reset$/, replyError(501, 'ActionNotSupported'))
    const bmc = createBmc({
      address: redfish.origin,
      fallbackAddress: `ipmi://127.0.0.1:${simulator.port}`,
      access: { ...ipmiSimUser, trust: { kind: 'fingerprint', sha256: redfish.fingerprint } },
      clock: systemClock,
      log: silentLogger,
      vendors: await loadVendors(),
    })
    await bmc.setPower('On', call)
    expect(await bmc.readPower(call)).toBe('On')
    expect((await simulator.sets()).at(-1)).toBe('set power 1')
    await bmc.setPower('ForceOff', call)
    expect(await bmc.readPower(call)).toBe('Off')
    await bmc.close()
    await redfish.stop()
  })

  it('is opened with the suite that it spoke last', async () => {
    const suites = new Map<string, string>()
    for (const tries of [2, 1]) {
      const exchanges: BmcExchange[] = []
      const bmc = connect({ suites, onExchange: exchange => exchanges.push(exchange) })
      await bmc.readPower(call)
      expect(exchanges.filter(({ path }) => path === '-v mc info')).toHaveLength(tries)
      await bmc.close()
    }
  })

  it('is caught when it drops the flags of a UEFI boot', async () => {
    const bmc = connect({})
    await expect(bmc.setBootOverride({ target: 'Pxe', enabled: 'Once' }, call)).rejects.toMatchObject({
      code: 'BMCWriteIgnored',
      seen: expect.stringContaining('UEFI'),
    })
    expect(await bmc.readBootOverride(call)).toEqual({ target: 'None', enabled: 'Disabled' })
    await expect(bmc.setBootOverride({ target: 'None', enabled: 'Disabled' }, call)).resolves.toBeUndefined()
    await bmc.close()
  })

  it.each([
    ['a wrong password', { password: 'wrong' }],
    ['a user it does not know', { username: 'stranger' }],
    ['a password longer than IPMI allows', { password: 'a-password-of-more-than-twenty-bytes' }],
  ])('refuses %s, which is not tried again', async (_what, options) => {
    const exchanges: BmcExchange[] = []
    const bmc = connect({ ...options, onExchange: exchange => exchanges.push(exchange) })
    await expect(bmc.identify(call)).rejects.toMatchObject({ code: 'BMCLoginRefused' })
    const tries = exchanges.length
    await expect(bmc.readPower(call)).rejects.toMatchObject({ code: 'BMCLoginRefused' })
    expect(exchanges).toHaveLength(tries)
    await bmc.close()
  })

  it('is unreachable when nobody listens', async () => {
    const bmc = connect({ port: 1 })
    await expect(bmc.readPower(call)).rejects.toMatchObject({ code: 'BMCUnreachable' })
    await bmc.close()
  })
})
