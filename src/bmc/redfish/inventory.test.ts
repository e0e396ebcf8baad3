import { afterEach, describe, expect, it } from 'vitest'
import { hostInventorySpecSchema } from '../../../api/metal/host-inventory.js'
import { bmcFor, call, fastClock } from '../../../test/support/redfish-client.js'
import { machine, systemPath } from '../../../test/support/redfish-machine.js'
import { type RedfishServer, reply, replyError, startRedfishServer } from '../../../test/support/redfish-server.js'
import { rfc3339 } from '../../base/clock.js'
import type { Bmc } from '../model.js'

let server: RedfishServer
let bmc: Bmc
const start = async (resources: Record<string, unknown>) => {
  server = await startRedfishServer({ resources })
  bmc = await bmcFor(server)
}
afterEach(async () => {
  await bmc.close()
  await server.stop()
})
const link = (path: string) => ({ '@odata.id': path })

/** A collection of the system with its members, and the link to it. */
const collection = (name: string, ...members: Record<string, unknown>[]) => {
  const path = `${systemPath}/${name}`
  return {
    system: { [name]: link(path) },
    resources: {
      [path]: { Members: members.map((_, index) => link(`${path}/${index}`)) },
      ...Object.fromEntries(
        members.map((one, index) => [`${path}/${index}`, { '@odata.id': `${path}/${index}`, ...one }]),
      ),
    },
  }
}

const inventory = async (
  parts: readonly ReturnType<typeof collection>[],
  system: Record<string, unknown> = {},
  root: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
) => {
  await start({
    ...machine({ root, system: Object.assign({}, ...parts.map(one => one.system), system) }),
    ...Object.assign({}, ...parts.map(one => one.resources)),
    ...more,
  })
  const spec = await bmc.readInventory(call)
  expect(() => hostInventorySpecSchema.parse(spec)).not.toThrow()
  return spec
}

