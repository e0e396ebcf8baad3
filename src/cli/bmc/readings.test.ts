import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { hostInventorySpecSchema } from '../../../api/metal/host-inventory.js'
import { bmcLine, simulate } from '../../../test/support/bmc-line.js'
import { ipmiSimInstalled, ipmiSimUser, startIpmiSim } from '../../../test/support/ipmi-sim.js'
import { testConsole } from '../../../test/support/test-console.js'
import { systemClock } from '../../base/clock.js'
import { buildPersona } from '../../lab/bmc/personas/personas.js'
import { run } from '../program.js'
import { duration } from './durations.js'

const json = (text: string) => JSON.parse(text)
const link = (path: string) => ({ '@odata.id': path })

/** A server with a sensor and a log, and entries of it at these times. */
const withReadings = (times: readonly (string | null)[]) => {
  const { tree, behaviour } = buildPersona('dell')
  const chassis = '/redfish/v1/Chassis/System.Embedded.1'
  const log = '/redfish/v1/Managers/iDRAC.Embedded.1/LogServices/Sel'
  const manager = '/redfish/v1/Managers/iDRAC.Embedded.1'
  tree.put(`${chassis}/Thermal`, {
    '@odata.id': `${chassis}/Thermal`,
    Temperatures: [
      {
        Name: 'CPU1 Temp',
        ReadingCelsius: 91.5,
        UpperThresholdCritical: 95,
        PhysicalContext: 'CPU',
        Status: { State: 'Enabled', Health: 'Warning' },
      },
    ],
    Fans: [],
  })
  tree.update(chassis, body => ({ ...body, Thermal: link(`${chassis}/Thermal`) }))
  const entries = times.map((time, index) => ({
    '@odata.id': `${log}/Entries/${index}`,
    '@odata.type': '#LogEntry.v1_9_0.LogEntry',
    Id: String(index),
    Name: 'Entry',
    Created: time,
    Severity: 'Critical',
    Message: `thing ${index} broke`,
  }))
  for (const entry of entries) tree.put(entry['@odata.id'], entry)
  tree.put(`${log}/Entries`, {
    '@odata.id': `${log}/Entries`,
    '@odata.type': '#LogEntryCollection.LogEntryCollection',
    Members: entries.map(entry => link(entry['@odata.id'])),
    'Members@odata.count': entries.length,
  })
  tree.put(log, { '@odata.id': log, Id: 'Sel', Name: 'SEL', ServiceEnabled: true, Entries: link(`${log}/Entries`) })
  tree.put(`${manager}/LogServices`, { '@odata.id': `${manager}/LogServices`, Members: [link(log)] })
  tree.update(manager, body => ({ ...body, LogServices: link(`${manager}/LogServices`) }))
  return { tree, behaviour }
}

const ago = (ms: number) => new Date(Date.now() - ms).toISOString()

describe('katametal bmc inventory', () => {
  it('prints the HostInventory spec for programs', async () => {
    const bmc = await simulate()
    const { exit, out } = await bmcLine(bmc, 'inventory', '{}', '-o', 'json')
    expect(exit).toBe(0)
    expect(hostInventorySpecSchema.parse(json(out)).processors?.sockets).toHaveLength(2)
    const yaml = await bmcLine(bmc, 'inventory', '{}', '-o', 'yaml')
    expect(hostInventorySpecSchema.parse(parse(yaml.out)).system).toEqual(json(out).system)
  })

  it('prints a table for each kind of part, with more columns when it is wide', async () => {
    const bmc = await simulate()
    const { out } = await bmcLine(bmc, 'inventory', '{}')
    expect(out).toMatch(/^System \(\d+\)\n {2}FACT +VALUE\n {2}manufacturer +Dell/m)
    expect(out).toMatch(/^Processors \(2\)\n {2}SOCKET +MANUFACTURER/m)
    expect(out).toMatch(/^Drives \(\d\)\n[^\n]*SIZE/m)
    expect(out).toMatch(/ \d+(\.\d)? [GT]iB/)
    expect(out).not.toContain('SERIAL NUMBER')
    expect((await bmcLine(bmc, 'inventory', '{}', '-o', 'wide')).out).toContain('SERIAL NUMBER')
    expect(bmc.sessions).toBe(0)
  })
})

describe('katametal bmc sensors', () => {
  it('shows readings with units and health, and limits when it is wide', async () => {
    const bmc = await simulate(withReadings([]))
    expect((await bmcLine(bmc, 'sensors', '{}')).out).toMatch(/Temperature +CPU1 Temp +91\.5 °C +Warning/)
    expect((await bmcLine(bmc, 'sensors', '{}', '-o', 'wide')).out).toMatch(/CPU +- +- +- +95/)
    const { out } = await bmcLine(bmc, 'sensors', '{}', '-o', 'json')
    expect(json(out)).toMatchObject({ sensors: [{ name: 'CPU1 Temp', reading: 91.5, units: 'Cel' }], problems: [] })
  })

  it('says when there are none', async () => {
    const { exit, out } = await bmcLine(await simulate(), 'sensors', '{}')
    expect(exit).toBe(0)
    expect(out).toContain('The BMC shows no sensors.')
  })
})

