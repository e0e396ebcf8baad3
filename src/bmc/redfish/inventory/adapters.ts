import { type Reading, membersOf, resourceAt } from '../reading.js'
import {
  array,
  boolean,
  isObject,
  type JsonObject,
  link,
  links,
  number,
  type RedfishResource,
  text,
} from '../resource.js'
import { healthOf, isPresent, positive, shortText } from './tidy.js'

/** A network adapter: a card with controllers, functions and ports (schema NetworkAdapter). */
export interface Adapter {
  readonly path: string
  readonly body: JsonObject
  readonly model: string | undefined
  readonly manufacturer: string | undefined
  readonly serialNumber: string | undefined
  readonly firmwareVersion: string | undefined
  readonly health: string | undefined
  /** Whether it can do SR-IOV; undefined where it does not tell. */
  readonly sriov: boolean | undefined
  readonly maxVirtualFunctions: number | undefined
  /** Paths of its functions as its controllers name them; empty where they do not. */
  readonly functions: readonly string[]
  /** Ids of the PCIe devices that it is. */
  readonly pcieDevices: readonly string[]
}

/** Adapters in the chassis; on services that list none there, those behind the NetworkInterfaces of the system. */
export const readAdapters = async (
  reading: Reading,
  chassis: readonly RedfishResource[],
): Promise<readonly Adapter[]> => {
  const found: RedfishResource[] = []
  for (const { body } of chassis) found.push(...(await membersOf(reading, link(body, 'NetworkAdapters'))))
  const present = found.filter(one => isPresent(one.body))
  return (present.length > 0 ? present : await behindInterfaces(reading)).map(adapterOf)
}

/** A NetworkInterface holds the functions and ports itself where it does not name its adapter. */
const behindInterfaces = async (reading: Reading): Promise<readonly RedfishResource[]> => {
  const adapters: RedfishResource[] = []
  for (const one of await membersOf(reading, link(reading.context.system.body, 'NetworkInterfaces'))) {
    const adapter = await resourceAt(reading, link(one.body, 'Links', 'NetworkAdapter'))
    adapters.push({ ...(adapter ?? one), body: { ...one.body, ...adapter?.body } })
  }
  return adapters
}

const adapterOf = ({ path, body }: RedfishResource): Adapter => {
  const controllers = array(body, 'Controllers').filter(isObject)
  return {
    path: link(body) ?? path,
    body,
    model: shortText(body, 'Model'),
    manufacturer: shortText(body, 'Manufacturer'),
    serialNumber: shortText(body, 'SerialNumber'),
    firmwareVersion: controllers.map(one => shortText(one, 'FirmwarePackageVersion')).find(one => one !== undefined),
    health: healthOf(body),
    ...virtualFunctions(controllers),
    functions: controllers.flatMap(one => links(one, 'Links', 'NetworkDeviceFunctions')),
    pcieDevices: controllers.flatMap(one => links(one, 'Links', 'PCIeDevices')).map(idOf),
  }
}

/** The capability for VEPA is no capability for SR-IOV as such: what offers virtual functions has it. */
const virtualFunctions = (controllers: readonly JsonObject[]): Pick<Adapter, 'sriov' | 'maxVirtualFunctions'> => {
  const offload = controllers.map(one => ['ControllerCapabilities', 'VirtualizationOffload'].reduce(inner, one))
  const counts = offload.map(one => number(one, 'VirtualFunction', 'DeviceMaxCount') ?? 0)
  const most = Math.max(0, ...counts)
  const capable = offload.map(one => boolean(one, 'SRIOV', 'SRIOVVEPACapable'))
  if (most > 0 || capable.includes(true)) return { sriov: true, maxVirtualFunctions: most > 0 ? most : undefined }
  return { sriov: capable.includes(false) ? false : undefined, maxVirtualFunctions: undefined }
}

const inner = (from: JsonObject, key: string): JsonObject => {
  const value = from[key]
  return isObject(value) ? value : {}
}

/** What a function of an adapter says about one NIC. */
export interface NetworkFunction {
  readonly path: string
  readonly id: string
  readonly mac: string | undefined
  /** Path of the port that it uses. */
  readonly port: string | undefined
  readonly maxVirtualFunctions: number | undefined
}

export const readFunctions = async (reading: Reading, { body }: Adapter): Promise<readonly NetworkFunction[]> =>
  (await membersOf(reading, link(body, 'NetworkDeviceFunctions'))).map(one => ({
    path: link(one.body) ?? one.path,
    id: text(one.body, 'Id') ?? idOf(one.path),
    mac:
      macOf(shortText(one.body, 'Ethernet', 'PermanentMACAddress')) ??
      macOf(shortText(one.body, 'Ethernet', 'MACAddress')),
    port:
      link(one.body, 'Links', 'PhysicalNetworkPortAssignment') ??
      link(one.body, 'Links', 'PhysicalPortAssignment') ??
      link(one.body, 'PhysicalPortAssignment'),
    maxVirtualFunctions: positive(one.body, 'MaxVirtualFunctions'),
  }))

/** A port: Port by the new schema, NetworkPort by the old one. */
export interface NetworkPort {
  readonly path: string
  readonly id: string
  readonly macs: readonly string[]
  readonly linkUp: boolean | undefined
  readonly speedMbps: number | undefined
}

export const readPorts = async (reading: Reading, { body }: Adapter): Promise<readonly NetworkPort[]> =>
  (await membersOf(reading, link(body, 'Ports') ?? link(body, 'NetworkPorts'))).map(one => ({
    path: link(one.body) ?? one.path,
    id: text(one.body, 'Id') ?? idOf(one.path),
    macs: [
      ...array(one.body, 'Ethernet', 'AssociatedMACAddresses'),
      ...array(one.body, 'AssociatedNetworkAddresses'),
    ].flatMap(mac => (typeof mac === 'string' ? (macOf(mac) ?? []) : [])),
    linkUp: linkUp(shortText(one.body, 'LinkStatus')),
    speedMbps: positive(one.body, 'CurrentLinkSpeedMbps') ?? gigabits(number(one.body, 'CurrentSpeedGbps')),
  }))

const gigabits = (speed: number | undefined): number | undefined =>
  speed === undefined || speed <= 0 ? undefined : Math.round(speed * 1000)

/** Lower case with colons; undefined for what is no address of a port. */
export const macOf = (written: string | undefined): string | undefined => {
  const digits = written?.replaceAll(/[:.-]/g, '').toLowerCase()
  if (digits === undefined || !/^[0-9a-f]{12}$/.test(digits) || /^(0+|f+)$/.test(digits)) return undefined
  return digits.match(/../g)?.join(':')
}

export const linkUp = (status: string | undefined): boolean | undefined => {
  if (status === 'LinkUp' || status === 'Up') return true
  return status === 'LinkDown' || status === 'NoLink' || status === 'Down' ? false : undefined
}

export const idOf = (path: string): string =>
  path
    .replace(/[?#].*$/, '')
    .split('/')
    .findLast(part => part !== '') ?? path
