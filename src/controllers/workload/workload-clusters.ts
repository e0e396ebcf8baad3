import type { Cluster } from '../../../api/cluster-api.js'
import type { KubeObject } from '../../../api/meta.js'
import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import { type Node, type Secret, secrets } from '../../kube/resource-types.js'
import { type Change, type Informer, type Key, type KubeClient, keyOf, type Store, splitKey } from '../../kube/types.js'
import { hostKeyOf } from '../machine/consumer.js'
import type { NodeFence } from '../remediation/node-fence.js'
import { type FurtherInformer, WorkloadConnection } from './connection.js'
import type { NodeIdentity } from './node-identity.js'

export interface WorkloadClustersOptions {
  /** Of the management cluster; only single Secrets `<cluster>-kubeconfig` are read with it. */
  readonly client: KubeClient
  /** Run by the caller: nothing is opened for Clusters that do not exist, and everything ends with them. */
  readonly clusters: Informer<Cluster>
  readonly clock: Clock
  readonly log: Logger
  /** Told the BareMetalHost of each Node that appears, changes or goes. */
  readonly onNodeChange: (host: Key) => void
}

/** The Nodes of workload clusters. A cluster is looked at from the first question about it until its Cluster is gone. */
export interface WorkloadClusters extends NodeIdentity, NodeFence {
  /** The Nodes of a Cluster (`<namespace>/<name>`), with index `providerID`; undefined until they are known. */
  nodes(cluster: Key): Store<Node> | undefined
  /** The Node with a providerID. */
  findNode(cluster: Key, providerID: string): Node | undefined
  /** Calls to the API server of the cluster; undefined until its Nodes are known. */
  client(cluster: Key): KubeClient | undefined
  /** See WorkloadConnection.further. */
  further<T extends KubeObject>(cluster: Key, name: string, make: FurtherInformer<T>): Store<T> | undefined
  /** Ends all connections; nothing is opened afterwards. */
  close(): Promise<void>
}

interface Looked {
  readonly connection: WorkloadConnection
  readonly end: AbortController
  readonly done: Promise<void>
}

export const createWorkloadClusters = (options: WorkloadClustersOptions): WorkloadClusters => {
  const { client, clusters, clock, log, onNodeChange } = options
  const looked = new Map<Key, Looked>()
  const handlers: ((cluster: Key, nodeName: string) => void)[] = []
  let closed = false

  const tell = (cluster: Key, { object, previous, type }: Change<Node>): void => {
    const ids = new Set([object.spec?.providerID, previous?.spec?.providerID])
    for (const id of ids) {
      const host = id === undefined ? undefined : hostKeyOf(id)
      if (host !== undefined) onNodeChange(host)
    }
    if (type !== 'deleted' && !object.spec?.providerID)
      handlers.forEach(handler => handler(cluster, object.metadata.name))
  }

  const look = (cluster: Key): Looked | undefined => {
    const known = looked.get(cluster)
    if (known !== undefined || closed || clusters.store.get(cluster) === undefined) return known
    const { namespace, name } = splitKey(cluster)
    const end = new AbortController()
    const connection = new WorkloadConnection({
      readKubeconfig: signal => client.resource<Secret>(secrets).find(namespace, `${name}-kubeconfig`, { signal }),
      onNode: change => tell(cluster, change),
      clock,
      log: log.child({ cluster }),
    })
    const opened = { connection, end, done: connection.run(end.signal) }
    looked.set(cluster, opened)
    return opened
  }

  const forget = async (cluster: Key): Promise<void> => {
    const known = looked.get(cluster)
    looked.delete(cluster)
    known?.end.abort()
    await known?.done
  }

  clusters.onChange(({ type, object }) => {
    if (type === 'deleted') void forget(keyOf(object))
  })

  const nodesOf = (cluster: Key): Store<Node> | undefined => look(cluster)?.connection.ready?.informer.store

  return {
    nodes: nodesOf,
    client: cluster => look(cluster)?.connection.ready?.client,
    further: (cluster, name, make) => look(cluster)?.connection.further(name, make),
    findNode: (cluster, providerID) => nodesOf(cluster)?.byIndex('providerID', providerID)[0],
    giveProviderID: async (cluster, { nodeName, providerID }, signal) => {
      const ready = look(cluster)?.connection.ready
      const node = ready?.informer.store.get(nodeName)
      if (ready === undefined || node === undefined || node.spec?.providerID) return
      if (ready.informer.store.byIndex('providerID', providerID).length > 0) return
      const { resourceVersion } = node.metadata
      await ready.nodes.mergePatch(
        undefined,
        nodeName,
        { metadata: { resourceVersion }, spec: { providerID } },
        { signal },
      )
      log.info({ cluster, node: nodeName, providerID }, 'gave the Node its providerID')
    },
    knows: cluster => nodesOf(cluster) !== undefined,
    setTaints: async (cluster, { metadata }, taints, signal) => {
      const patch = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { taints } }
      await look(cluster)?.connection.ready?.nodes.mergePatch(undefined, metadata.name, patch, { signal })
    },
    onUnidentifiedNode: handler => {
      handlers.push(handler)
    },
    close: async () => {
      closed = true
      await Promise.all([...looked.keys()].map(forget))
    },
  }
}