describe('the inventory', () => {
  it('of a server that tells nothing has what the system itself says, without problems', async () => {
    const spec = await inventory([])
    expect(spec).toMatchObject({
      system: { manufacturer: 'Contoso', model: 'R1', serialNumber: 'S1', biosVersion: '1.2.3' },
      problems: [],
      nics: [],
      firmware: [
        { name: 'BIOS', version: '1.2.3' },
        { name: 'BMC', version: '7.0' },
      ],
    })
    expect(JSON.stringify(spec)).not.toMatch(/null|undefined/)
  })

  it('says of each part where it comes from, and when it was read', async () => {
    const spec = await inventory([])
    expect(spec.provenance?.map(one => one.path)).toEqual([
      '/system',
      '/processors',
      '/memory',
      '/nics',
      '/storage',
      '/pcieDevices',
      '/gpus',
      '/tpms',
      '/chassis',
      '/powerSupplies',
      '/firmware',
      '/health',
    ])
    expect(spec.provenance?.every(one => one.source === 'redfish')).toBe(true)
    expect(Math.abs(Date.parse(spec.provenance?.[0]?.time ?? '') - Date.parse(rfc3339(fastClock.now())))).toBeLessThan(
      5000,
    )
  })

  it('that ends for good leaves nothing behind that still asks, and no session', async () => {
    const names = ['Memory', 'Processors', 'Storage', 'EthernetInterfaces']
    const parts = names.map(name => collection(name, ...Array.from({ length: 8 }, (_, id) => ({ Id: `${id}` }))))
    await start({
      ...machine({ system: Object.assign({}, ...parts.map(one => one.system)) }),
      ...Object.assign({}, ...parts.map(one => one.resources)),
    })
    server.on('GET', `${systemPath}/Memory/1`, replyError(503, { MessageId: 'IDRAC.2.8.RAC0218' }))
    await expect(bmc.readInventory(call)).rejects.toMatchObject({ code: 'BMCSessionLimit' })
    await bmc.close()
    const asked = server.requests.length
    for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve))
    expect(server.requests).toHaveLength(asked)
    expect(server.requests.at(-1)?.method).toBe('DELETE')
    expect(server.sessions.size).toBe(0)
  })

  it('is read two requests at a time, and never more', async () => {
    const parts = ['Memory', 'Processors'].map(name =>
      collection(name, ...Array.from({ length: 6 }, (_, id) => ({ Id: `${id}`, Model: 'M' }))),
    )
    await start({
      ...machine({ system: Object.assign({}, ...parts.map(one => one.system)) }),
      ...Object.assign({}, ...parts.map(one => one.resources)),
    })
    await bmc.identify(call)
    let inHand = 0
    let most = 0
    // The first of them is held until there is a second: read one after the other, they would never end.
    let release: () => void = () => undefined
    const second = new Promise<void>(resolve => (release = resolve))
    for (const [path, body] of server.resources)
      if (path !== systemPath)
        server.on('GET', path, async (request, response, socket) => {
          most = Math.max(most, ++inHand)
          if (inHand === 2) release()
          await second
          inHand--
          await reply(200, body)(request, response, socket)
        })
    await bmc.readInventory(call)
    expect(most).toBe(2)
  })

  it('counts its requests', async () => {
    const spec = await inventory([])
    const before = server.requests.length
    expect((await bmc.readInventory(call)).requests).toBe(server.requests.length - before)
    expect(spec.requests).toBeGreaterThan(0)
  })

  it('lacks only what could not be read, and says what that is', async () => {
    const parts = [
      collection('Memory', { CapacityMiB: 1024 }, { CapacityMiB: 2048 }),
      collection('Processors', { Manufacturer: 'Intel', TotalCores: 8 }),
    ]
    await start({
      ...machine({ system: Object.assign({}, ...parts.map(one => one.system)) }),
      ...Object.assign({}, ...parts.map(one => one.resources)),
    })
    server.on('GET', `${systemPath}/Memory/1`, reply(200, '{"CapacityMiB": '))
    server.on('GET', `${systemPath}/Processors`, reply(500))
    const spec = await bmc.readInventory(call)
    expect(spec.memory).toMatchObject({ totalMiB: 1024 })
    expect(spec.processors).toBeUndefined()
    expect(spec.problems?.map(one => one.about)).toEqual([`${systemPath} processors`, `${systemPath}/Memory/1`])
    expect(spec.provenance?.map(one => one.path)).not.toContain('/processors')
  })

  it('is given up when the BMC goes away in the middle of it', async () => {
    await start(machine({ system: { Memory: link(`${systemPath}/Memory`) } }))
    const controller = new AbortController()
    server.on('GET', `${systemPath}/Memory`, () => controller.abort())
    await expect(bmc.readInventory({ signal: controller.signal })).rejects.toMatchObject({ code: 'Cancelled' })
  })
})

