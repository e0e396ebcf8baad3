import { type Cluster, clusterApiGroup } from '../../../api/cluster-api.js'
import { infrastructureGroup } from '../../../api/infrastructure/group.js'
import { type KataMetalCluster, kataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import type { Metrics } from '../../base/metrics.js'
import { type Controller, createController } from '../../kube/controller.js'
import { typeOf } from '../../kube/resource-types.js'
import { type Change, type Informer, type Key, type KubeClient, keyOf } from '../../kube/types.js'
import type { EventSink } from '../contract/events.js'
import { createClusterReconcile } from './reconcile.js'

export interface ClusterControllerDeps {
  readonly client: KubeClient
  /**
   * Run by the caller. `kataMetalMachines` needs the indexes `machineIndexes`, `hosts` needs `hostIndexes` of the
   * machine controller.
   */
  readonly informers: {
    readonly kataMetalClusters: Informer<KataMetalCluster>
    readonly clusters: Informer<Cluster>
    readonly kataMetalMachines: Informer<KataMetalMachine>
    readonly hosts: Informer<BareMetalHost>
  }
  readonly events: EventSink
  readonly clock: Clock
  readonly log: Logger
  readonly metrics?: Metrics
}

/** Reconciles KataMetalClusters. Woken by themselves, their Cluster, machines that vanish, and hosts that move. */
export const createClusterController = (deps: ClusterControllerDeps): Controller => {
  const { client, informers, events, clock, log, metrics } = deps
  const { kataMetalClusters, clusters, kataMetalMachines, hosts } = informers
  const controller = createController({
    name: 'katametalcluster',
    reconcile: createClusterReconcile({
      sources: {
        objects: kataMetalClusters.store,
        clusters: clusters.store,
        machines: kataMetalMachines.store,
        hosts: hosts.store,
      },
      objects: client.resource(typeOf(kataMetalCluster)),
      events,
      clock,
    }),
    clock,
    log,
    ...(metrics === undefined ? {} : { metrics }),
  })
  const inNamespace = (namespace: string | undefined): Key[] =>
    kataMetalClusters.store
      .list()
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map(keyOf)

  controller.watch(kataMetalClusters, object => [keyOf(object)])
  controller.watch(clusters, infrastructureOf)
  controller.watch(kataMetalMachines, ({ metadata }, { type }) =>
    type === 'deleted' ? inNamespace(metadata.namespace) : [],
  )
  controller.watch(hosts, ({ metadata }, change) => (labelsMayDiffer(change) ? inNamespace(metadata.namespace) : []))
  return controller
}

const infrastructureOf = ({ apiVersion, metadata, spec }: Cluster): Key[] => {
  const reference = spec?.infrastructureRef
  return apiVersion.startsWith(`${clusterApiGroup}/`) &&
    reference?.kind === 'KataMetalCluster' &&
    reference.apiGroup === infrastructureGroup
    ? [`${metadata.namespace ?? ''}/${reference.name}`]
    : []
}

/** Hosts report several times a second; only their labels matter here. */
const labelsMayDiffer = ({ type, object, previous }: Change<BareMetalHost>): boolean =>
  type !== 'updated' || JSON.stringify(object.metadata.labels) !== JSON.stringify(previous?.metadata.labels)
