import { afterEach, describe, expect, it } from 'vitest'
import { hostInventorySpecSchema } from '../../../../api/metal/host-inventory.js'
import { bmcFor, call } from '../../../../test/support/redfish-client.js'
import { machine, systemPath } from '../../../../test/support/redfish-machine.js'
import { type RedfishServer, reply, startRedfishServer } from '../../../../test/support/redfish-server.js'
import type { Bmc } from '../../model.js'

let server: RedfishServer
let bmc: Bmc
afterEach(async () => {
  await bmc.close()
  await server.stop()
})

type Body = Record<string, unknown>
const link = (path: string) => ({ '@odata.id': path })
const chassisPath = '/redfish/v1/Chassis/1'

/** A collection with its members, by the Ids that they are given or numbers. */
const collection = (path: string, ...members: Body[]): Body => {
  const paths = members.map((one, index) => `${path}/${typeof one['Id'] === 'string' ? one['Id'] : String(index)}`)
  return {
    [path]: { '@odata.id': path, Members: paths.map(link) },
    ...Object.fromEntries(members.map((one, index) => [paths[index] ?? '', { '@odata.id': paths[index], ...one }])),
  }
}

const inventory = async (parts: { system?: Body; chassis?: Body; more?: Body; systems?: Body[]; expand?: boolean }) => {
  const boards = (parts.systems ?? []).map((one, index) => ({ Id: `Board${index}`, ...one }))
  const features = { ExpandQuery: { NoLinks: true, Levels: true, MaxLevels: 1 } }
  server = await startRedfishServer({
    expand: parts.expand ?? false,
    resources: {
      ...machine({
        root: {
          Chassis: link('/redfish/v1/Chassis'),
          ...(parts.expand === true ? { ProtocolFeaturesSupported: features } : {}),
        },
        system: { Links: { Chassis: [link(chassisPath)] }, ...parts.system },
      }),
      ...collection('/redfish/v1/Chassis', { Id: '1', ...parts.chassis }),
      ...(boards.length === 0
        ? {}
        : {
            ...Object.fromEntries(boards.map(one => [`/redfish/v1/Systems/${one.Id}`, one])),
            '/redfish/v1/Systems': {
              Members: [...boards.map(one => link(`/redfish/v1/Systems/${one.Id}`)), link(systemPath)],
            },
          }),
      ...parts.more,
    },
  })
  bmc = await bmcFor(server)
  const spec = await bmc.readInventory(call)
  expect(() => hostInventorySpecSchema.parse(spec)).not.toThrow()
  return spec
}
const asked = (pattern: RegExp) => server.requests.filter(one => pattern.test(one.path)).length

