import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { HostInventory } from '../../../api/metal/host-inventory.js'
import { isTrue } from '../../kube/conditions.js'
import { keyOf } from '../../kube/types.js'
import { bootstrapProblem } from './bootstrap.js'
import type { MachineFacts } from './decide.js'
import { sizeOf } from './needs.js'
import { failureDomainLabelOf, poolOf } from './observe.js'
import { publish } from './publish.js'
import type { MachineRun } from './reconcile.js'
import { describeExclusions, exclusionOf, selectHosts, type Wish } from './select.js'

/** Hosts that look free and fitting in the caches, and how to judge one that was read again. */
export interface Prospects {
  readonly candidates: readonly BareMetalHost[]
  readonly stillFits: (host: BareMetalHost) => boolean
}

/** Why there are none; it has been published. */
export interface NoProspects {
  readonly lookAgainInMs?: number
}

/** The bootstrap Secret is not watched: the manager may only get Secrets by name, not list those of everybody. */
const bootstrapRetryMs = 10_000

/**
 * Checks the bootstrap data and selects hosts, from the caches: with many machines waiting for few hosts, those without
 * a prospect ask nothing of the API server.
 */
export const prospectsFor = async (
  facts: MachineFacts,
  dataSecretName: string,
  run: MachineRun,
): Promise<Prospects | NoProspects> => {
  const problem = await problemOfBootstrap(facts, dataSecretName, run)
  if (problem !== undefined) {
    await publish(facts, run, { is: 'BootstrapUnusable', ...problem })
    return { lookAgainInMs: bootstrapRetryMs }
  }
  const wish = wishOf(facts, run)
  const inventoryOf = (host: BareMetalHost): HostInventory | undefined => run.sources.inventories.get(keyOf(host))
  const hosts = run.sources.hosts.byIndex('namespace', facts.object.metadata.namespace ?? '')
  const { candidates, excluded } = selectHosts(
    wish,
    hosts.map(host => run.writtenHosts.latest(host)),
    inventoryOf,
  )
  if (candidates.length > 0)
    return {
      candidates,
      stillFits: host => exclusionOf(wish, host, sizeOf(host, inventoryOf(host))) === undefined,
    }
  await publish(facts, run, { is: 'NoHost', message: describeExclusions(excluded) })
  return {}
}

/** Bootstrap data does not change, so that what was found good once is not fetched again while a host is awaited. */
const problemOfBootstrap = async ({ object }: MachineFacts, name: string, run: MachineRun) => {
  if (isTrue(object.status?.conditions, 'BootstrapDataReady') && run.seekers.has(keyOf(object))) return undefined
  const secret = await run.secrets.find(object.metadata.namespace, name, { signal: run.context.signal })
  const problem = bootstrapProblem(name, secret)
  if (problem === undefined) run.seekers.add(keyOf(object))
  return problem
}

const wishOf = ({ object, owner, cluster }: MachineFacts, { sources }: MachineRun): Wish => ({
  spec: object.spec,
  failureDomain: owner?.spec?.failureDomain,
  failureDomainLabel: failureDomainLabelOf(cluster, sources.kataMetalClusters),
  pool: poolOf(object, owner),
})
