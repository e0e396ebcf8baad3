import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { HostInventory } from '../../../api/metal/host-inventory.js'
import { isTrue } from '../../kube/conditions.js'
import { keyOf } from '../../kube/types.js'
import { bootstrapProblem } from './bootstrap.js'
import type { MachineFacts } from './decide.js'
import { publish } from './publish.js'
import type { MachineRun } from './reconcile.js'
import { describeExclusions, selectHosts } from './select.js'
import { mayHave, promisedHosts, turnOf } from './turn.js'
import { waiterOf, waitersIn } from './waiting.js'

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
 * Checks the bootstrap data and selects hosts, from the caches, in the order in which Machines asked: with many machines waiting for few hosts, those without
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
  const inventoryOf = (host: BareMetalHost): HostInventory | undefined => run.sources.inventories.get(keyOf(host))
  const namespace = facts.object.metadata.namespace ?? ''
  const hosts = run.sources.hosts.byIndex('namespace', namespace).map(host => run.writtenHosts.latest(host))
  const own = waiterOf(facts.object, run.sources)
  const others = waitersIn(namespace, run.seekers, run.sources)
  const promised = promisedHosts(own, others, hosts, inventoryOf)
  const { candidates, excluded } = selectHosts(own.wish, hosts, inventoryOf)
  const unpromised = candidates.filter(host => !promised.has(keyOf(host)))
  if (unpromised.length > 0)
    return { candidates: unpromised, stillFits: host => mayHave(own, promised, host, inventoryOf) }
  if (candidates.length > 0) excluded.set('promised to those who wait longer', candidates.length)
  const turn = turnOf(own, others, hosts, inventoryOf)
  await publish(facts, run, { is: 'NoHost', message: describeExclusions(excluded), turn })
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
