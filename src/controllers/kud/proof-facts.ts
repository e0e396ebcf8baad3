import type { NodeSeen, ProofSeen } from '../../kud/proof.js'
import type { ProofPod } from '../../kud/proof-pods.js'
import type { Node, Pod } from '../../kube/resource-types.js'
import { proofMs } from './proof-decision.js'

/** What kubelet says about a Node. */
export const nodeSeen = ({ status }: Node): NodeSeen => ({
  kernel: textOf(status?.nodeInfo?.['kernelVersion']),
  bootID: textOf(status?.nodeInfo?.['bootID']),
  handlers: (status?.runtimeHandlers ?? []).map(({ name }) => name),
})

/** What the pod of a try shows; a pod that was not made yet, or not for long, may still end well. */
export const podSeen = ({ className }: ProofPod, pod: Pod | undefined, now: number): ProofSeen => {
  const status = pod?.status
  const [container] = status?.containerStatuses ?? []
  const { terminated, waiting } = container?.state ?? {}
  const seen = { className, overhead: pod?.spec.overhead }
  if (status?.phase === 'Succeeded') return { ...seen, outcome: 'succeeded', message: terminated?.message ?? '' }
  const why = [
    status?.reason,
    status?.message,
    terminated?.reason,
    terminated?.message,
    waiting?.reason,
    waiting?.message,
  ]
    .filter(text => text !== undefined && text !== '')
    .join(': ')
  if (status?.phase === 'Failed') return { ...seen, outcome: 'failed', message: why || 'it says nothing' }
  const age = now - Date.parse(pod?.metadata.creationTimestamp ?? '')
  return age > proofMs
    ? {
        ...seen,
        outcome: 'failed',
        message: `it was not done after ${proofMs / 1000} s${why === '' ? '' : `, ${why}`}`,
      }
    : { ...seen, outcome: 'running', message: why }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
