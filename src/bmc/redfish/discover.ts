import { KatametalError } from '../../base/errors.js'
import type { BmcCall } from '../model.js'
import { recogniseVendor, type VendorClues, type VendorKnowledge } from '../vendors.js'
import { unlessBroken } from './capabilities.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { link, links, object, type RedfishResource, samePath, text } from './resource.js'

/**
 * Finds the ComputerSystem that is meant, its Manager and the vendor. `systemPath` is what the address names, if it
 * does. Errors: SystemNotFound when there is none, or several and nothing says which.
 */
export const discover = async (
  client: RedfishClient,
  systemPath: string | undefined,
  knowledge: VendorKnowledge,
  call: BmcCall,
): Promise<RedfishContext> => {
  const root = await client.root(call)
  const { system, boards } = await findSystem(client, root, systemPath, call)
  const path = link(system.body) ?? system.path
  const manager = await unlessBroken(undefined, () => findManager(client, root, system, call))
  const clues = cluesOf(root, system, manager)
  const first = recogniseVendor(clues, knowledge)
  const { wantsChassis: _, ...recognised } = first.wantsChassis
    ? recogniseVendor({ ...clues, chassisModel: await chassisModel(client, system, call) }, knowledge)
    : first
  return {
    systemPath: path,
    system,
    managerPath: manager && (link(manager.body) ?? manager.path),
    manager,
    root,
    boards,
    ...recognised,
  }
}

interface FoundSystem {
  readonly system: RedfishResource
  /** Accelerator boards beside it. */
  readonly boards: readonly RedfishResource[]
}

const findSystem = async (
  client: RedfishClient,
  root: RedfishResource,
  named: string | undefined,
  call: BmcCall,
): Promise<FoundSystem> => {
  if (named !== undefined) {
    const system = await client.tryGet(named, call)
    if (system !== undefined) return { system, boards: [] }
    throw new KatametalError('SystemNotFound', { about: named, seen: 'the BMC does not have this path' })
  }
  const { resources, problems } = await client.members(link(root.body, 'Systems') ?? '/redfish/v1/Systems', call)
  const best = bestSystems(resources)
  const [system] = best
  if (system !== undefined && best.length === 1)
    return { system, boards: resources.filter(one => one !== system && isBoard(one)) }
  throw new KatametalError('SystemNotFound', {
    seen:
      best.length > 1
        ? `several: ${best.map(one => link(one.body) ?? one.path).join(', ')}`
        : (problems[0]?.message ?? `${resources.length} systems, none of which looks like a server`),
  })
}

/**
 * Accelerator baseboards, DPUs and pseudo systems stand beside the server in the collection, often before it. What can
 * be reset is a system; of several, the one that can be booted, has a BIOS, is a physical machine, is no board. A rule
 * that nothing meets says nothing. Where nothing can be reset, which is what a read-only account sees of some
 * services, something must at least look like a server.
 */
const bestSystems = (systems: readonly RedfishResource[]): readonly RedfishResource[] => {
  let left = systems.filter(isReset)
  if (left.length === 0) left = systems.filter(looksLikeServer)
  for (const rule of preferences) {
    const kept = left.filter(rule)
    if (kept.length > 0) left = kept
  }
  return left
}

const isReset = ({ body }: RedfishResource): boolean =>
  text(object(body, 'Actions', '#ComputerSystem.Reset'), 'target') !== undefined

const hasBios = ({ body }: RedfishResource): boolean =>
  text(body, 'BiosVersion') !== undefined || link(body, 'Bios') !== undefined

const looksLikeServer = (system: RedfishResource): boolean =>
  hasBios(system) && text(system.body, 'PowerState') !== undefined

const preferences: readonly ((system: RedfishResource) => boolean)[] = [
  hasBios,
  ({ body }) => text(body, 'SystemType') === 'Physical',
  ({ body }) => Object.keys(object(body, 'Boot')).some(key => key.startsWith('BootSourceOverride')),
  system => !isNamedBoard(system),
]

/** DPUs and accelerator boards that can be reset by themselves give themselves away by their names only. */
const isNamedBoard = ({ body, path }: RedfishResource): boolean =>
  text(body, 'SystemType') === 'DPU' ||
  [text(body, 'Id'), text(body, 'Name'), text(body, 'Model'), path].some(name =>
    /HGX|baseboard|bluefield|\bDPU\b/i.test(name ?? ''),
  )

/** Something with processors of its own that is no server. */
const isBoard = (system: RedfishResource): boolean =>
  link(system.body, 'Processors') !== undefined && (!isReset(system) || isNamedBoard(system))

/** Of the chassis that the system names first: boards are named there by what they are. */
const chassisModel = async (
  client: RedfishClient,
  system: RedfishResource,
  call: BmcCall,
): Promise<string | undefined> => {
  const [path] = links(system.body, 'Links', 'Chassis')
  const chassis = await unlessBroken(undefined, () => client.tryGet(path, call))
  return text(chassis?.body, 'Model')
}

/** By the link of the system; some services lack it, and then by the link back, or because there is only one. */
const findManager = async (
  client: RedfishClient,
  root: RedfishResource,
  system: RedfishResource,
  call: BmcCall,
): Promise<RedfishResource | undefined> => {
  for (const path of links(system.body, 'Links', 'ManagedBy')) {
    const manager = await unlessBroken(undefined, () => client.tryGet(path, call))
    if (manager !== undefined && isManager(manager)) return manager
  }
  const { resources } = await client.members(link(root.body, 'Managers') ?? '/redfish/v1/Managers', call)
  const managers = resources.filter(isManager)
  const path = link(system.body) ?? system.path
  const back = managers.find(one =>
    links(one.body, 'Links', 'ManagerForServers').some(server => samePath(server, path)),
  )
  return back ?? (managers.length === 1 ? managers[0] : undefined)
}

/** Rack and enclosure managers also say that they manage the server. */
const isManager = ({ body }: RedfishResource): boolean =>
  !['RackManager', 'EnclosureManager', 'AuxiliaryController', 'Service'].includes(text(body, 'ManagerType') ?? 'BMC')

const cluesOf = (root: RedfishResource, system: RedfishResource, manager: RedfishResource | undefined): VendorClues => {
  const clues = {
    rootVendor: text(root.body, 'Vendor'),
    rootProduct: text(root.body, 'Product'),
    rootOem: oemKeys(root),
    systemManufacturer: text(system.body, 'Manufacturer'),
    systemModel: text(system.body, 'Model'),
    systemOem: oemKeys(system),
    managerManufacturer: text(manager?.body, 'Manufacturer'),
    managerModel: text(manager?.body, 'Model'),
    managerFirmware: text(manager?.body, 'FirmwareVersion'),
    managerOem: oemKeys(manager),
  }
  return Object.fromEntries(Object.entries(clues).filter(([, value]) => value !== undefined))
}

const oemKeys = (resource: RedfishResource | undefined): string | undefined => {
  const keys = Object.keys(object(resource?.body, 'Oem'))
  return keys.length === 0 ? undefined : keys.join(' ')
}