describe('katametal bmc logs', () => {
  it('shows the newest entries first, as many as are wanted', async () => {
    const bmc = await simulate(withReadings([ago(50_000), ago(5000), ago(500_000)]))
    const { out } = await bmcLine(bmc, 'logs', '{}', '-o', 'json')
    const { entries, logs } = json(out)
    expect(logs).toEqual(['Sel'])
    expect(entries.map(({ id }: { id: string }) => id)).toEqual(['1', '0', '2'])
    expect(json((await bmcLine(bmc, 'logs', '{}', '--limit', '1', '-o', 'json')).out).entries).toHaveLength(1)
    expect((await bmcLine(bmc, 'logs', '{}')).out).toMatch(/Z +Sel +Critical +thing 1 broke/)
  })

  it('leaves out what is older than wanted, and says what has no time', async () => {
    const bmc = await simulate(withReadings([ago(3_000_000), ago(5000), '1970-01-01T00:00:05Z', null]))
    const { out } = await bmcLine(bmc, 'logs', '{}', '--since', '10m')
    expect(out).toContain('thing 1 broke')
    expect(out).not.toMatch(/thing [023] broke/)
    expect(out).toContain('2 entries without a usable time are left out.')
  })

  it('shows one log only, and says which there are when it has nothing', async () => {
    const bmc = await simulate(withReadings([ago(5000)]))
    expect((await bmcLine(bmc, 'logs', '{}', '--log', 'sel')).out).toContain('thing 0 broke')
    expect((await bmcLine(bmc, 'logs', '{}', '--log', 'Lclog')).out).toContain('No entries. Logs: Sel.')
  })

  it.each(['soon', '10', '-5m', '5y', ''])('%j is no duration', async text => {
    const console = testConsole({})
    expect(await run(['bmc', 'logs', 'https://192.0.2.1', '--since', text], console, systemClock)).toBe(2)
    expect(console.text.err).toContain('a duration such as')
  })

  it.each([
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['0.5h', 1_800_000],
  ])('%s is %i ms', (text, ms) => {
    expect(duration(text)).toBe(ms)
  })
})

describe.skipIf(!ipmiSimInstalled())('katametal bmc over IPMI', () => {
  it('shows power, sensors, log, inventory and what works, and traces commands without the password', async () => {
    const simulator = await startIpmiSim({
      sensors: [{ name: 'CPU1 Temp', type: 1, unit: 1, entity: 3, value: 42 }],
      events: [[0xa0, 0x38, 0x6d, 0x68, 0x20, 0, 4, 1, 1, 1, 0x59, 0x60, 0x5a]],
    })
    const ipmi = async (...words: string[]) => {
      const console = testConsole({
        KATAMETAL_BMC_USERNAME: ipmiSimUser.username,
        KATAMETAL_BMC_PASSWORD: ipmiSimUser.password,
      })
      const [verb = '', ...rest] = words
      const exit = await run(['bmc', verb, `ipmi://127.0.0.1:${simulator.port}`, ...rest], console, systemClock)
      return { exit, ...console.text }
    }
    try {
      expect((await ipmi('power', 'on', '-o', 'json')).out).toContain('"after": "On"')
      expect((await ipmi('sensors')).out).toMatch(/Temperature +CPU1 Temp +42 °C +OK/)
      expect((await ipmi('logs')).out).toMatch(/SEL +Critical +Temperature CPU1 Temp, Upper Critical/)
      expect((await ipmi('inventory')).out).toMatch(/^Firmware \(1\)/m)
      const media = await ipmi('media')
      expect([media.exit, media.err]).toEqual([1, expect.stringContaining('BMCUnsupported')])
      const { out, err } = await ipmi('doctor', '--trace', '-o', 'json')
      const checks: { check: string; state: string; seen: string }[] = json(out)
      const seen = Object.fromEntries(checks.map(({ check, ...rest }) => [check, rest]))
      expect(seen['virtual media']).toMatchObject({ state: 'missing' })
      expect(seen['sensors']).toMatchObject({ state: 'works', seen: '1 sensors' })
      expect(seen['event logs']).toMatchObject({ state: 'works', seen: 'SEL' })
      expect(seen['users']?.seen).toContain(`${ipmiSimUser.username} (ADMINISTRATOR)`)
      expect(seen['boot by network (PXE)']?.seen).toContain('would be used')
      expect(err).toMatch(/ipmitool chassis power status 0 \d+ ms/)
      expect(err).not.toContain(ipmiSimUser.password)
    } finally {
      await simulator.stop()
    }
  })
})
