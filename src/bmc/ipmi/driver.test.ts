import { afterEach, describe, expect, it } from 'vitest'
import { createFakeIpmitool, type FakeRule } from '../../../test/support/fake-ipmitool.js'
import { systemClock } from '../../base/clock.js'
import { silentLogger } from '../../base/log.js'
import { loadVendors, type VendorKnowledge } from '../vendors.js'
import { createIpmiBmc } from './driver.js'

const call = { signal: new AbortController().signal }
const info: FakeRule = { matches: /mc info$/, stdout: 'Firmware Revision : 1.0\nManufacturer ID : 10876\n' }
const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const setUp = async (rules: readonly FakeRule[], vendors: Pick<VendorKnowledge, 'vendors'> = { vendors: [] }) => {
  const fake = await createFakeIpmitool([...rules, info])
  const bmc = createIpmiBmc({
    address: { host: '192.0.2.7', port: 623 },
    access: { username: 'operator', password: 'do-not-tell-me', trust: { kind: 'system' } },
    clock: systemClock,
    log: silentLogger,
    ipmitool: fake.path,
    intervalMs: 0,
    vendors,
  })
  cleanups.push(() => bmc.close(), fake.remove)
  const commands = async () => (await fake.commands()).filter(command => !command.endsWith('mc info'))
  return { bmc, commands }
}

const flags = (bytes: string, times?: number): FakeRule => ({
  matches: /raw 0x00 0x09/,
  stdout: ` 01 05 ${bytes}\n`,
  ...(times === undefined ? {} : { times }),
})
const power = (word: string): FakeRule => ({ matches: /power status/, stdout: `Chassis Power is ${word}\n` })
const taken: FakeRule = { matches: /raw 0x00 0x08|power (on|off|soft|reset)/, stdout: '\n' }
const get = 'raw 0x00 0x09 0x05 0x00 0x00'

