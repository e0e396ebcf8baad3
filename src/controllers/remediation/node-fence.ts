import type { Node } from '../../kube/resource-types.js'
import type { Key } from '../../kube/types.js'

/** What the remediation controller asks of workload clusters. */
export interface NodeFence {
  /** The Nodes are known, so that one that is not found does not exist. Begins to look at them. */
  knows(cluster: Key): boolean
  findNode(cluster: Key, providerID: string): Node | undefined
  /** Replaces the taints of a Node that is still the one that was read; KubernetesConflict otherwise. */
  setTaints(
    cluster: Key,
    node: Node,
    taints: NonNullable<NonNullable<Node['spec']>['taints']>,
    signal: AbortSignal,
  ): Promise<void>
}

/**
 * Tells Kubernetes that the server is off: Pods that tolerate nothing are deleted at once, and their volumes detached
 * (non-graceful node shutdown, stable since 1.28). The Node stays, with its labels, and no health check sees it vanish.
 */
export const outOfServiceTaint = {
  key: 'node.kubernetes.io/out-of-service',
  value: 'nodeshutdown',
  effect: 'NoExecute',
} as const

type Taints = NonNullable<NonNullable<Node['spec']>['taints']>

export const isFenced = ({ spec }: Node): boolean => spec?.taints?.some(isOurs) === true

export const fencedTaints = ({ spec }: Node): Taints => [
  ...(spec?.taints ?? []).filter(taint => !isOurs(taint)),
  outOfServiceTaint,
]

export const unfencedTaints = ({ spec }: Node): Taints => (spec?.taints ?? []).filter(taint => !isOurs(taint))

const isOurs = ({ key, value }: Taints[number]): boolean =>
  key === outOfServiceTaint.key && value === outOfServiceTaint.value

/**
 * Whether a fenced Node is Ready by a system that was booted after the fence: by its boot ID, or where one of the two is not
 * known by the time of its word. `since` is when the server was seen off, in milliseconds since the epoch.
 */
export const isBack = (node: Node, fencedBootID: string | undefined, since: number): boolean => {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status !== 'True') return false
  const { bootID } = node.status?.nodeInfo ?? {}
  if (fencedBootID !== undefined && typeof bootID === 'string' && bootID !== '') return bootID !== fencedBootID
  const word = [ready.lastTransitionTime, ready.lastHeartbeatTime].flatMap(time =>
    time === undefined ? [] : [Date.parse(time)],
  )
  // Times of the API have whole seconds.
  return word.length === 0 || Math.max(...word) + 1_000 > since
}
