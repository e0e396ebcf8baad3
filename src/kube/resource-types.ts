import type { Condition, KubeObject } from '../../api/meta.js'
import type { Kind } from '../../api/kind.js'
import type { ResourceType } from './types.js'

/** The resource that holds objects of one of our kinds. All of them are namespaced. */
export const typeOf = (kind: Pick<Kind, 'group' | 'version' | 'plural' | 'kind'>): ResourceType => ({
  group: kind.group,
  version: kind.version,
  plural: kind.plural,
  kind: kind.kind,
  namespaced: true,
})

const core = (plural: string, kind: string, namespaced = true): ResourceType => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
})

const clusterApi = (plural: string, kind: string): ResourceType => ({
  group: 'cluster.x-k8s.io',
  version: 'v1beta2',
  plural,
  kind,
  namespaced: true,
})

export const secrets = core('secrets', 'Secret')
export const configMaps = core('configmaps', 'ConfigMap')
export const nodes = core('nodes', 'Node', false)
export const namespaces = core('namespaces', 'Namespace', false)
export const pods = core('pods', 'Pod')
export const serviceAccounts = core('serviceaccounts', 'ServiceAccount')
export const clusters = clusterApi('clusters', 'Cluster')
export const machines = clusterApi('machines', 'Machine')

const ipam = (plural: string, kind: string): ResourceType => ({
  group: 'ipam.cluster.x-k8s.io',
  version: 'v1beta2',
  plural,
  kind,
  namespaced: true,
})

export const ipAddressClaims = ipam('ipaddressclaims', 'IPAddressClaim')
export const ipAddresses = ipam('ipaddresses', 'IPAddress')

export const leases: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
}

export const events: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
}

/** core/v1 Secret; values of `data` are base64. `stringData` is accepted on write and never returned. */
export interface Secret extends KubeObject {
  type?: string
  data?: Record<string, string>
  stringData?: Record<string, string>
  immutable?: boolean
}

/** core/v1 ServiceAccount. */
export type ServiceAccount = KubeObject

/** core/v1 Namespace. */
export interface Namespace extends KubeObject {
  status?: { phase?: string }
}

/** core/v1 Node, as far as katametal reads or writes it. */
export interface Node extends KubeObject {
  spec?: {
    providerID?: string
    unschedulable?: boolean
    taints?: { key: string; value?: string; effect: string }[]
  }
  status?: {
    /** Core conditions know no observedGeneration, and reason and message may be absent. */
    conditions?: (Pick<Condition, 'type' | 'status'> & Partial<Condition> & { lastHeartbeatTime?: string })[]
    addresses?: { type: string; address: string }[]
    nodeInfo?: Record<string, unknown>
    /** What the container runtime of the Node offers, as kubelet asked it (Kubernetes 1.30 and later). */
    runtimeHandlers?: { name: string }[]
  }
}

/** core/v1 Pod, as far as katametal reads or writes it. */
export interface Pod extends KubeObject {
  spec: {
    nodeName?: string
    runtimeClassName?: string
    overhead?: Record<string, string>
    containers: { name: string; image: string; [field: string]: unknown }[]
    [field: string]: unknown
  }
  status?: {
    phase?: string
    reason?: string
    message?: string
    containerStatuses?: {
      name: string
      state?: {
        waiting?: { reason?: string; message?: string }
        terminated?: { exitCode: number; reason?: string; message?: string }
      }
    }[]
  }
}

/** ipam.cluster.x-k8s.io/v1beta2 IPAddressClaim (Cluster API IPAM contract). */
export interface IPAddressClaim extends KubeObject {
  spec: { clusterName?: string; poolRef: { apiGroup: string; kind: string; name: string } }
  status?: { addressRef?: { name: string }; conditions?: Condition[] }
}

/** ipam.cluster.x-k8s.io/v1beta2 IPAddress, as far as katametal reads it. */
export interface IPAddress extends KubeObject {
  spec: { address: string; prefix: number; gateway?: string }
}

/** coordination.k8s.io/v1 Lease. Times are RFC 3339 with microseconds. */
export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string
    leaseDurationSeconds?: number
    acquireTime?: string
    renewTime?: string
    leaseTransitions?: number
  }
}

/** events.k8s.io/v1 Event, as far as katametal writes it. */
export interface KubeEvent extends KubeObject {
  eventTime: string
  reportingController: string
  reportingInstance: string
  action: string
  reason: string
  note: string
  type: 'Normal' | 'Warning'
  regarding: {
    apiVersion: string
    kind: string
    name: string
    namespace?: string
    uid?: string
    resourceVersion?: string
  }
  series?: { count: number; lastObservedTime: string }
}
