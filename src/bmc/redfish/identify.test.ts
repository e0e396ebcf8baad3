import { afterEach, describe, expect, it } from 'vitest'
import { bmcFor, call } from '../../../test/support/redfish-client.js'
import { change, machine, managerPath, slotPath, systemPath } from '../../../test/support/redfish-machine.js'
import { type RedfishServer, reply, startRedfishServer } from '../../../test/support/redfish-server.js'
import { originOf, parseBmcAddress } from '../address.js'
import type { Bmc } from '../model.js'

let server: RedfishServer
let bmc: Bmc
const start = async (resources: Record<string, unknown> = machine(), address?: (origin: string) => string) => {
  server = await startRedfishServer({ resources })
  bmc = await bmcFor(server, address === undefined ? {} : { address: parseBmcAddress(address(server.origin)) })
}
afterEach(async () => {
  await bmc.close()
  await server.stop()
})
const identify = () => bmc.identify(call)
const references = (...paths: string[]) => ({ Members: paths.map(path => ({ '@odata.id': path })) })
const virtualMediaFirst = (origin: string) => origin.replace('https:', 'redfish-virtualmedia:')

describe('identify', () => {
  it('tells what the server and its BMC are and can do', async () => {
    await start()
    expect(await identify()).toEqual({
      vendor: 'generic',
      product: undefined,
      generation: undefined,
      firmwareVersion: '7.0',
      biosVersion: '1.2.3',
      manufacturer: 'Contoso',
      model: 'R1',
      serialNumber: 'S1',
      system: systemPath,
      manager: managerPath,
      bootMethods: ['VirtualMedia', 'Pxe'],
      resetTypes: ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'PowerCycle'],
      biosSettings: true,
      power: 'On',
      capabilities: expect.objectContaining({ mediaSlots: [slotPath] }),
      trust: 'fingerprint',
    })
  })

  it('can be asked again: what changes is read anew, what does not is kept', async () => {
    await start()
    await identify()
    const before = server.requests.length
    change(server, systemPath, { PowerState: 'Off', BiosVersion: '1.3.0' })
    expect(await identify()).toMatchObject({ power: 'Off', biosVersion: '1.3.0' })
    expect(server.requests.length - before).toBeLessThan(before)
    expect(server.requests.filter(one => one.method === 'POST')).toHaveLength(1)
  })

  it('is done by itself before the first question of another kind', async () => {
    await start()
    expect(await bmc.readPower(call)).toBe('On')
  })

  it('reads the reset types from an ActionInfo where the annotation is missing', async () => {
    const info = `${systemPath}/ResetActionInfo`
    await start({
      ...machine({
        system: {
          Actions: {
            '#ComputerSystem.Reset': { 'ResetType@Redfish.AllowableValues': undefined, '@Redfish.ActionInfo': info },
          },
        },
      }),
      [info]: { Parameters: [{ Name: 'Other' }, { Name: 'ResetType', AllowableValues: ['On', 'ForceOff'] }] },
    })
    expect((await identify()).resetTypes).toEqual(['On', 'ForceOff'])
  })

  it('recognises the vendor', async () => {
    await start(machine({ root: { Oem: { Hpe: {} }, Vendor: 'HPE' }, manager: { Model: 'iLO 6' } }))
    expect(await identify()).toMatchObject({ vendor: 'hpe', product: 'iLO 6' })
  })

  it('says that there are no BIOS settings where the system links none', async () => {
    await start(machine({ system: { Bios: undefined } }))
    expect((await identify()).biosSettings).toBe(false)
  })

  it('takes a broken virtual media collection for one that is not offered', async () => {
    await start()
    server.on('GET', /VirtualMedia\/?$/, reply(200, '{ "Members": [ oops'))
    expect(await identify()).toMatchObject({ model: 'R1', bootMethods: ['Pxe'] })
  })

  it('fails as a whole when the service is no Redfish service', async () => {
    await start({})
    server.on('GET', /^\/redfish\/v1\/?$/, reply(404))
    await expect(identify()).rejects.toMatchObject({ code: 'BMCNotFound' })
  })
})

