import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import { mainMembers, type Reading } from '../reading.js'
import { comparablePath, link, links, type RedfishResource, samePath } from '../resource.js'
import {
  type Adapter,
  idOf,
  linkUp,
  macOf,
  type NetworkFunction,
  type NetworkPort,
  readFunctions,
  readPorts,
} from './adapters.js'
import { byName, positive, shortText } from './tidy.js'

type Nic = NonNullable<HostInventorySpec['nics']>[number]

/**
 * NICs with a MAC address, each once: the EthernetInterfaces of the system, and what its adapters have besides them.
 * Functions and ports of an adapter are read only for what the interfaces leave open.
 */
export const readNics = async (reading: Reading, adapters: readonly Adapter[]): Promise<Nic[]> => {
  const interfaces = await mainMembers(reading, link(reading.context.system.body, 'EthernetInterfaces'))
  const nics = distinct(interfaces.map(nicOf))
  const seen: Nic[] = []
  for (const adapter of adapters) seen.push(...(await nicsOf(reading, adapter, nics)))
  const macs = new Set(seen.map(one => one.mac))
  const loose = nics.filter(one => !macs.has(one.mac)).map(one => one.nic)
  return byName(distinctNics([...seen, ...loose]), one => one.name).slice(0, 256)
}

/** An interface of the system and what it says about where it belongs. */
interface Interface {
  readonly id: string
  readonly mac: string
  readonly functions: readonly string[]
  readonly nic: Nic
}

const nicOf = ({ body, path }: RedfishResource): Interface => {
  const mac = macOf(shortText(body, 'PermanentMACAddress')) ?? macOf(shortText(body, 'MACAddress')) ?? ''
  return {
    id: shortText(body, 'Id') ?? idOf(path),
    mac,
    functions: [
      link(body, 'Links', 'NetworkDeviceFunction') ?? '',
      ...links(body, 'Links', 'NetworkDeviceFunctions'),
    ].filter(one => one !== ''),
    nic: {
      name: nameOf(body),
      mac,
      speedMbps: positive(body, 'SpeedMbps'),
      linkUp: linkUp(shortText(body, 'LinkStatus')),
    },
  }
}

/** One port shows up once per partition and once per protocol; what has no MAC address cannot be told apart. */
const distinct = (interfaces: readonly Interface[]): Interface[] =>
  interfaces.filter(({ mac }, index) => mac !== '' && interfaces.findIndex(one => one.mac === mac) === index)

const distinctNics = (nics: readonly Nic[]): Nic[] =>
  nics.filter(({ mac }, index) => mac !== undefined && nics.findIndex(one => one.mac === mac) === index)

const nicsOf = async (reading: Reading, adapter: Adapter, interfaces: readonly Interface[]): Promise<Nic[]> => {
  const known = interfaces.filter(one => belongs(one, adapter))
  const complete = known.length > 0 && known.length >= adapter.functions.length
  const functions = complete ? [] : await readFunctions(reading, adapter)
  const nics = complete ? known.map(one => one.nic) : matched(functions, interfaces, known, adapter)
  const ports = nics.length === 0 || nics.some(isOpen) ? await readPorts(reading, adapter) : []
  const all = nics.length > 0 ? nics : portNics(ports, interfaces, adapter)
  return all.map(nic => ({ ...withPort(nic, functions, ports), ...adapterFacts(adapter, functions, nic) }))
}

/** By the link of the interface to a function, or by a function that has its name (Dell). */
const belongs = ({ id, functions }: Interface, adapter: Adapter): boolean => {
  const below = `${comparablePath(adapter.path)}/`
  return (
    functions.some(path => comparablePath(path).startsWith(below)) ||
    adapter.functions.some(path => idOf(path).toLowerCase() === id.toLowerCase())
  )
}

/** The NICs of functions: the interface of the same address where there is one, else one made of the function. */
const matched = (
  functions: readonly NetworkFunction[],
  interfaces: readonly Interface[],
  known: readonly Interface[],
  adapter: Adapter,
): Nic[] => {
  const nics = functions.flatMap(({ mac, id }) => {
    const found = interfaces.find(one => one.mac === mac)
    if (found !== undefined) return [found.nic]
    return mac === undefined ? [] : [{ name: partName(adapter, id), mac }]
  })
  return distinctNics([...nics, ...known.map(one => one.nic)])
}

/** Adapters without functions may still show the addresses of their ports. */
const portNics = (ports: readonly NetworkPort[], interfaces: readonly Interface[], adapter: Adapter): Nic[] =>
  ports.flatMap(({ macs: [mac], id }) => {
    const found = interfaces.find(one => one.mac === mac)
    if (found !== undefined) return [found.nic]
    return mac === undefined ? [] : [{ name: partName(adapter, id), mac }]
  })

const isOpen = ({ linkUp: up, speedMbps }: Nic): boolean => up === undefined || (up && speedMbps === undefined)

/** By the port that the function of the NIC uses, and by address where that one tells nothing. */
const withPort = (nic: Nic, functions: readonly NetworkFunction[], ports: readonly NetworkPort[]): Nic => {
  const used = functions.find(one => one.mac === nic.mac)?.port
  const own = ports.find(one => samePath(one.path, used))
  const alike = own?.linkUp === undefined ? ports.find(one => one.macs[0] === nic.mac && nic.mac !== undefined) : own
  return {
    ...nic,
    linkUp: nic.linkUp ?? own?.linkUp ?? alike?.linkUp,
    speedMbps: nic.speedMbps ?? own?.speedMbps ?? alike?.speedMbps,
  }
}

const adapterFacts = (adapter: Adapter, functions: readonly NetworkFunction[], nic: Nic): Nic => {
  const ofFunction = functions.find(one => one.mac === nic.mac)?.maxVirtualFunctions
  return {
    model: adapter.model,
    manufacturer: adapter.manufacturer,
    firmwareVersion: adapter.firmwareVersion,
    sriov: adapter.sriov ?? (ofFunction === undefined ? undefined : true),
    maxVirtualFunctions: adapter.maxVirtualFunctions ?? ofFunction,
    health: adapter.health,
  }
}

/** Names are all alike on some services and empty on others; Ids are bare numbers on the latter. */
const nameOf = (body: unknown): string | undefined => {
  const id = shortText(body, 'Id')
  return id !== undefined && /\D/.test(id) ? id : (shortText(body, 'Name') ?? id)
}

const partName = (adapter: Adapter, id: string): string =>
  /\D/.test(id) ? id : `${shortText(adapter.body, 'Id') ?? 'adapter'}-${id}`
