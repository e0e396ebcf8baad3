import type { BmcCall } from '../model.js'
import { type FoundRegistry, findRegistry } from './bios-registry.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { type RedfishResource, text } from './resource.js'

/** The registry of a Bios resource, fetched once in the life of the context: it changes only with the BIOS. */
export const registryOf = async (
  client: RedfishClient,
  context: RedfishContext,
  bios: RedfishResource,
  call: BmcCall,
): Promise<FoundRegistry> => {
  const known = knownRegistry(context, bios)
  if (known !== undefined) return known
  const found = await findRegistry(client, await client.root(call), bios, call)
  context.registries?.set(keyOf(context, bios), found)
  return found
}

/** The registry if it was fetched before. */
export const knownRegistry = (context: RedfishContext, bios: RedfishResource): FoundRegistry | undefined =>
  context.registries?.get(keyOf(context, bios))

const keyOf = (context: RedfishContext, bios: RedfishResource): string =>
  JSON.stringify([bios.path, text(context.system.body, 'BiosVersion'), text(bios.body, 'AttributeRegistry')])
