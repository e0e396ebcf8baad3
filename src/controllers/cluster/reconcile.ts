import type { Cluster } from '../../../api/cluster-api.js'
import { clusterFinalizer } from '../../../api/infrastructure/group.js'
import type { KataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { Clock } from '../../base/clock.js'
import { isTrue } from '../../kube/conditions.js'
import { addFinalizer, removeFinalizer } from '../../kube/finalizers.js'
import { ReadYourWrites } from '../../kube/read-your-writes.js'
import type { Reconcile, ReconcileResult, ResourceClient, Store } from '../../kube/types.js'
import type { EventSink } from '../contract/events.js'
import { ownerOfKind } from '../contract/owner.js'
import { type ClusterFacts, decideCluster } from './decide.js'
import { failureDomainsOf } from './failure-domains.js'
import { clusterStatusPatch, notReadyWhileDeleting, readyFor } from './status.js'

export interface ClusterReconcileDeps {
  readonly sources: {
    readonly objects: Store<KataMetalCluster>
    readonly clusters: Store<Cluster>
    /** Needs the index `cluster` of {@link machineIndexes}. */
    readonly machines: Store<KataMetalMachine>
    /** Needs the index `namespace` of {@link hostIndexes}. */
    readonly hosts: Store<BareMetalHost>
  }
  readonly objects: ResourceClient<KataMetalCluster>
  readonly events: EventSink
  readonly clock: Clock
}

/** One look at a KataMetalCluster: gather facts, decide ({@link decideCluster}), do that one thing, publish. */
export const createClusterReconcile = (deps: ClusterReconcileDeps): Reconcile => {
  const written = new ReadYourWrites<KataMetalCluster>()
  return async (key, { signal }) => {
    const shown = deps.sources.objects.get(key)
    if (shown === undefined) {
      written.forget(key)
      return undefined
    }
    return act(factsOf(written.latest(shown), deps), { ...deps, written, signal })
  }
}

interface ClusterRun extends ClusterReconcileDeps {
  readonly written: ReadYourWrites<KataMetalCluster>
  readonly signal: AbortSignal
}

const factsOf = (object: KataMetalCluster, { sources }: ClusterReconcileDeps): ClusterFacts => {
  const name = ownerOfKind(object, 'Cluster')?.name
  const key = `${object.metadata.namespace ?? ''}/${name ?? ''}`
  return {
    object,
    cluster: name === undefined ? undefined : sources.clusters.get(key),
    machines: name === undefined ? [] : sources.machines.byIndex('cluster', key).map(({ metadata }) => metadata.name),
  }
}

const act = async (facts: ClusterFacts, run: ClusterRun): Promise<ReconcileResult | undefined> => {
  const { object } = facts
  const decision = decideCluster(facts)
  switch (decision.act) {
    case 'Ignore':
      return undefined
    case 'ReportPaused':
      return publish(facts, run, {})
    case 'AddFinalizer':
      run.written.wrote(object, await addFinalizer(run.objects, object, clusterFinalizer, run))
      return { requeueAfterMs: 0 }
    case 'RemoveFinalizer':
      await removeFinalizer(run.objects, object, clusterFinalizer, run)
      return undefined
    case 'AwaitMachines':
      return publish(facts, run, { ready: notReadyWhileDeleting(decision.machines) })
    case 'Publish': {
      const ready = readyFor(decision.endpoint)
      const hosts = run.sources.hosts.byIndex('namespace', object.metadata.namespace ?? '')
      if (decision.endpoint !== undefined && !isTrue(object.status?.conditions, 'Ready'))
        run.events.normal(object, 'Provisioned', ready.message)
      return publish(facts, run, {
        ready,
        failureDomains: failureDomainsOf(hosts, object.spec.failureDomainLabel),
        ...(decision.endpoint === undefined ? {} : { provisioned: true }),
      })
    }
  }
}

const publish = async (
  { object, cluster }: ClusterFacts,
  run: ClusterRun,
  findings: Parameters<typeof clusterStatusPatch>[2],
): Promise<undefined> => {
  const patch = clusterStatusPatch(object, cluster, findings, run.clock.now())
  if (patch === undefined) return
  const { namespace, name } = object.metadata
  run.written.wrote(object, await run.objects.mergePatchStatus(namespace, name, patch, { signal: run.signal }))
}
