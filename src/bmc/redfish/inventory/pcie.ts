import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import { inTurns } from '../in-turns.js'
import { membersOf, type Reading, resourceAt, resourcesAt } from '../reading.js'
import {
  array,
  comparablePath,
  isObject,
  type JsonObject,
  link,
  links,
  number,
  type RedfishResource,
} from '../resource.js'
import { type Adapter, idOf } from './adapters.js'
import { byName, healthOf, isPresent, shortText } from './tidy.js'

export type PcieDevice = NonNullable<HostInventorySpec['pcieDevices']>[number]

/** PCIe devices of the chassis and of the system, each once; the class is that of the first function. */
export const readPcieDevices = async (
  reading: Reading,
  chassis: readonly RedfishResource[],
  adapters: readonly Adapter[],
): Promise<PcieDevice[]> => {
  const devices = (await listed(reading, chassis)).filter(one => isPresent(one.body))
  const found = await inTurns(devices, async device => deviceOf(device, await functionsOf(reading, device), adapters))
  return byName(found, one => one.name).slice(0, 512)
}

/**
 * Collections come first, as they may be read in one go. Lists of references repeat the same devices under paths of
 * their own on some services; what has a known Id is known.
 */
const listed = async (reading: Reading, chassis: readonly RedfishResource[]): Promise<readonly RedfishResource[]> => {
  const { body } = reading.context.system
  const collections = [...chassis.map(one => link(one.body, 'PCIeDevices')), link(body, 'PCIeDevices')]
  const found = new Map<string, RedfishResource>()
  for (const path of new Set(collections))
    for (const one of await membersOf(reading, path)) found.set(comparablePath(link(one.body) ?? one.path), one)
  const ids = new Set([...found.keys()].map(idOf))
  const lists = [...links(body, 'PCIeDevices'), ...chassis.flatMap(one => links(one.body, 'Links', 'PCIeDevices'))]
  const more = new Map(lists.map(path => [idOf(comparablePath(path)), path]))
  const unread = [...more].filter(([id]) => !ids.has(id)).map(([, path]) => path)
  return [...found.values(), ...(await resourcesAt(reading, unread))]
}

interface Functions {
  readonly first: JsonObject | undefined
  readonly count: number | undefined
}

/** One request where functions are named one by one, and one where they are in a collection that expands. */
const functionsOf = async (reading: Reading, { body }: RedfishResource): Promise<Functions> => {
  const named = [...links(body, 'Links', 'PCIeFunctions'), ...links(body, 'PCIeFunctions')]
  if (named.length > 0) return { first: (await resourceAt(reading, named[0]))?.body, count: named.length }
  const members = await membersOf(reading, link(body, 'PCIeFunctions'))
  return { first: members[0]?.body, count: members.length === 0 ? undefined : members.length }
}

const deviceOf = (
  { body, path }: RedfishResource,
  { first, count }: Functions,
  adapters: readonly Adapter[],
): PcieDevice => {
  const id = shortText(body, 'Id') ?? idOf(path)
  const serialNumber = shortText(body, 'SerialNumber')
  const adapter = adapters.find(one => isAdapter(one, id, serialNumber))
  return {
    name: nameOf(body) ?? id,
    manufacturer: shortText(body, 'Manufacturer'),
    model: shortText(body, 'Model'),
    class: shortText(first, 'DeviceClass'),
    vendorID: hexId(shortText(first, 'VendorId')),
    deviceID: hexId(shortText(first, 'DeviceId')),
    functions: count,
    slot: slotOf(body),
    serialNumber,
    firmwareVersion: shortText(body, 'FirmwareVersion'),
    sriov: adapter?.sriov,
    health: healthOf(body),
  }
}

/** Adapters name their devices on some services; on the others one card has one serial number. */
const isAdapter = (adapter: Adapter, id: string, serialNumber: string | undefined): boolean =>
  adapter.pcieDevices.some(other => other.toLowerCase() === id.toLowerCase()) ||
  (serialNumber !== undefined && serialNumber === adapter.serialNumber)

