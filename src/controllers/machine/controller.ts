import { isDeepStrictEqual } from 'node:util'
import { type Cluster, clusterApiGroup, type Machine } from '../../../api/cluster-api.js'
import { infrastructureGroup } from '../../../api/infrastructure/group.js'
import type { KataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import { type KataMetalMachine, kataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import { type BareMetalHost, bareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { HostInventory } from '../../../api/metal/host-inventory.js'
import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import type { Metrics } from '../../base/metrics.js'
import { type Controller, createController } from '../../kube/controller.js'
import {
  type IPAddress,
  type IPAddressClaim,
  ipAddressClaims,
  ipAddresses,
  type Secret,
  secrets,
  typeOf,
} from '../../kube/resource-types.js'
import { type Change, type Informer, type Key, type KubeClient, keyOf, splitKey } from '../../kube/types.js'
import type { EventSink } from '../contract/events.js'
import type { NodeIdentity } from '../workload/node-identity.js'
import { consumerKeyOf } from './consumer.js'
import { createMachineReconcile } from './reconcile.js'
import { occupationOf } from './select.js'
import { saysWaiting } from './waiting.js'

export interface MachineControllerDeps {
  readonly client: KubeClient
  /** Run by the caller. `kataMetalMachines` needs the indexes {@link machineIndexes}, `hosts` {@link hostIndexes}. */
  readonly informers: {
    readonly kataMetalMachines: Informer<KataMetalMachine>
    readonly machines: Informer<Machine>
    readonly clusters: Informer<Cluster>
    readonly kataMetalClusters: Informer<KataMetalCluster>
    readonly hosts: Informer<BareMetalHost>
    readonly inventories: Informer<HostInventory>
  }
  readonly workloads: NodeIdentity
  readonly events: EventSink
  readonly clock: Clock
  readonly log: Logger
  readonly metrics?: Metrics
  /** Default 4. */
  readonly concurrency?: number
}

/** Reconciles KataMetalMachines. Woken by themselves, their Machine, Cluster and host, and by hosts becoming free. */
export const createMachineController = (deps: MachineControllerDeps): Controller => {
  const { client, informers, workloads, events, clock, log, metrics, concurrency = 4 } = deps
  const seekers = new Set<Key>()
  const reconcile = createMachineReconcile(
    {
      sources: {
        objects: informers.kataMetalMachines.store,
        machines: informers.machines.store,
        clusters: informers.clusters.store,
        kataMetalClusters: informers.kataMetalClusters.store,
        hosts: informers.hosts.store,
        inventories: informers.inventories.store,
      },
      objects: client.resource(typeOf(kataMetalMachine)),
      hosts: client.resource(typeOf(bareMetalHost)),
      secrets: client.resource<Secret>(secrets),
      ipam: {
        claims: client.resource<IPAddressClaim>(ipAddressClaims),
        addresses: client.resource<IPAddress>(ipAddresses),
      },
      workloads,
      events,
      clock,
    },
    seekers,
  )
  const controller = createController({
    name: 'katametalmachine',
    reconcile,
    concurrency,
    clock,
    log,
    ...(metrics === undefined ? {} : { metrics }),
  })
  const seekersOf = (namespace: string | undefined): Key[] =>
    [...seekers].filter(key => key.startsWith(`${namespace ?? ''}/`))

  const isAnyFree = (namespace: string | undefined): boolean =>
    informers.hosts.store.byIndex('namespace', namespace ?? '').some(host => occupationOf(host) === undefined)

  // The places of those who still wait are told anew a little later, all at once, and the later the more they are.
  const refreshPlaces = (namespace: string | undefined): void => {
    const waiting = seekersOf(namespace)
    waiting.forEach(key => controller.enqueue(key, 500 + 20 * waiting.length))
  }

  controller.watch(informers.kataMetalMachines, (object, change) => {
    const { namespace } = object.metadata
    const { before, after } = waitedFor(change)
    if (before !== after) refreshPlaces(namespace)
    // A host that was promised to it may now be had by others.
    return [keyOf(object), ...(before && !after && isAnyFree(namespace) ? seekersOf(namespace) : [])]
  })
  controller.watch(informers.machines, machine => infrastructureOf(machine))
  controller.watch(informers.clusters, cluster => machinesOf(informers.kataMetalMachines, cluster))
  controller.watch(informers.kataMetalClusters, ({ metadata }) => seekersOf(metadata.namespace))
  controller.watch(informers.inventories, ({ metadata }) => seekersOf(metadata.namespace))
  controller.watch(informers.hosts, (host, change) => [
    ...new Set([...consumersOf(change), ...(becameEligible(change) ? seekersOf(host.metadata.namespace) : [])]),
  ])
  workloads.onUnidentifiedNode((cluster, nodeName) => {
    const machine = informers.machines.store.get(`${splitKey(cluster).namespace ?? ''}/${nodeName}`)
    if (machine !== undefined) infrastructureOf(machine).forEach(key => controller.enqueue(key))
  })
  return controller
}

const infrastructureOf = ({ metadata, spec }: Machine): Key[] => {
  const reference = spec?.infrastructureRef
  return reference?.kind === 'KataMetalMachine' && reference.apiGroup === infrastructureGroup
    ? [`${metadata.namespace ?? ''}/${reference.name}`]
    : []
}

/** Whether the machine waited for a host before the change, and whether it does now. */
const waitedFor = ({ type, object, previous }: Change<KataMetalMachine>): { before: boolean; after: boolean } => ({
  before: type === 'deleted' ? saysWaiting(object) : previous !== undefined && saysWaiting(previous),
  after: type !== 'deleted' && saysWaiting(object),
})

const machinesOf = (informer: Informer<KataMetalMachine>, cluster: Cluster): Key[] =>
  cluster.apiVersion.startsWith(`${clusterApiGroup}/`)
    ? informer.store.byIndex('cluster', keyOf(cluster)).map(keyOf)
    : []

const consumersOf = ({ object, previous }: Change<BareMetalHost>): Key[] =>
  [object, previous].flatMap(host => {
    const key = host === undefined ? undefined : consumerKeyOf(host)
    return key === undefined ? [] : [key]
  })

/** Free now, and not before or under other labels then: somebody may fit who did not. */
const becameEligible = ({ type, object, previous }: Change<BareMetalHost>): boolean =>
  type !== 'deleted' &&
  occupationOf(object) === undefined &&
  (previous === undefined ||
    occupationOf(previous) !== undefined ||
    !isDeepStrictEqual(object.metadata.labels, previous.metadata.labels) ||
    !isDeepStrictEqual(object.status?.hardware, previous.status?.hardware))
