import { isDeepStrictEqual } from 'node:util'
import { kataProofAnnotation, kataRuntimeLabel, startUpTaint } from '../../../api/kud/group.js'
import type { ProofVerdict } from '../../kud/proof.js'
import type { Node, Pod } from '../../kube/resource-types.js'
import { type ProofRecord, proofRecordOf } from './proof-record.js'

/** What is seen of a Node that shall run Kata. */
export interface ProofFacts {
  readonly node: Node
  /** The host is about to enter service; a Node in service with pods on it gets no taint. */
  readonly joining: boolean
  /** Pods of earlier and of this proof. */
  readonly pods: readonly Pod[]
  /** Names of the pods of the try that is due. */
  readonly wanted: readonly string[]
  /** The verdict on them; undefined while they run. */
  readonly verdict: ProofVerdict | undefined
  readonly now: number
}

export type ProofDecision =
  /** Mark the Node as proven, or as not: label and taint as they shall be. */
  | { readonly act: 'Mark'; readonly patch: object }
  /** Delete pods that nobody looks at any more. */
  | { readonly act: 'Clear'; readonly pods: readonly string[] }
  | { readonly act: 'Create'; readonly pods: readonly string[] }
  | { readonly act: 'Conclude'; readonly verdict: ProofVerdict }
  /** Look again when something changes, or after so long. */
  | { readonly act: 'Await'; readonly forMs: number | undefined }

/** After a failed proof the next one is tried: soon at first, every ten minutes in the end. */
export const retryMs = (attempt: number): number => Math.min(30_000 * 2 ** Math.max(0, attempt - 1), 600_000)

/** How long the pods of one try may take; images are pulled meanwhile (KUD allowed the same). */
export const proofMs = 600_000

/** The one next thing to do about the proof of a Node. Pure. */
export const decideProof = (facts: ProofFacts): ProofDecision => {
  const { node, joining, pods, wanted, verdict, now } = facts
  const record = proofRecordOf(node)
  const mark = markPatch(node, record?.proven === true, joining)
  if (mark !== undefined) return { act: 'Mark', patch: mark }
  const due = record === undefined ? 0 : record.proven ? undefined : Date.parse(record.time) + retryMs(record.attempt)
  const running = due !== undefined && now >= due && isReady(node)
  const over = pods.map(({ metadata }) => metadata.name).filter(name => !running || !wanted.includes(name))
  if (over.length > 0) return { act: 'Clear', pods: over }
  if (!running) return { act: 'Await', forMs: due === undefined || now >= due ? undefined : due - now }
  if (verdict !== undefined) return { act: 'Conclude', verdict }
  const missing = wanted.filter(name => !pods.some(({ metadata }) => metadata.name === name))
  if (missing.length > 0) return { act: 'Create', pods: missing }
  // Pods wake us when they end; those that never do are judged at their deadline.
  return { act: 'Await', forMs: 30_000 }
}

/** The try that is due now: one more than the last that was judged. */
export const attemptOf = (node: Node): number => (proofRecordOf(node)?.attempt ?? 0) + 1

/** The merge patch that writes a verdict, label and taint at once, bound to the version of the Node that was judged. */
export const verdictPatch = (node: Node, record: ProofRecord): object => ({
  metadata: {
    resourceVersion: node.metadata.resourceVersion,
    annotations: { [kataProofAnnotation]: JSON.stringify(record) },
    labels: { [kataRuntimeLabel]: record.proven ? 'true' : null },
  },
  spec: { taints: taintsFor(node, !record.proven && hasTaint(node)) },
})

/** Undefined when label and taint are as they shall be. */
const markPatch = (node: Node, proven: boolean, joining: boolean): object | undefined => {
  const labelled = node.metadata.labels?.[kataRuntimeLabel] === 'true'
  const taints = taintsFor(node, proven ? false : joining || hasTaint(node))
  if (labelled === proven && isDeepStrictEqual(taints, node.spec?.taints ?? [])) return undefined
  return {
    metadata: {
      resourceVersion: node.metadata.resourceVersion,
      labels: { [kataRuntimeLabel]: proven ? 'true' : null },
    },
    spec: { taints },
  }
}

const hasTaint = ({ spec }: Node): boolean => (spec?.taints ?? []).some(({ key }) => key === startUpTaint.key)

const taintsFor = (node: Node, tainted: boolean): { key: string; value?: string; effect: string }[] => {
  const taints = node.spec?.taints ?? []
  if (tainted) return hasTaint(node) ? taints : [...taints, { ...startUpTaint }]
  return taints.filter(({ key }) => key !== startUpTaint.key)
}

export const isReady = ({ status }: Node): boolean =>
  status?.conditions?.some(condition => condition.type === 'Ready' && condition.status === 'True') === true
