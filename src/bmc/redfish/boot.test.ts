import { afterEach, describe, expect, it } from 'vitest'
import { bmcFor, call } from '../../../test/support/redfish-client.js'
import { change, machine, systemPath } from '../../../test/support/redfish-machine.js'
import { type RedfishServer, reply, replyError, startRedfishServer } from '../../../test/support/redfish-server.js'
import type { Bmc, BootOverride } from '../model.js'

let server: RedfishServer
let bmc: Bmc
const start = async (boot: Record<string, unknown> = {}, rest: Parameters<typeof machine>[0] = {}) => {
  server = await startRedfishServer({ resources: machine({ ...rest, system: { Boot: boot, ...rest.system } }) })
  bmc = await bmcFor(server)
}
afterEach(async () => {
  await bmc.close()
  await server.stop()
})
const targetValues = (...words: string[]) => ({ 'BootSourceOverrideTarget@Redfish.AllowableValues': words })
const enabledValues = (...words: string[]) => ({ 'BootSourceOverrideEnabled@Redfish.AllowableValues': words })
const written = (path = systemPath) =>
  server.requests
    .filter(one => one.method === 'PATCH' && one.path === path)
    .map(one => (one.body as { Boot: Record<string, unknown> }).Boot)
const set = (override: BootOverride) => bmc.setBootOverride(override, call)
const cdOnce = { target: 'Cd', enabled: 'Once' } as const
const off = { target: 'None', enabled: 'Disabled' } as const

describe('reading the boot override', () => {
  it.each([
    ['Cd', 'Once', { target: 'Cd', enabled: 'Once' }],
    ['UsbCd', 'Once', { target: 'Cd', enabled: 'Once' }],
    ['CD/DVD', 'Continuous', { target: 'Cd', enabled: 'Continuous' }],
    ['UefiHttp', 'Once', { target: 'UefiHttp', enabled: 'Once' }],
    ['Pxe', 'Disabled', { target: 'Pxe', enabled: 'Disabled' }],
    ['None', 'Disabled', off],
    ['Diags', 'Continuous', { target: 'None', enabled: 'Continuous' }],
    [null, null, off],
  ])('%j %j means %j', async (target, enabled, expected) => {
    await start({ BootSourceOverrideTarget: target, BootSourceOverrideEnabled: enabled })
    expect(await bmc.readBootOverride(call)).toEqual(expected)
  })
})

