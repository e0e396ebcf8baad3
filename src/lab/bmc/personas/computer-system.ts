import type { JsonObject } from '../json.js'
import { healthy, link, type TreeBuilder } from './builder.js'
import { macOf, serialOf, uuidOf } from './identity.js'
import type { Identity, MachineSpec } from './machine-spec.js'

/** Adds the ComputerSystem and what is in it: processors, memory, NICs, storage, SecureBoot. */
export const addSystem = (builder: TreeBuilder, spec: MachineSpec, identity: Identity): string => {
  const path = `/redfish/v1/Systems/${spec.systemId}`
  const { hardware } = spec
  builder.add(path, 'ComputerSystem.v1_14_0', 'System', {
    SystemType: 'Physical',
    Manufacturer: spec.manufacturer,
    Model: spec.model,
    SKU: `${spec.serialPrefix}-SKU`,
    SerialNumber: serialOf(spec.serialPrefix, identity),
    UUID: uuidOf(spec.serialPrefix, identity),
    AssetTag: '',
    HostName: '',
    IndicatorLED: 'Off',
    BiosVersion: spec.biosVersion,
    PowerState: 'Off',
    Status: healthy,
    ProcessorSummary: { Count: hardware.sockets, Model: hardware.processor.model, Status: healthy },
    MemorySummary: { TotalSystemMemoryGiB: (hardware.dimms * hardware.dimmMiB) / 1024, Status: healthy },
    Boot: spec.boot,
    Bios: link(spec.bios.path),
    SecureBoot: link(addSecureBoot(builder, path)),
    Processors: link(addProcessors(builder, spec, path)),
    Memory: link(addMemory(builder, spec, path)),
    EthernetInterfaces: link(addNics(builder, spec, path, identity)),
    Storage: link(addStorage(builder, spec, path, identity)),
    Links: {
      Chassis: [link(`/redfish/v1/Chassis/${spec.chassisId}`)],
      ManagedBy: [link(`/redfish/v1/Managers/${spec.managerId}`)],
    },
    Actions: { '#ComputerSystem.Reset': resetAction(builder, spec, path) },
  })
  return builder.collect('/redfish/v1/Systems', 'ComputerSystemCollection', [path])
}

const resetAction = (
  builder: TreeBuilder,
  { resetTypes, resetByActionInfo }: MachineSpec,
  path: string,
): JsonObject => {
  const target = `${path}/Actions/ComputerSystem.Reset`
  if (!resetByActionInfo) return { target, 'ResetType@Redfish.AllowableValues': [...resetTypes] }
  const info = builder.add(`${path}/ResetActionInfo`, 'ActionInfo.v1_1_2', 'Reset Action Info', {
    Parameters: [{ Name: 'ResetType', Required: true, DataType: 'String', AllowableValues: [...resetTypes] }],
  })
  return { target, '@Redfish.ActionInfo': info }
}

const addSecureBoot = (builder: TreeBuilder, system: string): string =>
  builder.add(`${system}/SecureBoot`, 'SecureBoot.v1_1_0', 'UEFI Secure Boot', {
    SecureBootEnable: false,
    SecureBootCurrentBoot: 'Disabled',
    SecureBootMode: 'UserMode',
  })

const addProcessors = (builder: TreeBuilder, { hardware }: MachineSpec, system: string): string => {
  const { model, cores, threads, mhz } = hardware.processor
  const paths = numbers(hardware.sockets).map(socket =>
    builder.add(`${system}/Processors/CPU${socket}`, 'Processor.v1_11_0', `Processor ${socket}`, {
      Socket: `CPU ${socket}`,
      ProcessorType: 'CPU',
      ProcessorArchitecture: 'x86',
      InstructionSet: 'x86-64',
      Manufacturer: 'Intel',
      Model: model,
      TotalCores: cores,
      TotalThreads: threads,
      MaxSpeedMHz: mhz,
      Status: healthy,
    }),
  )
  return builder.collect(`${system}/Processors`, 'ProcessorCollection', paths)
}

const addMemory = (builder: TreeBuilder, { hardware }: MachineSpec, system: string): string => {
  const paths = numbers(hardware.dimms).map(slot =>
    builder.add(`${system}/Memory/DIMM${slot}`, 'Memory.v1_11_0', `DIMM ${slot}`, {
      DeviceLocator: `DIMM ${slot}`,
      MemoryType: 'DRAM',
      MemoryDeviceType: 'DDR4',
      CapacityMiB: hardware.dimmMiB,
      OperatingSpeedMhz: 3200,
      Manufacturer: 'Lab Memory',
      PartNumber: `LM-${hardware.dimmMiB / 1024}G`,
      SerialNumber: `M${String(slot).padStart(6, '0')}`,
      Status: healthy,
    }),
  )
  return builder.collect(`${system}/Memory`, 'MemoryCollection', paths)
}

const addNics = (builder: TreeBuilder, { hardware }: MachineSpec, system: string, identity: Identity): string => {
  const paths = hardware.nics.map(({ id, model, mbps }, port) =>
    builder.add(`${system}/EthernetInterfaces/${id}`, 'EthernetInterface.v1_6_0', `${model}, port ${port + 1}`, {
      MACAddress: macOf(identity, port),
      PermanentMACAddress: macOf(identity, port),
      SpeedMbps: mbps,
      InterfaceEnabled: true,
      LinkStatus: port === 0 ? 'LinkUp' : 'LinkDown',
      Status: healthy,
    }),
  )
  return builder.collect(`${system}/EthernetInterfaces`, 'EthernetInterfaceCollection', paths)
}

const addStorage = (
  builder: TreeBuilder,
  { hardware, serialPrefix }: MachineSpec,
  system: string,
  identity: Identity,
): string => {
  const controller = `${system}/Storage/1`
  const drives = hardware.disks.map(({ id, model, bytes, protocol, rotational }) =>
    builder.add(`${controller}/Drives/${id}`, 'Drive.v1_12_0', `Drive ${id}`, {
      Model: model,
      Manufacturer: 'Lab Storage',
      SerialNumber: `${serialOf(serialPrefix, identity)}D${id}`,
      CapacityBytes: bytes,
      MediaType: rotational ? 'HDD' : 'SSD',
      Protocol: protocol,
      Status: healthy,
    }),
  )
  builder.collect(`${controller}/Volumes`, 'VolumeCollection', [])
  builder.add(controller, 'Storage.v1_10_0', 'Storage controller', {
    StorageControllers: [
      {
        '@odata.id': `${controller}#/StorageControllers/0`,
        MemberId: '0',
        Name: 'HBA',
        Model: 'Lab HBA',
        FirmwareVersion: '24.1',
      },
    ],
    Drives: drives.map(link),
    Volumes: link(`${controller}/Volumes`),
    Status: healthy,
  })
  return builder.collect(`${system}/Storage`, 'StorageCollection', [controller])
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
