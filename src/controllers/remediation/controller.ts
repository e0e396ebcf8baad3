import { type Cluster, clusterApiGroup, type Machine } from '../../../api/cluster-api.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import { type KataMetalRemediation, kataMetalRemediation } from '../../../api/infrastructure/kata-metal-remediation.js'
import { type BareMetalHost, bareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import type { Metrics } from '../../base/metrics.js'
import { type Controller, createController } from '../../kube/controller.js'
import { machines, typeOf } from '../../kube/resource-types.js'
import { type Informer, type Key, type KubeClient, keyOf } from '../../kube/types.js'
import type { EventSink } from '../contract/events.js'
import { ownerOfKind } from '../contract/owner.js'
import { consumerKeyOf } from '../machine/consumer.js'
import type { NodeFence } from './node-fence.js'
import { createRemediationReconcile } from './reconcile.js'

export interface RemediationControllerDeps {
  readonly client: KubeClient
  /** Run by the caller. `remediations` needs the indexes `remediationIndexes`. */
  readonly informers: {
    readonly remediations: Informer<KataMetalRemediation>
    readonly machines: Informer<Machine>
    readonly clusters: Informer<Cluster>
    readonly kataMetalMachines: Informer<KataMetalMachine>
    readonly hosts: Informer<BareMetalHost>
  }
  readonly nodes: NodeFence
  readonly events: EventSink
  readonly clock: Clock
  readonly log: Logger
  readonly metrics?: Metrics
}

export interface RemediationController {
  readonly controller: Controller
  /** The Node of a host appeared, changed or went. */
  nodeChanged(host: Key): void
}

/** Reconciles KataMetalRemediations. Woken by themselves, their Machine and its Cluster, host and Node. */
export const createRemediationController = (deps: RemediationControllerDeps): RemediationController => {
  const { client, informers, nodes, events, clock, log, metrics } = deps
  const { remediations, kataMetalMachines, hosts } = informers
  const controller = createController({
    name: 'katametalremediation',
    reconcile: createRemediationReconcile({
      sources: {
        objects: remediations.store,
        machines: informers.machines.store,
        clusters: informers.clusters.store,
        kataMetalMachines: kataMetalMachines.store,
        hosts: hosts.store,
      },
      objects: client.resource(typeOf(kataMetalRemediation)),
      machines: client.resource<Machine>(machines),
      hosts: client.resource(typeOf(bareMetalHost)),
      nodes,
      events,
      clock,
    }),
    // A reboot storm is worse than a queue, but several racks may fail at once.
    concurrency: 4,
    clock,
    log,
    ...(metrics === undefined ? {} : { metrics }),
  })

  const ofMachine = (key: Key): Key[] => remediations.store.byIndex('machine', key).map(keyOf)
  const ofHost = (host: BareMetalHost): Key[] => {
    const consumer = consumerKeyOf(host)
    const infrastructure = consumer === undefined ? undefined : kataMetalMachines.store.get(consumer)
    const owner = infrastructure === undefined ? undefined : ownerOfKind(infrastructure, 'Machine')?.name
    return owner === undefined ? [] : ofMachine(`${infrastructure?.metadata.namespace ?? ''}/${owner}`)
  }

  controller.watch(remediations, object => [keyOf(object)])
  controller.watch(informers.machines, machine =>
    machine.apiVersion.startsWith(`${clusterApiGroup}/`) ? ofMachine(keyOf(machine)) : [],
  )
  controller.watch(informers.clusters, ({ metadata }, { type }) =>
    type === 'updated' ? inNamespace(remediations, metadata.namespace) : [],
  )
  controller.watch(hosts, (host, { previous }) => [
    ...new Set([...ofHost(host), ...(previous === undefined ? [] : ofHost(previous))]),
  ])
  return {
    controller,
    nodeChanged: key => {
      const host = hosts.store.get(key)
      if (host !== undefined) ofHost(host).forEach(remediation => controller.enqueue(remediation))
    },
  }
}

/** There are few remediations at any time, and Clusters change rarely. */
const inNamespace = ({ store }: Informer<KataMetalRemediation>, namespace: string | undefined): Key[] =>
  store
    .list()
    .filter(({ metadata }) => metadata.namespace === namespace)
    .map(keyOf)