describe('processors', () => {
  const cpu = {
    ProcessorType: 'CPU',
    Model: 'Intel(R) Xeon(R) Gold 6354 CPU @ 3.00GHz',
    TotalCores: 18,
    TotalThreads: 36,
    InstructionSet: 'x86-64',
  }

  it('are summed up over the sockets in use; GPUs and empty sockets do not count', async () => {
    const spec = await inventory([
      collection(
        'Processors',
        { ...cpu, Socket: 'CPU.10' },
        { ...cpu, Socket: 'CPU.2' },
        { ProcessorType: 'GPU', TotalCores: 1000 },
        { ...cpu, Status: { State: 'Absent' } },
      ),
    ])
    expect(spec.processors).toMatchObject({ count: 2, cores: 36, threads: 72, architecture: 'x86_64' })
    expect(spec.processors?.sockets?.map(one => one.socket)).toEqual(['CPU.2', 'CPU.10'])
  })

  it('are taken from the summary where there is nothing else', async () => {
    const spec = await inventory([], { ProcessorSummary: { Count: 2, CoreCount: 16, LogicalProcessorCount: 32 } })
    expect(spec.processors).toMatchObject({ count: 2, cores: 16, threads: 32 })
  })

  it.each([
    [
      { Model: 'Intel Xeon processor', ProcessorId: { VendorId: 'Intel(R) Xeon(R) Silver 4112 CPU @ 2.60GHz' } },
      'Intel(R) Xeon(R) Silver 4112 CPU @ 2.60GHz',
    ],
    [
      { Model: 'Intel(R) Xeon(R) processor', Version: 'Intel(R) Xeon(R) Platinum 8462Y+' },
      'Intel(R) Xeon(R) Platinum 8462Y+',
    ],
    [{ Model: 'Central Processor' }, 'Central Processor'],
    [{ Model: 'Intel(R) Xeon(R) E5-2680 v4' }, 'Intel(R) Xeon(R) E5-2680 v4'],
  ])('of %j have the model that has a number in it', async (body, model) => {
    const spec = await inventory([collection('Processors', body)])
    expect(spec.processors?.sockets?.[0]?.model).toBe(model)
  })

  it('with words in place of numbers have no numbers', async () => {
    const spec = await inventory([
      collection('Processors', { Manufacturer: 'Intel', TotalCores: 'N/A', TotalThreads: null, MaxSpeedMHz: -1 }),
    ])
    expect(spec.processors).toEqual({ count: 1, sockets: [{ manufacturer: 'Intel' }] })
  })
})

describe('memory', () => {
  it('is the sum of the modules that are there', async () => {
    const spec = await inventory(
      [
        collection(
          'Memory',
          { CapacityMiB: 16384, DeviceLocator: 'A1', MemoryDeviceType: 'DDR4' },
          { CapacityMiB: 0 },
          { Status: { State: 'Absent' }, CapacityMiB: 1 },
        ),
      ],
      { MemorySummary: { TotalSystemMemoryGiB: 999 } },
    )
    expect(spec.memory).toEqual({ totalMiB: 16384, modules: [{ slot: 'A1', sizeMiB: 16384, type: 'DDR4' }] })
  })

  it('is that of the summary where no modules are told', async () => {
    expect((await inventory([], { MemorySummary: { TotalSystemMemoryGiB: 47.5 } })).memory).toEqual({
      totalMiB: 48640,
      modules: [],
    })
  })
})

describe('network interfaces', () => {
  it('have a MAC address in one form, each once; those without are left out', async () => {
    const spec = await inventory([
      collection(
        'EthernetInterfaces',
        { Id: 'NIC.1-1', MACAddress: 'AA:BB:CC:00:00:01', LinkStatus: 'LinkUp', SpeedMbps: 25000 },
        { Id: 'NIC.1-1-2', MACAddress: 'aa-bb-cc-00-00-01' },
        { Id: 'NIC.2', MACAddress: '', LinkStatus: 'NoLink' },
        { Id: 'NIC.3', MACAddress: '00:00:00:00:00:00' },
        { Id: '7', Name: 'Port seven', MACAddress: 'aabbcc000002', LinkStatus: 'LinkDown', SpeedMbps: 0 },
        { Id: '8', Name: '', PermanentMACAddress: 'AA:BB:CC:00:00:03', MACAddress: 'AA:BB:CC:00:00:99' },
      ),
    ])
    expect(spec.nics).toEqual([
      { name: '8', mac: 'aa:bb:cc:00:00:03' },
      { name: 'NIC.1-1', mac: 'aa:bb:cc:00:00:01', linkUp: true, speedMbps: 25000 },
      { name: 'Port seven', mac: 'aa:bb:cc:00:00:02', linkUp: false },
    ])
  })

  it('are taken from the adapters where the list of interfaces is empty', async () => {
    const functions = `${systemPath}/Adapter/Functions`
    const spec = await inventory(
      [
        collection('EthernetInterfaces'),
        collection('NetworkInterfaces', {
          Links: { NetworkAdapter: link('/redfish/v1/Chassis/1/A') },
          NetworkDeviceFunctions: link(functions),
        }),
      ],
      {},
      {},
      {
        '/redfish/v1/Chassis/1/A': { Model: 'X710' },
        [functions]: { Members: [link(`${functions}/1`)] },
        [`${functions}/1`]: { Id: 'F1', Ethernet: { MACAddress: 'AA:BB:CC:00:00:01' } },
      },
    )
    expect(spec.nics).toEqual([{ name: 'F1', mac: 'aa:bb:cc:00:00:01', model: 'X710' }])
  })
})

