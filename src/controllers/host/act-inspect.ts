import type { HostInventory, HostInventorySpec } from '../../../api/metal/host-inventory.js'
import { hostInventory } from '../../../api/metal/host-inventory.js'
import { apiVersionOf } from '../../../api/kind.js'
import { rfc3339 } from '../../base/clock.js'
import { keyOf } from '../../kube/types.js'
import { type Act, ask } from './act.js'
import { withAgentFacts } from './agent-facts.js'
import { childMeta } from './child.js'

/** Reads the parts of the server from its BMC into HostInventory. What the agent had told is kept. */
export const inspect = async (context: Act): Promise<void> => {
  const { host, parts, signal } = context
  const read = await ask(context, bmc => bmc.readInventory({ signal }))
  const known = parts.stores.inventories.get(keyOf(host))?.spec
  await writeInventory(context, {
    ...read,
    ...(known?.virtualization === undefined ? {} : { virtualization: known.virtualization }),
    provenance: [
      ...(read.provenance ?? []),
      ...(known?.provenance ?? []).filter(
        old => old.source === 'agent' && read.provenance?.every(({ path }) => path !== old.path) === true,
      ),
    ],
  })
}

/** Lays what the agent saw over what the BMC told, each part with its source. */
export const mergeAgentInventory = async (context: Act): Promise<void> => {
  const { host, observation, parts } = context
  const told = observation.server.hello?.inventory
  if (told === undefined) return
  const known = parts.stores.inventories.get(keyOf(host))?.spec ?? {}
  await writeInventory(context, withAgentFacts(known, told, rfc3339(parts.clock.now())))
}

const writeInventory = async ({ host, parts, signal }: Act, spec: HostInventorySpec): Promise<void> => {
  const { inventories } = parts.clients
  const { namespace, name } = host.metadata
  const existing = await inventories.find(namespace, name, { signal })
  if (existing !== undefined) {
    await inventories.replace({ ...existing, spec }, { signal })
    return
  }
  const object: HostInventory = {
    apiVersion: apiVersionOf(hostInventory),
    kind: 'HostInventory',
    metadata: childMeta(host),
    spec,
  }
  await inventories.create(object, { signal })
}