describe('NICs and their adapters', () => {
  const adapters = `${chassisPath}/NetworkAdapters`
  const functions = `${adapters}/A/NetworkDeviceFunctions`
  const ports = `${adapters}/A/Ports`
  const interfaces = `${systemPath}/EthernetInterfaces`
  const system = { EthernetInterfaces: link(interfaces) }
  const chassis = { NetworkAdapters: link(adapters) }
  const capable = (VirtualFunction: Body, SRIOV: Body = {}) => ({
    ControllerCapabilities: { VirtualizationOffload: { VirtualFunction, SRIOV } },
  })
  const adapter = (more: Body = {}) => ({
    Id: 'A',
    Model: 'MCX512F',
    Manufacturer: 'Mellanox',
    NetworkDeviceFunctions: link(functions),
    Ports: link(ports),
    Controllers: [{ FirmwarePackageVersion: '16.35', ...capable({ DeviceMaxCount: 254 }) }],
    Status: { Health: 'OK' },
    ...more,
  })

  it('are brought together by address, with link and speed of the port that the function uses', async () => {
    const { nics } = await inventory({
      system,
      chassis,
      more: {
        ...collection(
          interfaces,
          { Id: '13', MACAddress: '88:E9:A4:6B:A8:AC' },
          { Id: '5', MACAddress: '50:7C:6F:13:90:96' },
        ),
        ...collection(adapters, adapter()),
        ...collection(
          functions,
          {
            Id: '0',
            Ethernet: { MACAddress: '88:E9:A4:6B:A8:AC' },
            Links: { PhysicalNetworkPortAssignment: link(`${ports}/1`) },
          },
          { Id: '1', Ethernet: { PermanentMACAddress: '88:E9:A4:6B:A8:AD', MACAddress: '88:E9:A4:6B:A8:AC' } },
        ),
        ...collection(
          ports,
          { Id: '0', LinkStatus: 'LinkDown', Ethernet: { AssociatedMACAddresses: ['88:E9:A4:6B:A8:AD'] } },
          { Id: '1', LinkStatus: 'LinkUp', CurrentSpeedGbps: 25 },
        ),
      },
    })
    const card = {
      model: 'MCX512F',
      manufacturer: 'Mellanox',
      firmwareVersion: '16.35',
      sriov: true,
      maxVirtualFunctions: 254,
      health: 'OK',
    }
    expect(nics).toEqual([
      { name: '5', mac: '50:7c:6f:13:90:96' },
      { name: '13', mac: '88:e9:a4:6b:a8:ac', linkUp: true, speedMbps: 25000, ...card },
      { name: 'A-1', mac: '88:e9:a4:6b:a8:ad', linkUp: false, ...card },
    ])
  })

  it('need no look at functions and ports where interfaces name their function and have a link', async () => {
    const { nics } = await inventory({
      system,
      chassis,
      more: {
        ...collection(interfaces, {
          Id: 'eth0',
          MACAddress: '94:6D:AE:91:FB:22',
          LinkStatus: 'LinkDown',
          Links: { NetworkDeviceFunction: link(`${functions}/1`) },
        }),
        ...collection(
          adapters,
          adapter({ Controllers: [{ Links: { NetworkDeviceFunctions: [link(`${functions}/1`)] } }] }),
        ),
      },
    })
    expect(nics).toMatchObject([{ name: 'eth0', linkUp: false, model: 'MCX512F' }])
    expect(asked(/NetworkDeviceFunctions|Ports/)).toBe(0)
  })

  it('need none either where functions have the names of interfaces', async () => {
    await inventory({
      system,
      chassis,
      more: {
        ...collection(interfaces, { Id: 'NIC.2-1-1', MACAddress: '94:6D:AE:91:FB:22', LinkStatus: 'LinkDown' }),
        ...collection(
          adapters,
          adapter({ Controllers: [{ Links: { NetworkDeviceFunctions: [link(`${functions}/NIC.2-1-1`)] } }] }),
        ),
      },
    })
    expect(asked(/A\/NetworkDeviceFunctions/)).toBe(0)
  })

  it('have the addresses of ports where the adapter has no functions', async () => {
    const { nics } = await inventory({
      chassis,
      more: {
        ...collection(
          adapters,
          adapter({ NetworkDeviceFunctions: undefined, Ports: undefined, NetworkPorts: link(ports) }),
        ),
        ...collection(ports, {
          Id: '1',
          LinkStatus: 'Up',
          CurrentLinkSpeedMbps: 10000,
          AssociatedNetworkAddresses: ['946DAE91FB22'],
        }),
      },
    })
    expect(nics).toMatchObject([{ name: 'A-1', mac: '94:6d:ae:91:fb:22', linkUp: true, speedMbps: 10000 }])
  })

  it.each([
    [
      'can do SR-IOV by the number of functions',
      [capable({ DeviceMaxCount: 8 }, { SRIOVVEPACapable: false })],
      true,
      8,
    ],
    [
      'can do SR-IOV by its word alone',
      [capable({ DeviceMaxCount: null }, { SRIOVVEPACapable: true })],
      true,
      undefined,
    ],
    ['cannot', [capable({}, { SRIOVVEPACapable: false })], false, undefined],
    ['does not tell', [{}], undefined, undefined],
  ])('of an adapter that %s say so', async (_what, Controllers, sriov, maxVirtualFunctions) => {
    const { nics } = await inventory({
      chassis,
      more: {
        ...collection(adapters, adapter({ Controllers })),
        ...collection(functions, { Id: 'F', Ethernet: { MACAddress: '94:6D:AE:91:FB:22' } }),
      },
    })
    expect(nics?.[0]?.sriov).toBe(sriov)
    expect(nics?.[0]?.maxVirtualFunctions).toBe(maxVirtualFunctions)
  })

  it('are there without what of the adapter cannot be read', async () => {
    const read = inventory({
      system,
      chassis,
      more: {
        ...collection(interfaces, { Id: 'eth0', MACAddress: '94:6D:AE:91:FB:22' }),
        ...collection(adapters, adapter()),
        [functions]: 'nothing',
      },
    })
    const { nics, problems } = await read
    expect(nics).toMatchObject([{ name: 'eth0', mac: '94:6d:ae:91:fb:22' }])
    expect(problems?.map(one => one.about)).toContain(functions)
  })
})

