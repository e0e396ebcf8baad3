import type { Cluster, Machine } from '../../../api/cluster-api.js'
import type { KataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { Clock } from '../../base/clock.js'
import type { Node, Secret } from '../../kube/resource-types.js'
import type { ResourceClient, Store } from '../../kube/types.js'
import type { JoinData } from './bootstrap.js'

/** What the reconcilers of the stand-in share. */
export interface CoreParts {
  readonly stores: {
    readonly clusters: Store<Cluster>
    readonly machines: Store<Machine>
    readonly kataMetalClusters: Store<KataMetalCluster>
    readonly kataMetalMachines: Store<KataMetalMachine>
    readonly nodes: Store<Node>
  }
  readonly clients: {
    readonly clusters: ResourceClient<Cluster>
    readonly machines: ResourceClient<Machine>
    readonly kataMetalClusters: ResourceClient<KataMetalCluster>
    readonly kataMetalMachines: ResourceClient<KataMetalMachine>
    readonly secrets: ResourceClient<Secret>
    readonly nodes: ResourceClient<Node>
  }
  readonly join: JoinData
  /** Contents of Secret `<cluster>-kubeconfig`. */
  readonly kubeconfig: string
  readonly clock: Clock
}