describe('the right ComputerSystem', () => {
  const board = '/redfish/v1/Systems/HGX_Baseboard_0'
  const other = '/redfish/v1/Systems/2'
  const withSystems = (...more: [string, Record<string, unknown>][]) => ({
    ...machine(),
    '/redfish/v1/Systems': references(...more.map(([path]) => path), systemPath),
    ...Object.fromEntries(more.map(([path, body]) => [path, { '@odata.id': path, ...body }])),
  })
  const machineWithout = (system: Record<string, unknown>) => ({ [systemPath]: machine({ system })[systemPath] })
  const bootable = { BootSourceOverrideTarget: 'None' }
  const reset = { Actions: { '#ComputerSystem.Reset': { target: '/x' } } }

  it('is not the accelerator baseboard that stands before it without actions', async () => {
    await start(withSystems([board, { SystemType: 'Physical' }]))
    expect((await identify()).system).toBe(systemPath)
  })

  it('is not the pseudo system that can be reset but has no BIOS', async () => {
    await start(withSystems(['/redfish/v1/Systems/Capabilities', reset]))
    expect((await identify()).system).toBe(systemPath)
  })

  it('is not a virtual one beside a physical one', async () => {
    await start(withSystems([other, { ...reset, BiosVersion: '1', SystemType: 'Virtual' }]))
    expect((await identify()).system).toBe(systemPath)
  })

  it('is not guessed among several equal ones: they are named', async () => {
    await start(withSystems([other, { ...reset, BiosVersion: '1', SystemType: 'Physical', Boot: bootable }]))
    await expect(identify()).rejects.toMatchObject({
      code: 'SystemNotFound',
      seen: expect.stringContaining(`${other}, ${systemPath}`),
    })
  })

  it('is the one that the address names', async () => {
    await start(
      withSystems([other, { ...reset, BiosVersion: '1', SystemType: 'Physical' }]),
      origin => `${virtualMediaFirst(origin)}/redfish/v1/systems/1/`,
    )
    expect((await identify()).system).toBe(systemPath)
  })

  it('that the address names but that is not there is not replaced by another', async () => {
    await start(machine(), origin => `${virtualMediaFirst(origin)}/redfish/v1/Systems/7`)
    await expect(identify()).rejects.toMatchObject({ code: 'SystemNotFound', about: '/redfish/v1/Systems/7' })
  })

  it('is the one that looks like a server where nothing can be reset, as read-only accounts see it', async () => {
    const none = { Actions: undefined }
    await start({ ...withSystems([board, {}]), ...machineWithout(none) })
    expect(await identify()).toMatchObject({ system: systemPath, resetTypes: [] })
  })

  it('is missing where nothing can be reset and nothing looks like a server', async () => {
    await start(machine({ system: { Actions: undefined, Bios: undefined, BiosVersion: undefined } }))
    await expect(identify()).rejects.toMatchObject({ code: 'SystemNotFound' })
  })

  it.each([
    ['an accelerator board that can be reset', board, {}],
    ['a DPU', '/redfish/v1/Systems/Bluefield', { SystemType: 'DPU' }],
    ['what cannot be booted from anywhere', other, { SystemType: 'Physical', Boot: undefined }],
  ])('is not %s', async (_what, path, body) => {
    await start(withSystems([path, { ...reset, BiosVersion: '1', Boot: bootable, ...body }]))
    expect((await identify()).system).toBe(systemPath)
  })

  it('is found in the usual place where the service root links nothing', async () => {
    await start(machine({ root: { Systems: undefined, Managers: undefined } }))
    expect(await identify()).toMatchObject({ system: systemPath, manager: managerPath })
  })

  it('is found though another member of the collection is broken', async () => {
    await start(withSystems([board, {}]))
    server.on('GET', board, reply(500))
    expect((await identify()).system).toBe(systemPath)
  })
})

describe('the Manager', () => {
  const second = '/redfish/v1/Managers/2'
  const withManagers = (
    one: Record<string, unknown>,
    two: Record<string, unknown>,
    system: Record<string, unknown> = {},
  ) => ({
    ...machine({ system, manager: one }),
    '/redfish/v1/Managers': references(second, managerPath),
    [second]: { '@odata.id': second, ...two },
  })

  it('is found in the collection when the system does not link it (by the link back)', async () => {
    await start(
      withManagers({ Links: { ManagerForServers: [{ '@odata.id': `${systemPath}/` }] } }, {}, { Links: undefined }),
    )
    expect((await identify()).manager).toBe(managerPath)
  })

  it('is the only one there is when nothing links anything', async () => {
    await start(machine({ system: { Links: undefined } }))
    expect((await identify()).manager).toBe(managerPath)
  })

  it('is not guessed among several', async () => {
    await start(withManagers({}, {}, { Links: undefined }))
    expect((await identify()).manager).toBeUndefined()
  })

  it('is not the one of the rack', async () => {
    await start(
      withManagers(
        {},
        { ManagerType: 'RackManager' },
        { Links: { ManagedBy: [{ '@odata.id': second }, { '@odata.id': managerPath }] } },
      ),
    )
    expect((await identify()).manager).toBe(managerPath)
  })
})