describe('storage', () => {
  const drive = `${systemPath}/Drives/0`
  const drives = (...bodies: Record<string, unknown>[]) =>
    Object.fromEntries(bodies.map((body, index) => [`${systemPath}/Drives/${index}`, body]))

  it('lists drives once each, however often they are linked, and controllers and volumes', async () => {
    const volumes = `${systemPath}/Volumes`
    const spec = await inventory(
      [
        collection('Storage', {
          Id: 'RAID.1',
          Name: 'RAID',
          StorageControllers: [{ Name: 'PERC', Model: 'H755', FirmwareVersion: '52' }],
          Drives: [link(drive), link(`${drive}/`), link(drive)],
          Volumes: link(volumes),
        }),
      ],
      {},
      {},
      {
        ...drives({
          Name: 'Bay 0',
          Model: 'PM893',
          Manufacturer: 'Contoso',
          SerialNumber: 'S0',
          CapacityBytes: 480103981056,
          MediaType: 'HDD',
          Protocol: 'SATA',
          Identifiers: [
            { DurableNameFormat: 'UUID', DurableName: 'x' },
            { DurableNameFormat: 'NAA', DurableName: '5002538E00000001' },
          ],
        }),
        [volumes]: { Members: [link(`${volumes}/1`), link(`${volumes}/2`)] },
        [`${volumes}/1`]: { Name: 'Disk', VolumeType: 'RawDevice', RAIDType: null },
        [`${volumes}/2`]: { Name: 'System', CapacityBytes: 1000, RAIDType: 'RAID1' },
      },
    )
    expect(spec.storage).toEqual({
      controllers: [{ id: 'RAID.1', name: 'PERC', model: 'H755', firmwareVersion: '52' }],
      drives: [
        {
          name: 'Bay 0',
          model: 'PM893',
          vendor: 'Contoso',
          serialNumber: 'S0',
          wwn: '0x5002538e00000001',
          sizeBytes: 480103981056,
          mediaType: 'HDD',
          protocol: 'SATA',
          rotational: true,
        },
      ],
      volumes: [{ name: 'System', sizeBytes: 1000, raidType: 'RAID1' }],
    })
  })

  it('leaves out empty bays, and reports a drive that is linked but not there', async () => {
    const spec = await inventory(
      [
        collection('Storage', {
          Id: 'A',
          Drives: [link(drive), link(`${systemPath}/Drives/1`), link(`${systemPath}/Drives/9`)],
        }),
      ],
      {},
      {},
      drives({ Name: 'a', MediaType: 'SSD' }, { Name: 'b', Status: { State: 'Absent' } }),
    )
    expect(spec.storage?.drives).toEqual([{ name: 'a', mediaType: 'SSD', rotational: false }])
    expect(spec.problems).toMatchObject([{ about: `${systemPath}/Drives/9` }])
  })

  it('takes controllers from their collection where the new schema is served', async () => {
    const controllers = `${systemPath}/Controllers`
    const spec = await inventory(
      [collection('Storage', { Id: 'A', Controllers: link(controllers) })],
      {},
      {},
      {
        [controllers]: { Members: [link(`${controllers}/0`)] },
        [`${controllers}/0`]: { Name: 'SR416', Model: 'SR416i-a', FirmwareVersion: '3' },
      },
    )
    expect(spec.storage?.controllers).toEqual([{ id: 'A', name: 'SR416', model: 'SR416i-a', firmwareVersion: '3' }])
  })

  it('takes the devices of SimpleStorage where there is nothing else', async () => {
    const spec = await inventory([
      collection('SimpleStorage', {
        Devices: [
          { Name: 'SATA 0', Model: 'M', CapacityBytes: 5 },
          { Name: 'SATA 1', Status: { State: 'Absent' } },
        ],
      }),
    ])
    expect(spec.storage?.drives).toEqual([{ name: 'SATA 0', model: 'M', sizeBytes: 5 }])
  })

  it.each([
    [[{ DurableNameFormat: 'NAA', DurableName: 'naa.5002538E00000001' }], '0x5002538e00000001'],
    [[{ DurableNameFormat: 'NAA', DurableName: '50:02:53:8E:00:00:00:01' }], '0x5002538e00000001'],
    [[{ DurableNameFormat: 'EUI', DurableName: 'eui.0025385B71B00001' }], 'eui.0025385b71b00001'],
    [[{ DurableNameFormat: 'NQN', DurableName: 'nqn.2014-08.org' }], undefined],
    [[{ DurableName: null }], undefined],
    ['text', undefined],
  ])('gives a drive identified by %j the wwn %j', async (Identifiers, wwn) => {
    const spec = await inventory([collection('Storage', { Drives: [link(drive)] })], {}, {}, drives({ Identifiers }))
    expect(spec.storage?.drives?.[0]?.wwn).toBe(wwn)
  })
})