/** A name that all devices share tells nothing; then the Id does. */
const nameOf = (body: JsonObject): string | undefined => {
  const name = shortText(body, 'Name')
  return name === undefined || /^PCIe ?Devices?$/i.test(name) ? shortText(body, 'Id') : name
}

const slotOf = (body: JsonObject): string | undefined => {
  const slot = body['Slot']
  const location = isObject(slot) ? shortText(slot, 'Location', 'PartLocation', 'ServiceLabel') : undefined
  return location ?? shortText(body, 'Location', 'PartLocation', 'ServiceLabel')
}

/** Four lower-case hex digits; 0000 and ffff mean that nobody knows. */
export const hexId = (written: string | undefined): string | undefined => {
  const digits = /^(?:0x)?([0-9a-f]{4})$/i.exec(written ?? '')?.[1]?.toLowerCase()
  return digits === undefined || digits === '0000' || digits === 'ffff' ? undefined : digits
}

type Gpu = NonNullable<HostInventorySpec['gpus']>[number]

/**
 * GPUs and accelerators: those among the processors, of this system and of accelerator boards beside it; where no
 * processor is one, the PCIe devices that drive a display or accelerate, the graphics of the BMC left out.
 */
export const readGpus = async (
  reading: Reading,
  processors: readonly RedfishResource[],
  devices: readonly PcieDevice[],
): Promise<Gpu[]> => {
  const found = [...processors, ...(await onBoards(reading))].filter(isAccelerator).map(gpuOf)
  const gpus = found.length > 0 ? found : devices.filter(isGpuDevice).map(gpuOfDevice)
  return byName(gpus, one => one.name).slice(0, 64)
}

const onBoards = async (reading: Reading): Promise<readonly RedfishResource[]> => {
  const processors: RedfishResource[] = []
  for (const board of reading.context.boards ?? [])
    processors.push(...(await membersOf(reading, link(board.body, 'Processors'))))
  return processors
}

const isAccelerator = ({ body }: RedfishResource): boolean =>
  ['GPU', 'Accelerator', 'FPGA'].includes(shortText(body, 'ProcessorType') ?? '') && isPresent(body)

const gpuOf = ({ body, path }: RedfishResource): Gpu => ({
  name: shortText(body, 'Id') ?? idOf(path),
  manufacturer: shortText(body, 'Manufacturer'),
  model: shortText(body, 'Model'),
  memoryMiB: memoryOf(body),
  serialNumber: shortText(body, 'SerialNumber'),
  firmwareVersion: shortText(body, 'FirmwareVersion'),
  health: healthOf(body),
})

/** In MemorySummary by the new schema, in ProcessorMemory by the old one; MiB both. */
const memoryOf = (body: JsonObject): number | undefined => {
  const summary = number(body, 'MemorySummary', 'TotalMemorySizeMiB')
  if (summary !== undefined && summary > 0) return Math.round(summary)
  const parts = array(body, 'ProcessorMemory').map(one => number(one, 'CapacityMiB') ?? 0)
  const total = parts.reduce((a, b) => a + b, 0)
  return total > 0 ? Math.round(total) : undefined
}

const isGpuDevice = ({ class: kind, vendorID, name, manufacturer }: PcieDevice): boolean =>
  /^(DisplayController|ProcessingAccelerators?)$/i.test(kind ?? '') &&
  !bmcGraphics.has(vendorID ?? '') &&
  !/Matrox|ASPEED|Embedded Video/i.test(`${name ?? ''} ${manufacturer ?? ''}`)

/** Matrox and ASPEED: the VGA of the management controller, which has no use as a GPU. */
const bmcGraphics = new Set(['102b', '1a03'])

const gpuOfDevice = ({ name, manufacturer, model, serialNumber, firmwareVersion, health }: PcieDevice): Gpu => ({
  name,
  manufacturer,
  model,
  serialNumber,
  firmwareVersion,
  health,
})