describe('setting the boot override', () => {
  it('writes target, enabled and mode together, and reads back', async () => {
    await start()
    await set(cdOnce)
    expect(written()).toEqual([
      { BootSourceOverrideTarget: 'Cd', BootSourceOverrideEnabled: 'Once', BootSourceOverrideMode: 'UEFI' },
    ])
    expect(await bmc.readBootOverride(call)).toEqual(cdOnce)
  })

  it('writes nothing when it is so already', async () => {
    await start({ BootSourceOverrideTarget: 'Cd', BootSourceOverrideEnabled: 'Once' })
    await set(cdOnce)
    expect(written()).toEqual([])
  })

  it('takes an override that stays where the service keeps none of Once, which the next reading tells', async () => {
    await start(targetValues('Pxe', 'Cd', 'Hdd'))
    server.on('PATCH', systemPath, ({ body }, response) => {
      const system = server.resources.get(systemPath) as { Boot: object }
      const { Boot: sent } = body as { Boot: object }
      const Boot = { ...system.Boot, ...sent, BootSourceOverrideEnabled: 'Continuous' }
      server.resources.set(systemPath, { ...system, Boot })
      response.writeHead(204).end()
    })
    await set(cdOnce)
    expect(written()).toHaveLength(1)
    expect(await bmc.readBootOverride(call)).toEqual({ target: 'Cd', enabled: 'Continuous' })
  })

  it('switches off an override that boots the disk, where it can', async () => {
    const stays = { BootSourceOverrideTarget: 'Hdd', BootSourceOverrideEnabled: 'Continuous' }
    await start({ ...stays, ...targetValues('None', 'Pxe', 'Cd', 'Hdd') })
    await set(off)
    expect(await bmc.readBootOverride(call)).toEqual(off)
  })

  it('goes back to the disk where an override cannot be switched off', async () => {
    const stays = { BootSourceOverrideTarget: 'Cd', BootSourceOverrideEnabled: 'Continuous' }
    await start({ ...stays, ...targetValues('Pxe', 'Cd', 'Hdd') })
    server.on('PATCH', systemPath, replyError(400, 'PropertyValueNotInList'), 2)
    await set(off)
    expect(await bmc.readBootOverride(call)).toEqual({ target: 'Hdd', enabled: 'Continuous' })
  })

  it('writes no mode where none is shown', async () => {
    await start({ BootSourceOverrideMode: undefined })
    await set(cdOnce)
    expect(written()).toEqual([{ BootSourceOverrideTarget: 'Cd', BootSourceOverrideEnabled: 'Once' }])
  })

  it('writes no mode that the service does not take', async () => {
    await start({ BootSourceOverrideMode: 'Legacy', 'BootSourceOverrideMode@Redfish.AllowableValues': ['Legacy'] })
    await set(cdOnce)
    expect(written()[0]).not.toHaveProperty('BootSourceOverrideMode')
  })

  it('tries again without the mode when the whole is rejected with it', async () => {
    await start()
    server.on('PATCH', systemPath, replyError(400, 'PropertyNotWritable'), 1)
    await set(cdOnce)
    expect(written()).toHaveLength(2)
    expect(written()[1]).not.toHaveProperty('BootSourceOverrideMode')
  })

  it('gives the first refusal when nothing is taken', async () => {
    await start()
    server.on('PATCH', systemPath, replyError(400, 'Later'))
    server.on('PATCH', systemPath, replyError(400, 'First'), 1)
    await expect(set(cdOnce)).rejects.toThrow(/First/)
    expect(written()).toHaveLength(2)
  })

  it('falls back to Once where Continuous is not listed, as the next reading shows', async () => {
    await start(enabledValues('Disabled', 'Once'))
    await set({ target: 'Pxe', enabled: 'Continuous' })
    expect(await bmc.readBootOverride(call)).toEqual({ target: 'Pxe', enabled: 'Once' })
  })

  it.each<[string, string[], string]>([
    ['the only word listed', ['None', 'UsbCd'], 'UsbCd'],
    ['Cd before UsbCd where nothing speaks against it', ['UsbCd', 'Cd'], 'Cd'],
    ['a word of old boards', ['CD/DVD', 'Pxe'], 'CD/DVD'],
  ])('calls the virtual CD by %s', async (_why, words, expected) => {
    await start(targetValues(...words))
    await set(cdOnce)
    expect(written()[0]).toMatchObject({ BootSourceOverrideTarget: expected })
  })

  it('calls the virtual CD UsbCd on boards that boot it under that name only', async () => {
    await start(targetValues('Cd', 'UsbCd'), { root: { Oem: { Supermicro: {} } } })
    await set(cdOnce)
    expect(written()[0]).toMatchObject({ BootSourceOverrideTarget: 'UsbCd' })
  })

  it('takes the word that a service puts in place of ours', async () => {
    await start(targetValues('Cd', 'UsbCd'))
    server.on('PATCH', systemPath, (request, response, socket) => {
      change(server, systemPath, { Boot: { BootSourceOverrideTarget: 'UsbCd', BootSourceOverrideEnabled: 'Once' } })
      return reply(200, {})(request, response, socket)
    })
    await set(cdOnce)
    expect(written()).toHaveLength(1)
  })

  it('tries the next word for a device when the first is refused', async () => {
    await start(targetValues('Cd', 'UsbCd'))
    server.on('PATCH', systemPath, (request, response, socket) => {
      const { Boot: boot } = request.body as { Boot: Record<string, unknown> }
      if (boot['BootSourceOverrideTarget'] === 'Cd')
        return replyError(400, 'PropertyValueNotInList')(request, response, socket)
      change(server, systemPath, { Boot: boot })
      return reply(204)(request, response, socket)
    })
    await set(cdOnce)
    expect(written().at(-1)).toMatchObject({ BootSourceOverrideTarget: 'UsbCd' })
  })

  it('tries the next word for a device when the first has no effect', async () => {
    await start(targetValues('Cd', 'UsbCd'))
    server.on('PATCH', systemPath, reply(200, {}), 1)
    await set(cdOnce)
    expect(written().map(boot => boot['BootSourceOverrideTarget'])).toEqual(['Cd', 'UsbCd'])
  })

  it('refuses a target that the system does not list, and writes nothing', async () => {
    await start(targetValues('None', 'Pxe'))
    await expect(set(cdOnce)).rejects.toMatchObject({
      code: 'BMCUnsupported',
      seen: expect.stringContaining('None, Pxe'),
    })
    expect(written()).toEqual([])
  })

  it('sets the URI of a UEFI HTTP boot where that can be set, and refuses it where it cannot', async () => {
    await start({ HttpBootUri: null })
    const http: BootOverride = { target: 'UefiHttp', enabled: 'Once', httpBootUri: 'https://192.0.2.1/boot.iso' }
    await set(http)
    expect(await bmc.readBootOverride(call)).toEqual(http)
    change(server, systemPath, { Boot: { HttpBootUri: undefined } })
    await expect(set(http)).rejects.toMatchObject({ code: 'BMCUnsupported' })
  })

  it('switches off with the mode left as it is, and does not when it is off', async () => {
    await start({
      BootSourceOverrideTarget: 'Cd',
      BootSourceOverrideEnabled: 'Continuous',
      BootSourceOverrideMode: 'Legacy',
    })
    await set(off)
    expect(written()).toEqual([
      { BootSourceOverrideTarget: 'None', BootSourceOverrideEnabled: 'Disabled', BootSourceOverrideMode: 'Legacy' },
    ])
    await set(off)
    expect(written()).toHaveLength(1)
  })

  it('switches off without a target where None is not listed, or not taken', async () => {
    await start({ ...targetValues('Pxe', 'Cd'), BootSourceOverrideEnabled: 'Once', BootSourceOverrideMode: undefined })
    await set(off)
    expect(written()).toEqual([{ BootSourceOverrideEnabled: 'Disabled' }])
    change(server, systemPath, { Boot: { ...targetValues('None', 'Pxe'), BootSourceOverrideEnabled: 'Once' } })
    server.on('PATCH', systemPath, replyError(400, 'PropertyValueConflict'), 1)
    await set(off)
    expect(written().at(-1)).toEqual({ BootSourceOverrideEnabled: 'Disabled' })
  })

  it('says so when the BMC took it and did nothing', async () => {
    await start()
    server.on('PATCH', systemPath, reply(200, {}))
    await expect(set(cdOnce)).rejects.toMatchObject({
      code: 'BMCWriteIgnored',
      seen: 'wanted Cd Once, reads None Disabled',
    })
  })

  it('waits for a BMC that shows it a little later', async () => {
    await start()
    server.on('PATCH', systemPath, (request, response, socket) => {
      setTimeout(
        () =>
          change(server, systemPath, { Boot: { BootSourceOverrideTarget: 'Cd', BootSourceOverrideEnabled: 'Once' } }),
        10,
      )
      return reply(204)(request, response, socket)
    })
    await set(cdOnce)
    expect(written()).toHaveLength(1)
  })

  it('asks again while the server is in POST, twice', async () => {
    await start()
    server.on('PATCH', systemPath, replyError(400, { MessageId: 'iLO.2.14.UnableToModifyDuringSystemPOST' }), 2)
    await set(cdOnce)
    expect(written()).toHaveLength(3)
    server.on('PATCH', systemPath, replyError(400, { MessageId: 'iLO.2.14.UnableToModifyDuringSystemPOST' }))
    await expect(set(off)).rejects.toMatchObject({ code: 'BMCBusy', kind: 'transient' })
  })
})

