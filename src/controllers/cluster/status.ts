import { isDeepStrictEqual } from 'node:util'
import type { Cluster } from '../../../api/cluster-api.js'
import type { KataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import { errorTable } from '../../base/errors.js'
import { type ConditionDecision, setCondition } from '../../kube/conditions.js'
import { pausedCondition } from '../contract/paused.js'
import type { Endpoint } from './decide.js'

type Status = NonNullable<KataMetalCluster['status']>
type Decision = Omit<ConditionDecision, 'observedGeneration'>

/** What the condition Ready, which core mirrors as InfrastructureReady, says about the endpoint. */
export const readyFor = (endpoint: Endpoint | undefined): Decision =>
  endpoint === undefined
    ? {
        type: 'Ready',
        status: 'False',
        reason: 'ControlPlaneEndpointMissing',
        message: `Nobody has given a control plane endpoint. ${errorTable.ControlPlaneEndpointMissing.remedy}`,
      }
    : {
        type: 'Ready',
        status: 'True',
        reason: 'Ready',
        message: `The control plane endpoint is ${endpoint.host}:${endpoint.port}.`,
      }

export const notReadyWhileDeleting = (machines: readonly string[]): Decision => ({
  type: 'Ready',
  status: 'False',
  reason: 'WaitingForMachines',
  message: `${machines.length} KataMetalMachine${machines.length === 1 ? '' : 's'} must be gone first: ${shortList(machines)}.`,
})

const shortList = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`

/**
 * The merge patch that publishes conditions and findings, bound to the version they were decided on; undefined when all
 * is so already. `provisioned` is a latch: it is only ever given as true. `now` is in milliseconds since the epoch.
 */
export const clusterStatusPatch = (
  object: KataMetalCluster,
  cluster: Cluster | undefined,
  findings: { ready?: Decision; provisioned?: true; failureDomains?: Status['failureDomains'] },
  now: number,
): object | undefined => {
  const { generation, resourceVersion } = object.metadata
  const { ready, provisioned, failureDomains } = findings
  const conditions = [...(ready === undefined ? [] : [ready]), pausedCondition(object, cluster)].reduce(
    (known, decision) =>
      setCondition(
        known,
        { ...decision, ...(generation === undefined ? {} : { observedGeneration: generation }) },
        now,
      ),
    object.status?.conditions ?? [],
  )
  const status: Status = {
    ...object.status,
    ...(provisioned === undefined ? {} : { initialization: { provisioned } }),
    ...(failureDomains === undefined ? {} : { failureDomains }),
    conditions,
  }
  return isDeepStrictEqual({ ...object.status }, status) ? undefined : { metadata: { resourceVersion }, status }
}
