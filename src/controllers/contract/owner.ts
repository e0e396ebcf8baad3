import { clusterApiGroup } from '../../../api/cluster-api.js'
import type { KubeObject, OwnerReference } from '../../../api/meta.js'

/**
 * The ownerReference of a kind of Cluster API core, in whatever version and whether or not it is the controller
 * reference: core sets `controller: true` only for Clusters with a topology.
 */
export const ownerOfKind = (object: KubeObject, kind: 'Cluster' | 'Machine'): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find(
    reference => reference.kind === kind && reference.apiVersion.split('/')[0] === clusterApiGroup,
  )