describe('a boot override that is kept in the settings object', () => {
  const settings = `${systemPath}/Settings`
  const inSettings = (pending: Record<string, unknown>, boot: Record<string, unknown> = {}) => ({
    ...machine({
      system: {
        Boot: { 'BootSourceOverrideTarget@Redfish.AllowableValues': undefined, ...boot },
        '@Redfish.Settings': { SettingsObject: { '@odata.id': settings } },
      },
    }),
    [settings]: { '@odata.id': settings, Boot: pending },
  })

  it('is written there when the values it takes are listed there', async () => {
    server = await startRedfishServer({
      resources: inSettings({
        BootSourceOverrideTarget: 'None',
        BootSourceOverrideEnabled: 'Disabled',
        ...targetValues('None', 'Cd'),
      }),
    })
    bmc = await bmcFor(server)
    await set(cdOnce)
    expect(written()).toEqual([])
    expect(written(settings)).toHaveLength(1)
    expect(await bmc.readBootOverride(call)).toEqual(cdOnce)
    expect((await bmc.identify(call)).bootMethods).toEqual(['VirtualMedia'])
  })

  it('is written there when the system refuses it although it lists the values', async () => {
    server = await startRedfishServer({
      resources: inSettings(
        { BootSourceOverrideTarget: 'None', BootSourceOverrideEnabled: 'Disabled' },
        targetValues('None', 'Cd'),
      ),
    })
    bmc = await bmcFor(server)
    server.on('PATCH', systemPath, replyError(400, 'PropertyNotWritable'))
    await set(cdOnce)
    expect(written(settings)).toEqual([expect.objectContaining({ BootSourceOverrideTarget: 'Cd' })])
  })

  it('is written to the system when the settings object takes no writes', async () => {
    server = await startRedfishServer({
      resources: inSettings({
        BootSourceOverrideTarget: 'None',
        BootSourceOverrideEnabled: 'Disabled',
        ...targetValues('None', 'Cd'),
      }),
    })
    bmc = await bmcFor(server)
    server.on('PATCH', settings, replyError(405, 'OperationNotAllowed'))
    await set(cdOnce)
    expect(written()).toEqual([expect.objectContaining({ BootSourceOverrideTarget: 'Cd' })])
  })

  it('stays with the system when the settings object holds only the boot order', async () => {
    server = await startRedfishServer({ resources: inSettings({ BootOrder: ['Boot0001'] }) })
    bmc = await bmcFor(server)
    await set(cdOnce)
    expect(written()).toHaveLength(1)
    expect(written(settings)).toEqual([])
  })
})