describe('PCIe devices', () => {
  const devices = `${chassisPath}/PCIeDevices`
  const chassis = { PCIeDevices: link(devices) }

  it('have the class and ids of their first function, and cost one request for it', async () => {
    const { pcieDevices } = await inventory({
      chassis,
      more: {
        ...collection(devices, {
          Id: '49-0',
          Name: 'BCM57414',
          Manufacturer: 'Broadcom',
          SerialNumber: 'S1',
          FirmwareVersion: '21',
          Slot: { Location: { PartLocation: { ServiceLabel: 'Slot 3' } } },
          Links: { PCIeFunctions: [link(`${devices}/49-0/F/0`), link(`${devices}/49-0/F/1`)] },
        }),
        [`${devices}/49-0/F/0`]: { DeviceClass: 'NetworkController', VendorId: '0x14E4', DeviceId: '0X16d7' },
      },
    })
    expect(pcieDevices).toEqual([
      {
        name: 'BCM57414',
        manufacturer: 'Broadcom',
        class: 'NetworkController',
        vendorID: '14e4',
        deviceID: '16d7',
        functions: 2,
        slot: 'Slot 3',
        serialNumber: 'S1',
        firmwareVersion: '21',
      },
    ])
    expect(asked(/F\/1/)).toBe(0)
  })

  it('in a collection of functions have that of its first member, by one request where it expands', async () => {
    const functions = `${devices}/NIC1/PCIeFunctions`
    const { pcieDevices } = await inventory({
      expand: true,
      chassis,
      more: {
        ...collection(devices, { Id: 'NIC1', Name: 'PCIeDevices', PCIeFunctions: link(functions) }),
        ...collection(functions, { Id: '1', DeviceClass: 'DisplayController', VendorId: '0x0000', DeviceId: 'N/A' }),
      },
    })
    expect(pcieDevices).toEqual([{ name: 'NIC1', class: 'DisplayController', functions: 1 }])
    expect(asked(/PCIeFunctions/)).toBe(1)
  })

  it('that the system lists under other paths are not listed twice', async () => {
    const other = (id: string) => `${systemPath}/PCIeDevices/${id}`
    const { pcieDevices } = await inventory({
      chassis,
      system: { PCIeDevices: [link(other('1-0')), link(other('2-0')), link(other('2-0'))] },
      more: { ...collection(devices, { Id: '1-0', Name: 'one' }), [other('2-0')]: { Id: '2-0', Name: 'two' } },
    })
    expect(pcieDevices?.map(one => one.name)).toEqual(['one', 'two'])
    expect(asked(/Systems\/1\/PCIeDevices\/1-0/)).toBe(0)
  })

  it.each([
    ['by the link of the adapter', { Links: { PCIeDevices: [link(`${systemPath}/PCIeDevices/n1`)] } }, {}],
    ['by serial number', {}, { SerialNumber: 'MT1' }],
  ])('know of SR-IOV what their adapter says, %s', async (_how, controller, card) => {
    const adapters = `${chassisPath}/NetworkAdapters`
    const { pcieDevices } = await inventory({
      chassis: { ...chassis, NetworkAdapters: link(adapters) },
      more: {
        ...collection(devices, { Id: 'N1', SerialNumber: 'MT1' }, { Id: 'N2', SerialNumber: 'MT2' }),
        ...collection(adapters, {
          Id: 'A',
          ...card,
          Controllers: [
            {
              ControllerCapabilities: { VirtualizationOffload: { VirtualFunction: { DeviceMaxCount: 16 } } },
              ...controller,
            },
          ],
        }),
      },
    })
    expect(pcieDevices?.map(one => one.sriov)).toEqual([true, undefined])
  })
})

