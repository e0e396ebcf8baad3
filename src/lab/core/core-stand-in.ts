import { setMaxListeners } from 'node:events'
import type { Cluster, Machine } from '../../../api/cluster-api.js'
import { type KataMetalCluster, kataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import { type KataMetalMachine, kataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import { createController } from '../../kube/controller.js'
import { createInformer } from '../../kube/informer.js'
import { clusters, machines, type Node, nodes, type Secret, secrets, typeOf } from '../../kube/resource-types.js'
import { type Key, type KubeClient, keyOf } from '../../kube/types.js'
import type { JoinData } from './bootstrap.js'
import { createCoreClusterReconcile } from './cluster.js'
import { createCoreMachineReconcile } from './machine.js'

export interface CoreStandInOptions {
  /** Of the API server that holds Clusters, Machines and, as there is only one in the lab, the Nodes. */
  readonly client: KubeClient
  /** How simulated servers reach the API server that their Node lives in. */
  readonly join: JoinData
  /** Contents of Secret `<cluster>-kubeconfig`. */
  readonly kubeconfig: string
  readonly clock: Clock
  readonly log: Logger
}

export interface CoreStandIn {
  /** Resolves when everything has ended. */
  stop(): Promise<void>
}

/**
 * A small stand-in for the controllers of Cluster API core and of a bootstrap and a control plane provider, for the lab
 * and for tests: docs/core-stand-in.md says what it does and what it does not. Its CRDs must exist. Resolves when it
 * works.
 */
export const startCoreStandIn = async (options: CoreStandInOptions): Promise<CoreStandIn> => {
  const { client, clock } = options
  const log = options.log.child({ room: 'core-stand-in' })
  const common = { clock, log }
  const informers = {
    clusters: createInformer<Cluster>(client, clusters, common),
    machines: createInformer<Machine>(client, machines, common),
    kataMetalClusters: createInformer<KataMetalCluster>(client, typeOf(kataMetalCluster), common),
    kataMetalMachines: createInformer<KataMetalMachine>(client, typeOf(kataMetalMachine), common),
    nodes: createInformer<Node>(client, nodes, common),
  }
  const parts = {
    stores: {
      clusters: informers.clusters.store,
      machines: informers.machines.store,
      kataMetalClusters: informers.kataMetalClusters.store,
      kataMetalMachines: informers.kataMetalMachines.store,
      nodes: informers.nodes.store,
    },
    clients: {
      clusters: client.resource<Cluster>(clusters),
      machines: client.resource<Machine>(machines),
      kataMetalClusters: client.resource<KataMetalCluster>(typeOf(kataMetalCluster)),
      kataMetalMachines: client.resource<KataMetalMachine>(typeOf(kataMetalMachine)),
      secrets: client.resource<Secret>(secrets),
      nodes: client.resource<Node>(nodes),
    },
    join: options.join,
    kubeconfig: options.kubeconfig,
    clock,
  }

  const machinesWhere = (wanted: (machine: Machine) => boolean): Key[] =>
    parts.stores.machines.list().filter(wanted).map(keyOf)

  const clusterController = createController({
    name: 'core-cluster',
    reconcile: createCoreClusterReconcile(parts),
    ...common,
  })
  clusterController.watch(informers.clusters, object => [keyOf(object)])
  clusterController.watch(informers.machines, ({ metadata, spec }) => [
    `${metadata.namespace ?? ''}/${spec?.clusterName ?? ''}`,
  ])
  clusterController.watch(informers.kataMetalClusters, ({ metadata }) =>
    parts.stores.clusters
      .list()
      .filter(
        cluster =>
          cluster.metadata.namespace === metadata.namespace && cluster.spec?.infrastructureRef?.name === metadata.name,
      )
      .map(keyOf),
  )

  const machineController = createController({
    name: 'core-machine',
    reconcile: createCoreMachineReconcile(parts),
    concurrency: 4,
    ...common,
  })
  machineController.watch(informers.machines, object => [keyOf(object)])
  machineController.watch(informers.clusters, ({ metadata }) =>
    machinesWhere(
      machine => machine.metadata.namespace === metadata.namespace && machine.spec?.clusterName === metadata.name,
    ),
  )
  machineController.watch(informers.kataMetalMachines, ({ metadata }) =>
    machinesWhere(
      machine =>
        machine.metadata.namespace === metadata.namespace && machine.spec?.infrastructureRef?.name === metadata.name,
    ),
  )
  machineController.watch(informers.nodes, node =>
    node.spec?.providerID === undefined
      ? []
      : machinesWhere(machine => machine.spec?.providerID === node.spec?.providerID),
  )

  const end = new AbortController()
  // One listener per watch and call is no leak.
  setMaxListeners(0, end.signal)
  const running = [
    ...Object.values(informers).map(informer => informer.run(end.signal)),
    clusterController.run(end.signal),
    machineController.run(end.signal),
  ]
  await Promise.all(Object.values(informers).map(informer => informer.synced(end.signal)))
  return {
    stop: async () => {
      end.abort()
      await Promise.allSettled(running)
    },
  }
}
