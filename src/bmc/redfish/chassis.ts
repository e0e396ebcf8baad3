import { mainMembers, type Reading } from './reading.js'
import { link, links, type RedfishResource, samePath } from './resource.js'

/**
 * The chassis that hold the chosen system: named by the system, naming it, or holding no system at all; the one that
 * the system names first. Sleds and enclosures of other systems behind the same BMC are left out. Throws when the list
 * of chassis cannot be read.
 */
export const readChassis = async (reading: Reading): Promise<readonly RedfishResource[]> => {
  const { root, system, systemPath } = reading.context
  const all = await mainMembers(reading, link(root.body, 'Chassis') ?? '/redfish/v1/Chassis')
  const named = links(system.body, 'Links', 'Chassis')
  const names = (one: RedfishResource): boolean => named.some(path => isAt(one, path))
  const ours = all.filter(one => names(one) || holds(one, systemPath) || holdsNone(one))
  return [...ours.filter(names), ...ours.filter(one => !names(one))]
}

const isAt = (resource: RedfishResource, path: string): boolean =>
  samePath(path, link(resource.body)) || samePath(path, resource.path)

const holds = ({ body }: RedfishResource, system: string): boolean =>
  links(body, 'Links', 'ComputerSystems').some(path => samePath(path, system))

const holdsNone = ({ body }: RedfishResource): boolean => links(body, 'Links', 'ComputerSystems').length === 0
