import type { Cluster, Machine } from '../../../api/cluster-api.js'
import { controlPlaneLabel } from '../../../api/cluster-api.js'
import type { Condition } from '../../../api/meta.js'
import type { Node } from '../../kube/resource-types.js'

export const isControlPlane = ({ metadata }: Machine): boolean => metadata.labels?.[controlPlaneLabel] !== undefined

/**
 * Whether a Machine may have bootstrap data: the first control plane Machine once the infrastructure of the Cluster is
 * there, all others once that one runs.
 */
export const mayBootstrap = (machine: Machine, cluster: Cluster, siblings: readonly Machine[]): boolean => {
  const { infrastructureProvisioned, controlPlaneInitialized } = cluster.status?.initialization ?? {}
  if (infrastructureProvisioned !== true) return false
  if (controlPlaneInitialized === true) return true
  const first = siblings
    .filter(isControlPlane)
    .map(({ metadata }) => metadata.name)
    .sort()[0]
  return isControlPlane(machine) && machine.metadata.name === first
}

/** What the phase of a Machine follows from. */
export interface Milestones {
  readonly bootstrapped: boolean
  readonly provisioned: boolean
  readonly joined: boolean
}

/** Machine.status.phase of a Machine that is not being deleted, in the words of Cluster API. */
export const phaseOf = ({ bootstrapped, provisioned, joined }: Milestones): string => {
  if (joined) return 'Running'
  if (provisioned) return 'Provisioned'
  return bootstrapped ? 'Provisioning' : 'Pending'
}

/** The Node of a providerID; two of them are an error, as in Cluster API. */
export const nodeOf = (providerID: string | undefined, nodes: readonly Node[]): Node | undefined | 'ambiguous' => {
  const matching = providerID === undefined ? [] : nodes.filter(({ spec }) => spec?.providerID === providerID)
  return matching.length > 1 ? 'ambiguous' : matching[0]
}

/** `Ready` of the infrastructure object as `InfrastructureReady` of its owner. */
export const mirroredReady = (conditions: readonly Condition[] | undefined): Omit<Condition, 'lastTransitionTime'> => {
  const ready = conditions?.find(({ type }) => type === 'Ready')
  return ready === undefined
    ? {
        type: 'InfrastructureReady',
        status: 'Unknown',
        reason: 'NotYetReported',
        message: 'The infrastructure object does not report Ready yet.',
      }
    : { type: 'InfrastructureReady', status: ready.status, reason: ready.reason, message: ready.message }
}