describe('an IPMI BMC', () => {
  it('is restarted by a power cycle where it knows no reset', async () => {
    const unknown = {
      matches: /power reset/,
      stderr: 'Set Chassis Power Control to Reset failed: Invalid command',
      exit: 1,
    }
    const { bmc, commands } = await setUp([unknown, power('on'), { matches: /power cycle/, stdout: '\n' }])
    await bmc.setPower('Restart', call)
    expect(await commands()).toEqual(['chassis power status', 'chassis power reset', 'chassis power cycle'])
  })

  it('shows the sensors that it could read, and what went wrong with the others', async () => {
    const partly = {
      matches: /sdr elist/,
      stdout: 'CPU1 Temp        | 01h | ok  |  3.1 | 42 degrees C\n',
      stderr: 'Err in cmd get sensor sdr info\n',
      exit: 0,
    }
    const { bmc } = await setUp([partly])
    expect(await bmc.readSensors(call)).toMatchObject({
      sensors: [{ name: 'CPU1 Temp', reading: 42 }],
      problems: [{ about: 'sensor records', message: 'Err in cmd get sensor sdr info' }],
    })
  })

  it('that shows no sensor at all is a failure', async () => {
    const { bmc } = await setUp([{ matches: /sdr elist/, stderr: 'Get SDR repository info failed', exit: 1 }])
    await expect(bmc.readSensors(call)).rejects.toMatchObject({ code: 'BMCProtocol' })
  })

  it('is asked for no more of its log than is wanted', async () => {
    const { bmc, commands } = await setUp([{ matches: /sel elist/, stdout: 'SEL has no entries\n' }])
    expect((await bmc.readLogs({ limit: 7 }, call)).entries).toEqual([])
    expect(await commands()).toEqual(['sel elist last 7'])
  })

  it('sets boot flags with UEFI, keeps them from expiring, and reads them back', async () => {
    const { bmc, commands } = await setUp([flags('00 00 00 00 00', 1), flags('a0 04 00 00 00'), taken])
    await bmc.setBootOverride({ target: 'Pxe', enabled: 'Once' }, call)
    expect(await commands()).toEqual([
      get,
      'raw 0x00 0x08 0x03 0x08',
      'raw 0x00 0x08 0x05 0xa0 0x04 0x00 0x00 0x00',
      get,
    ])
    expect(await bmc.readBootOverride(call)).toEqual({ target: 'Pxe', enabled: 'Once' })
  })

  it('writes nothing when the flags are already as asked', async () => {
    const { bmc, commands } = await setUp([flags('e0 14 00 00 00')])
    await bmc.setBootOverride({ target: 'Cd', enabled: 'Continuous' }, call)
    expect(await commands()).toEqual([get])
  })

  it('says which bits of the boot flags the BMC accepted and dropped', async () => {
    const { bmc } = await setUp([flags('00 00 00 00 00', 1), flags('80 04 00 00 00'), taken])
    const setting = bmc.setBootOverride({ target: 'Pxe', enabled: 'Continuous' }, call)
    await expect(setting).rejects.toMatchObject({
      code: 'BMCWriteIgnored',
      seen: expect.stringMatching(/all future boots and the flag for UEFI/),
    })
  })

  it('does not mind a BMC that cannot keep the flags from expiring', async () => {
    const refused = { matches: /0x08 0x03/, stderr: 'Unable to send RAW command (rsp=0x80): Unknown (0x80)', exit: 1 }
    const { bmc } = await setUp([refused, flags('00 00 00 00 00', 1), flags('a0 08 00 00 00'), taken])
    await expect(bmc.setBootOverride({ target: 'Hdd', enabled: 'Once' }, call)).resolves.toBeUndefined()
  })

  it('boots a UEFI disk of a Supermicro as the remote media that its BMC takes it for', async () => {
    const { bmc, commands } = await setUp(
      [flags('00 00 00 00 00', 1), flags('a0 24 00 00 00'), taken],
      await loadVendors(),
    )
    await bmc.setBootOverride({ target: 'Hdd', enabled: 'Once' }, call)
    expect(await commands()).toContain('raw 0x00 0x08 0x05 0xa0 0x24 0x00 0x00 0x00')
    expect(await bmc.readBootOverride(call)).toEqual({ target: 'Hdd', enabled: 'Once' })
  })

  it('clears an override with zeros', async () => {
    const { bmc, commands } = await setUp([flags('e0 04 00 00 00', 1), flags('00 00 00 00 00'), taken])
    await bmc.setBootOverride({ target: 'None', enabled: 'Disabled' }, call)
    expect(await commands()).toEqual([get, 'raw 0x00 0x08 0x05 0x00 0x00 0x00 0x00 0x00', get])
  })

  it('names an answer about boot flags that makes no sense', async () => {
    const { bmc } = await setUp([{ matches: /0x09/, stdout: 'zz\n' }])
    await expect(bmc.readBootOverride(call)).rejects.toMatchObject({ code: 'BMCProtocol' })
  })

  it.each([
    ['On', 'off', ['chassis power status', 'chassis power on']],
    ['On', 'on', ['chassis power status']],
    ['ForceOff', 'on', ['chassis power status', 'chassis power off']],
    ['ForceOff', 'off', ['chassis power status']],
    ['GracefulOff', 'on', ['chassis power status', 'chassis power soft']],
    ['GracefulOff', 'off', ['chassis power status']],
    ['Restart', 'on', ['chassis power status', 'chassis power reset']],
  ] as const)('does for %s while the server is %s only what is needed', async (action, word, expected) => {
    const { bmc, commands } = await setUp([power(word), taken])
    await bmc.setPower(action, call)
    expect(await commands()).toEqual(expected)
  })

  it('refuses to restart a server that is off', async () => {
    const { bmc, commands } = await setUp([power('off'), taken])
    await expect(bmc.setPower('Restart', call)).rejects.toMatchObject({ code: 'BMCRejected' })
    expect(await commands()).toEqual(['chassis power status'])
  })

  it('says what it is from controller and FRU, and where it has that from', async () => {
    const fru = { matches: /fru print 0/, stdout: ' Product Manufacturer : Example\n Product Serial : S-1\n' }
    const { bmc } = await setUp([fru, power('on')])
    expect(await bmc.identify(call)).toMatchObject({
      vendor: 'ipmi',
      manufacturer: 'Example',
      serialNumber: 'S-1',
      firmwareVersion: '1.0',
      bootMethods: ['Pxe'],
      biosSettings: false,
      power: 'On',
    })
    const inventory = await bmc.readInventory(call)
    expect(inventory.system).toEqual({ manufacturer: 'Example', serialNumber: 'S-1' })
    expect(inventory.firmware).toEqual([{ name: 'BMC', version: '1.0' }])
    expect(inventory.provenance?.map(({ source }) => source)).toEqual(['ipmi', 'ipmi'])
    expect(inventory.requests).toBe(2)
  })

  it('shows the chassis where the FRU describes one', async () => {
    const stdout = ' Chassis Type : Rack Mount Chassis\n Chassis Serial : C-77\n Chassis Part Number : CP-1\n'
    const { bmc } = await setUp([{ matches: /fru print 0/, stdout }])
    const { chassis, provenance } = await bmc.readInventory(call)
    expect(chassis).toEqual([{ name: 'FRU 0', type: 'Rack Mount Chassis', serialNumber: 'C-77', partNumber: 'CP-1' }])
    expect(provenance?.map(({ path }) => path)).toContain('/chassis')
  })

  it('does without a FRU, and says so in the problems of the inventory', async () => {
    const fru = { matches: /fru print 0/, stdout: ' Device not present (Invalid data field in request)\n', exit: 1 }
    const { bmc } = await setUp([fru, power('off')])
    expect((await bmc.identify(call)).serialNumber).toBeUndefined()
    const { problems } = await bmc.readInventory(call)
    expect(problems).toEqual([{ about: 'FRU 0', message: expect.stringContaining('Device not present') }])
  })

  it('answers plainly that IPMI has no virtual media, no BIOS settings and no HTTP boot', async () => {
    const { bmc, commands } = await setUp([])
    const unsupported = { code: 'BMCUnsupported' }
    await expect(bmc.readVirtualMedia(call)).rejects.toMatchObject(unsupported)
    await expect(bmc.insertVirtualMedia('http://192.0.2.1/a.iso', call)).rejects.toMatchObject(unsupported)
    await expect(bmc.readBios(call)).rejects.toMatchObject(unsupported)
    await expect(bmc.writeBios({ a: 1 }, call)).rejects.toMatchObject(unsupported)
    await expect(bmc.setBootOverride({ target: 'UefiHttp', enabled: 'Once' }, call)).rejects.toMatchObject(unsupported)
    await expect(bmc.ejectVirtualMedia(call)).resolves.toBeUndefined()
    expect(await commands()).toEqual([])
  })
})
