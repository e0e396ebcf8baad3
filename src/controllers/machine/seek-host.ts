import { KatametalError } from '../../base/errors.js'
import { keyOf, type ReconcileResult } from '../../kube/types.js'
import { bootstrapProblem } from './bootstrap.js'
import { claimFirst } from './claim.js'
import type { MachineFacts } from './decide.js'
import { follow } from './follow.js'
import { sizeOf } from './needs.js'
import { clusterNameOf, failureDomainLabelOf, poolOf } from './observe.js'
import { publish } from './publish.js'
import type { MachineRun } from './reconcile.js'
import { describeExclusions, exclusionOf, selectHosts, type Wish } from './select.js'

/** The bootstrap Secret is not watched: the manager may only get Secrets by name, not list those of everybody. */
const bootstrapRetryMs = 10_000

/** Checks the bootstrap data, selects a host, claims it and records the claim. */
export const seekHost = async (facts: MachineFacts, run: MachineRun): Promise<ReconcileResult | undefined> => {
  const { object, owner } = facts
  const dataSecretName = owner?.spec?.bootstrap?.dataSecretName
  const clusterName = clusterNameOf(object, owner)
  if (owner === undefined || clusterName === undefined || dataSecretName === undefined) return undefined
  const { signal } = run.context
  const problem = bootstrapProblem(
    dataSecretName,
    await run.secrets.find(object.metadata.namespace, dataSecretName, { signal }),
  )
  if (problem !== undefined) {
    await publish(facts, run, { is: 'BootstrapUnusable', ...problem })
    return { requeueAfterMs: bootstrapRetryMs }
  }
  const wish = wishOf(facts, run)
  const inventoryOf = (host: { metadata: { namespace?: string; name: string } }) =>
    run.sources.inventories.get(`${host.metadata.namespace ?? ''}/${host.metadata.name}`)
  const hosts = run.sources.hosts
    .byIndex('namespace', object.metadata.namespace ?? '')
    .map(host => run.writtenHosts.latest(host))
  const { candidates, excluded } = selectHosts(wish, hosts, inventoryOf)
  if (candidates.length === 0) {
    await publish(facts, run, { is: 'NoHost', message: describeExclusions(excluded) })
    return undefined
  }
  const claim = await claimFirst({ object, owner, clusterName, dataSecretName }, candidates, {
    hosts: run.hosts,
    written: run.writtenHosts,
    stillFits: host => exclusionOf(wish, host, sizeOf(host, inventoryOf(host))) === undefined,
    signal,
  })
  if (claim.result === 'Outrun')
    throw new KatametalError('KubernetesConflict', {
      about: keyOf(object),
      seen: 'all candidates were taken meanwhile',
    })
  run.events.normal(object, 'HostClaimed', `BareMetalHost ${claim.host.metadata.name} is claimed.`)
  return follow({ act: 'Follow', host: claim.host, surplus: [] }, facts, run)
}

const wishOf = ({ object, owner, cluster }: MachineFacts, { sources }: MachineRun): Wish => ({
  spec: object.spec,
  failureDomain: owner?.spec?.failureDomain,
  failureDomainLabel: failureDomainLabelOf(cluster, sources.kataMetalClusters),
  pool: poolOf(object, owner),
})