describe('firmware', () => {
  const list = '/redfish/v1/UpdateService/FirmwareInventory'
  const firmware = (...members: Record<string, unknown>[]) => ({
    '/redfish/v1/UpdateService': { FirmwareInventory: link(list) },
    [list]: { Members: members.map((_, index) => link(`${list}/${index}`)) },
    ...Object.fromEntries(members.map((one, index) => [`${list}/${index}`, one])),
  })
  const root = { UpdateService: link('/redfish/v1/UpdateService') }

  it('is listed with versions; what has none is left out', async () => {
    const spec = await inventory(
      [],
      {},
      root,
      firmware({ Name: 'BIOS', Version: '1', Updateable: true }, { Name: 'CPLD', Version: null }),
    )
    expect(spec.firmware).toEqual([{ name: 'BIOS', version: '1', updateable: true }])
  })

  it('is what old services list as software, told apart by Id where all have one name', async () => {
    const software = '/redfish/v1/UpdateService/SoftwareInventory'
    const spec = await inventory([], {}, root, {
      '/redfish/v1/UpdateService': { SoftwareInventory: link(software) },
      [software]: {
        Members: [link(`${software}/BMC`), link(`${software}/ME`), link(`${software}/7`), link(`${software}/8`)],
      },
      [`${software}/BMC`]: { Id: 'BMC', Name: 'Software Inventory', Version: '1.93' },
      [`${software}/ME`]: { Id: 'ME', Name: 'Software Inventory', Version: 'Not Present' },
      [`${software}/7`]: { Id: '7', Name: 'Software Inventory', Version: '4' },
      [`${software}/8`]: { Id: '8', Name: 'SDR', Version: '1.39' },
    })
    expect(spec.firmware).toEqual([
      { name: 'BMC', version: '1.93' },
      { name: 'Software Inventory 7', version: '4' },
      { name: 'SDR', version: '1.39' },
    ])
  })

  it('is what runs, not what is kept to go back to', async () => {
    const spec = await inventory(
      [],
      {},
      { ...root, Oem: { Dell: {} } },
      firmware({ Id: 'Previous-1', Name: 'BIOS', Version: '0' }, { Id: 'Installed-1', Name: 'BIOS', Version: '1' }),
    )
    expect(spec.firmware).toEqual([{ name: 'BIOS', version: '1' }])
  })
})
