import type { BmcCall, ReadProblem } from '../model.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { link, links, type RedfishResource, samePath } from './resource.js'

/** The chassis of the server, the one that the system names first, and what could not be read of them. */
export interface ServerChassis {
  readonly chassis: readonly RedfishResource[]
  readonly problems: readonly ReadProblem[]
}

/**
 * The chassis that hold the chosen system: named by the system, naming it, contained in such a one, or holding no
 * system at all. Sleds and enclosures of other systems behind the same BMC are left out.
 */
export const readChassis = async (
  client: RedfishClient,
  context: RedfishContext,
  call: BmcCall,
): Promise<ServerChassis> => {
  const { resources, problems } = await client.members(link(context.root.body, 'Chassis'), call)
  const named = links(context.system.body, 'Links', 'Chassis')
  const names = (one: RedfishResource): boolean => named.some(path => isAt(one, path))
  const ours = resources.filter(one => names(one) || holds(one, context.systemPath) || holdsNone(one))
  return { chassis: [...ours.filter(names), ...ours.filter(one => !names(one))], problems }
}

const isAt = (resource: RedfishResource, path: string): boolean =>
  samePath(path, link(resource.body)) || samePath(path, resource.path)

const holds = ({ body }: RedfishResource, system: string): boolean =>
  links(body, 'Links', 'ComputerSystems').some(path => samePath(path, system))

const holdsNone = ({ body }: RedfishResource): boolean => links(body, 'Links', 'ComputerSystems').length === 0