describe('capabilities', () => {
  const capable = machine({
    root: {
      Tasks: { '@odata.id': '/redfish/v1/TaskService' },
      EventService: { '@odata.id': '/redfish/v1/EventService' },
      SessionService: { '@odata.id': '/redfish/v1/SessionService' },
      ProtocolFeaturesSupported: { ExpandQuery: { NoLinks: true, Levels: true, MaxLevels: 2 } },
    },
    system: { SecureBoot: { '@odata.id': `${systemPath}/SecureBoot` } },
  })
  const more = {
    [`${systemPath}/Bios`]: {
      '@Redfish.Settings': {
        SettingsObject: { '@odata.id': `${systemPath}/Bios/Settings` },
        SupportedApplyTimes: ['OnReset', 'AtMaintenanceWindowStart'],
      },
    },
    '/redfish/v1/EventService': { ServiceEnabled: true, ServerSentEventUri: '/redfish/v1/SSE' },
    '/redfish/v1/SessionService': { SessionTimeout: 1800 },
  }

  it('are what the resources of the service say', async () => {
    await start({ ...capable, ...more })
    expect((await identify()).capabilities).toEqual({
      mediaSlots: [slotPath],
      settingsObject: `${systemPath}/Bios/Settings`,
      applyTimes: ['OnReset', 'AtMaintenanceWindowStart'],
      secureBoot: true,
      taskService: true,
      events: 'push and stream',
      expand: '$expand=.($levels=1)',
      expandLevels: 2,
      sessionTimeoutSeconds: 1800,
      sessionLimit: undefined,
    })
  })

  it('are none where the service says nothing', async () => {
    await start()
    expect((await identify()).capabilities).toEqual({
      mediaSlots: [slotPath],
      settingsObject: undefined,
      applyTimes: [],
      secureBoot: false,
      taskService: false,
      events: 'none',
      expand: undefined,
      expandLevels: undefined,
      sessionTimeoutSeconds: undefined,
      sessionLimit: undefined,
    })
  })

  it('are read once', async () => {
    await start({ ...capable, ...more })
    await identify()
    const before = server.requests.length
    await identify()
    expect(server.requests.slice(before).map(one => one.path)).not.toContain('/redfish/v1/SessionService')
  })
})

describe('the generation', () => {
  it('is told by the model of the system', async () => {
    await start(machine({ root: { Vendor: 'HPE' }, system: { Model: 'ProLiant DL360 Gen10 Plus' } }))
    expect((await identify()).generation).toBe('Gen10 Plus')
  })

  it('is told by the board in the chassis where the maker names servers by size', async () => {
    const chassis = '/redfish/v1/Chassis/1'
    const system = { Model: 'SYS-821GE-TNHR', Links: { Chassis: [{ '@odata.id': chassis }] } }
    await start({ ...machine({ root: { Vendor: 'Supermicro' }, system }), [chassis]: { Model: 'X13DEG-OAD' } })
    expect((await identify()).generation).toBe('X13')
  })
})

describe('boot methods', () => {
  const methods = async () => (await identify()).bootMethods
  const targets = (...words: string[]) => ({ Boot: { 'BootSourceOverrideTarget@Redfish.AllowableValues': words } })

  it('begin with what the scheme of the address asks for', async () => {
    await start(machine({ system: { Boot: { HttpBootUri: null } } }), origin =>
      origin.replace('https:', 'redfish-uefihttp:'),
    )
    expect(await methods()).toEqual(['UefiHttp', 'VirtualMedia', 'Pxe'])
  })

  it.each(['https:', 'redfish:'])('begin with virtual media when the address asks for nothing (%s)', async scheme => {
    await start(machine(), origin => origin.replace('https:', scheme))
    expect(await methods()).toEqual(['VirtualMedia', 'Pxe'])
  })

  it('have UEFI HTTP only where its URI can be set', async () => {
    await start(machine({ system: { Boot: { HttpBootUri: null } } }))
    expect(await methods()).toEqual(['VirtualMedia', 'UefiHttp', 'Pxe'])
  })

  it('have no virtual media without a slot for it, or without a way to boot from it', async () => {
    await start(machine({ slots: [] }))
    expect(await methods()).toEqual(['Pxe'])
    await bmc.close()
    await server.stop()
    await start(machine({ system: targets('None', 'Pxe', 'Hdd') }))
    expect(await methods()).toEqual(['Pxe'])
  })

  it('are none where the boot source cannot be overridden', async () => {
    await start(machine({ system: { Boot: undefined } }))
    expect(await methods()).toEqual([])
  })
})

describe('trust in force', () => {
  it('is none over plain http', async () => {
    server = await startRedfishServer({ resources: machine(), tls: false })
    bmc = await bmcFor(server)
    expect(originOf(parseBmcAddress(server.origin.replace('http:', 'redfish+http:')))).toBe(server.origin)
    expect((await identify()).trust).toBe('none')
  })

  it('is shown when it was given up', async () => {
    server = await startRedfishServer({ resources: machine() })
    bmc = await bmcFor(server, {
      access: { username: 'admin', password: 'correct horse', trust: { kind: 'insecure' } },
    })
    expect((await identify()).trust).toBe('insecure')
  })
})