describe('GPUs', () => {
  const processors = `${systemPath}/Processors`
  const devices = `${chassisPath}/PCIeDevices`
  const gpu = {
    ProcessorType: 'GPU',
    Manufacturer: 'NVIDIA',
    Model: 'H100',
    MemorySummary: { TotalMemorySizeMiB: 81920 },
  }

  it('are told from processors, which do not count them as sockets', async () => {
    const spec = await inventory({
      system: { Processors: link(processors) },
      more: collection(processors, { Id: 'CPU1', TotalCores: 32 }, { Id: 'GPU1', ...gpu }),
    })
    expect(spec.gpus).toEqual([{ name: 'GPU1', manufacturer: 'NVIDIA', model: 'H100', memoryMiB: 81920 }])
    expect(spec.processors?.count).toBe(1)
  })

  it('are found on the accelerator board that stands as a system of its own', async () => {
    const board = '/redfish/v1/Systems/Board0/Processors'
    const spec = await inventory({
      systems: [{ Name: 'HGX Baseboard', Processors: link(board) }],
      more: collection(
        board,
        {
          Id: 'GPU_SXM_1',
          ...gpu,
          MemorySummary: undefined,
          ProcessorMemory: [{ CapacityMiB: 40960 }, { CapacityMiB: 40960 }],
        },
        { Id: 'FPGA_0', ProcessorType: 'FPGA' },
      ),
    })
    expect(spec.system?.model).toBe('R1')
    expect(spec.gpus).toEqual([
      { name: 'FPGA_0' },
      { name: 'GPU_SXM_1', manufacturer: 'NVIDIA', model: 'H100', memoryMiB: 81920 },
    ])
  })

  it('are told from PCIe devices where no processor is one, the graphics of the BMC left out', async () => {
    const functions = (id: string, body: Body) => ({ [`/redfish/v1/F/${id}`]: body })
    const device = (id: string, more: Body = {}) => ({
      Id: id,
      Name: id,
      Links: { PCIeFunctions: [link(`/redfish/v1/F/${id}`)] },
      ...more,
    })
    const { gpus } = await inventory({
      chassis: { PCIeDevices: link(devices) },
      more: {
        ...collection(
          devices,
          device('GPU2', { Model: 'L40' }),
          device('Video'),
          device('NIC'),
          device('ASPEED AST2600'),
        ),
        ...functions('GPU2', { DeviceClass: 'DisplayController', VendorId: '0x10de' }),
        ...functions('Video', { DeviceClass: 'DisplayController', VendorId: '0x102b' }),
        ...functions('NIC', { DeviceClass: 'NetworkController', VendorId: '0x10de' }),
        ...functions('ASPEED%20AST2600', { DeviceClass: 'DisplayController', VendorId: '0x0000' }),
      },
    })
    expect(gpus).toEqual([{ name: 'GPU2', model: 'L40' }])
  })
})

describe('chassis, power supplies and TPMs', () => {
  it('are listed with what they say about themselves; sleds of other systems are left out', async () => {
    const { chassis } = await inventory({
      chassis: {
        ChassisType: 'RackMount',
        Manufacturer: 'Contoso',
        Model: 'C1',
        SerialNumber: 'S',
        PartNumber: 'P',
        Status: { Health: 'OK' },
      },
      more: {
        '/redfish/v1/Chassis': {
          Members: [link('/redfish/v1/Chassis/0'), link('/redfish/v1/Chassis/2'), link(chassisPath)],
        },
        '/redfish/v1/Chassis/0': { Id: 'Backplane', ChassisType: 'StorageEnclosure' },
        '/redfish/v1/Chassis/2': { Id: 'Sled2', Links: { ComputerSystems: [link('/redfish/v1/Systems/2')] } },
      },
    })
    expect(chassis).toEqual([
      {
        name: '1',
        type: 'RackMount',
        manufacturer: 'Contoso',
        model: 'C1',
        serialNumber: 'S',
        partNumber: 'P',
        health: 'OK',
      },
      { name: 'Backplane', type: 'StorageEnclosure' },
    ])
  })

  it('have supplies from Power, empty bays left out and told apart where all have one name', async () => {
    const { powerSupplies } = await inventory({
      chassis: { Power: link(`${chassisPath}/Power`), PowerSubsystem: link(`${chassisPath}/PowerSubsystem`) },
      more: {
        [`${chassisPath}/Power`]: {
          PowerSupplies: [
            {
              Name: 'Supply',
              Model: 'M',
              Manufacturer: 'DELTA',
              SerialNumber: 'A',
              FirmwareVersion: '2',
              PowerCapacityWatts: 800,
              Status: { Health: 'OK' },
            },
            { Name: 'Supply', Model: 'M', Status: { State: 'Absent' } },
            { Name: 'Supply' },
            { Name: 'Supply', Model: 'M', PowerCapacityWatts: 'N/A' },
          ],
        },
      },
    })
    expect(powerSupplies).toEqual([
      {
        name: 'Supply 1',
        model: 'M',
        manufacturer: 'DELTA',
        serialNumber: 'A',
        firmwareVersion: '2',
        capacityWatts: 800,
        health: 'OK',
      },
      { name: 'Supply 2', model: 'M' },
    ])
    expect(asked(/PowerSubsystem/)).toBe(0)
  })

  it('have supplies from the subsystem where Power is gone', async () => {
    const subsystem = `${chassisPath}/PowerSubsystem`
    const { powerSupplies } = await inventory({
      chassis: { PowerSubsystem: link(subsystem) },
      more: {
        [subsystem]: { PowerSupplies: link(`${subsystem}/PowerSupplies`) },
        ...collection(`${subsystem}/PowerSupplies`, { Id: 'PSU1', Name: 'PSU1', Model: 'M', PowerCapacityWatts: 2400 }),
      },
    })
    expect(powerSupplies).toEqual([{ name: 'PSU1', model: 'M', capacityWatts: 2400 }])
  })

  it('have TPMs from the system, the absent left out', async () => {
    const { tpms } = await inventory({
      system: {
        TrustedModules: [
          { InterfaceType: 'TPM2_0', FirmwareVersion: '7.2.2.0', Status: { State: 'Enabled' } },
          { InterfaceType: null, Status: { State: 'Absent' } },
        ],
      },
    })
    expect(tpms).toEqual([{ type: 'TPM2_0', firmwareVersion: '7.2.2.0', state: 'Enabled' }])
  })

  it('have TPMs from the trusted components of the chassis otherwise, other roots of trust left out', async () => {
    const components = `${chassisPath}/TrustedComponents`
    const { tpms } = await inventory({
      chassis: { TrustedComponents: link(components) },
      more: collection(
        components,
        { Id: 'TPM', TrustedComponentType: 'Discrete', Manufacturer: 'STMicro', FirmwareVersion: '1' },
        { Id: 'ERoT_BMC_0', TrustedComponentType: 'Discrete' },
      ),
    })
    expect(tpms).toEqual([{ type: 'Discrete', manufacturer: 'STMicro', firmwareVersion: '1' }])
  })
})

