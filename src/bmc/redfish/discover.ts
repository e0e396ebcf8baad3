import { KatametalError } from '../../base/errors.js'
import type { BmcCall } from '../model.js'
import { recogniseVendor, type VendorClues, type VendorKnowledge } from '../vendors.js'
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
  const system = await findSystem(client, root, systemPath, call)
  const path = link(system.body) ?? system.path
  const manager = await findManager(client, root, system, call)
  return {
    systemPath: path,
    system,
    managerPath: manager && (link(manager.body) ?? manager.path),
    manager,
    root,
    ...recogniseVendor(cluesOf(root, system, manager), knowledge),
  }
}

const findSystem = async (
  client: RedfishClient,
  root: RedfishResource,
  named: string | undefined,
  call: BmcCall,
): Promise<RedfishResource> => {
  if (named !== undefined) {
    const system = await client.tryGet(named, call)
    if (system !== undefined) return system
    throw new KatametalError('SystemNotFound', { about: named, seen: 'the BMC does not have this path' })
  }
  const { resources, problems } = await client.members(link(root.body, 'Systems'), call)
  const best = bestSystems(resources)
  const [system] = best
  if (system !== undefined && best.length === 1) return system
  const seen =
    best.length > 1
      ? `several: ${best.map(one => link(one.body) ?? one.path).join(', ')}`
      : (problems[0]?.message ?? `${resources.length} systems, none of which can be reset`)
  throw new KatametalError('SystemNotFound', { seen })
}

/**
 * Accelerator baseboards and pseudo systems stand beside the server in the collection, often before it. What can be
 * reset is a system; of several, the one with a BIOS; of several of these, the one that is a physical machine.
 */
const bestSystems = (systems: readonly RedfishResource[]): readonly RedfishResource[] => {
  const rules: ((system: RedfishResource) => boolean)[] = [
    ({ body }) => text(object(body, 'Actions', '#ComputerSystem.Reset'), 'target') !== undefined,
    ({ body }) => text(body, 'BiosVersion') !== undefined || link(body, 'Bios') !== undefined,
    ({ body }) => text(body, 'SystemType') === 'Physical',
  ]
  let left = systems
  for (const [index, rule] of rules.entries()) {
    const kept = left.filter(rule)
    if (kept.length > 0 || index === 0) left = kept
  }
  return left
}

/** By the link of the system; some services lack it, and then by the link back, or because there is only one. */
const findManager = async (
  client: RedfishClient,
  root: RedfishResource,
  system: RedfishResource,
  call: BmcCall,
): Promise<RedfishResource | undefined> => {
  for (const path of links(system.body, 'Links', 'ManagedBy')) {
    const manager = await client.tryGet(path, call)
    if (manager !== undefined && isManager(manager)) return manager
  }
  const { resources } = await client.members(link(root.body, 'Managers'), call)
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
