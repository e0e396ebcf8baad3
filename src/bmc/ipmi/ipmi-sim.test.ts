import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ipmiSimInstalled, ipmiSimUser, startIpmiSim } from '../../../test/support/ipmi-sim.js'
import { systemClock } from '../../base/clock.js'
import { silentLogger } from '../../base/log.js'
import type { BmcExchange } from '../model.js'
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
    simulator = await startIpmiSim({ fru })
  })
  afterAll(() => simulator.stop())

  const connect = (options: {
    password?: string
    username?: string
    port?: number
    onExchange?: (e: BmcExchange) => void
  }) =>
    createIpmiBmc({
      address: { host: '127.0.0.1', port: options.port ?? simulator.port },
      access: { ...ipmiSimUser, ...options, trust: { kind: 'system' } },
      clock: systemClock,
      log: silentLogger,
      intervalMs: 0,
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