describe('many drives of one enclosure', () => {
  const drives = `${chassisPath}/Drives`
  const four = collection(drives, ...['a', 'b', 'c', 'd', 'empty'].map(Id => ({ Id, Name: Id })))
  const storage = `${systemPath}/Storage`
  const parts = {
    system: { Storage: link(storage) },
    more: {
      ...four,
      ...collection(storage, { Id: 'S', Drives: ['a', 'b', 'c', 'd'].map(id => link(`${drives}/${id}`)) }),
    },
  }

  it('are read in one request where their collection expands, those that are not linked left out', async () => {
    const spec = await inventory({ ...parts, expand: true })
    expect(spec.storage?.drives?.map(one => one.name)).toEqual(['a', 'b', 'c', 'd'])
    expect(asked(/Drives/)).toBe(1)
  })

  it('are read one by one where it does not', async () => {
    const spec = await inventory(parts)
    expect(spec.storage?.drives?.map(one => one.name)).toEqual(['a', 'b', 'c', 'd'])
    expect(asked(/Drives/)).toBe(4)
  })

  it('are read one by one where the service says that it expands and does not', async () => {
    const read = inventory({ ...parts, expand: true, more: { ...parts.more, [drives]: 'no collection' } })
    expect((await read).storage?.drives?.map(one => one.name)).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('the health roll-up', () => {
  it('is the worst of the system and its parts, and names those that are not well', async () => {
    const processors = `${systemPath}/Processors`
    const spec = await inventory({
      system: { Status: { Health: 'OK' }, Processors: link(processors) },
      chassis: { Status: { Health: 'Warning' } },
      more: collection(
        processors,
        { Id: 'CPU1', Socket: 'CPU1', TotalCores: 8, Status: { Health: 'OK' } },
        { Id: 'CPU2', Socket: 'CPU2', TotalCores: 8, Status: { Health: 'critical' } },
      ),
    })
    expect(spec.health).toEqual({
      state: 'Critical',
      parts: [
        { path: '/processors/sockets/1', name: 'CPU2', health: 'Critical' },
        { path: '/chassis/0', name: '1', health: 'Warning' },
      ],
    })
  })

  it('is not known where nothing tells', async () => {
    expect((await inventory({})).health).toEqual({ parts: [] })
  })
})

describe('a part that cannot be read', () => {
  it('costs only itself', async () => {
    const read = inventory({ chassis: { Power: link(`${chassisPath}/Power`) } })
    const { problems } = await read
    expect(problems).toEqual([])
    server.on('GET', '/redfish/v1/Chassis', reply(500))
    const spec = await bmc.readInventory(call)
    expect(spec.problems).toMatchObject([{ about: `${systemPath} chassis` }])
    expect(spec.system?.model).toBe('R1')
    expect(spec.chassis).toBeUndefined()
    expect(spec.powerSupplies).toBeUndefined()
    expect(spec.provenance?.map(one => one.path)).not.toContain('/chassis')
  })
})
