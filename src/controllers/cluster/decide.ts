import type { Cluster, ControlPlaneEndpoint } from '../../../api/cluster-api.js'
import { capiAnnotations, clusterFinalizer } from '../../../api/infrastructure/group.js'
import type { KataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import { hostAnnotations } from '../../../api/metal/group.js'
import { ownerOfKind } from '../contract/owner.js'
import { isPaused } from '../contract/paused.js'

/** All that a decision looks at. */
export interface ClusterFacts {
  readonly object: KataMetalCluster
  /** The Cluster behind the ownerReference. */
  readonly cluster: Cluster | undefined
  /** Names of the KataMetalMachines of the cluster that still exist. */
  readonly machines: readonly string[]
}

export type ClusterDecision =
  /** Nothing may be written. */
  | { readonly act: 'Ignore' }
  /** Only the condition Paused may be written. */
  | { readonly act: 'ReportPaused' }
  | { readonly act: 'AddFinalizer' }
  | { readonly act: 'RemoveFinalizer' }
  | { readonly act: 'AwaitMachines'; readonly machines: readonly string[] }
  | { readonly act: 'Publish'; readonly endpoint: Endpoint | undefined }

/** A control plane endpoint that can be used: host and port are there. */
export type Endpoint = Required<ControlPlaneEndpoint>

/** What to do with a KataMetalCluster, in the order of the Cluster API contract. Pure. */
export const decideCluster = ({ object, cluster, machines }: ClusterFacts): ClusterDecision => {
  const { annotations = {}, deletionTimestamp, finalizers = [] } = object.metadata
  if (Object.hasOwn(annotations, capiAnnotations.managedBy)) return { act: 'Ignore' }
  const deleting = deletionTimestamp !== undefined
  const finalized = finalizers.includes(clusterFinalizer)
  if (deleting && !finalized) return { act: 'Ignore' }
  if (!deleting && (ownerOfKind(object, 'Cluster') === undefined || cluster === undefined)) return { act: 'Ignore' }
  if (isPaused(object, cluster)) return { act: 'ReportPaused' }
  if (deleting)
    return machines.length === 0 || Object.hasOwn(annotations, hostAnnotations.deleteForMove)
      ? { act: 'RemoveFinalizer' }
      : { act: 'AwaitMachines', machines }
  if (!finalized) return { act: 'AddFinalizer' }
  return { act: 'Publish', endpoint: endpointOf(object, cluster) }
}

/** Ours first: core copies it to the Cluster. We never invent one. */
export const endpointOf = (object: KataMetalCluster, cluster: Cluster | undefined): Endpoint | undefined =>
  complete(object.spec.controlPlaneEndpoint) ?? complete(cluster?.spec?.controlPlaneEndpoint)

/** Core's own rule: a host that is not empty and a port that is not zero. */
const complete = (endpoint: KataMetalCluster['spec']['controlPlaneEndpoint']): Endpoint | undefined => {
  const { host, port } = endpoint ?? {}
  return host === undefined || host === '' || port === undefined || port === 0 ? undefined : { host, port }
}
