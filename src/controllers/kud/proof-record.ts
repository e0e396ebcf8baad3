import { z } from 'zod'
import { kataProofAnnotation } from '../../../api/kud/group.js'
import type { ProofVerdict } from '../../kud/proof.js'
import type { Node } from '../../kube/resource-types.js'

const recordSchema = z.object({
  proven: z.boolean(),
  reason: z.string(),
  message: z.string(),
  /** RFC 3339. */
  time: z.string(),
  attempt: z.int(),
  /** /etc/machine-id of the system that was proven: another installation of the same server has another. */
  machineID: z.string(),
})

/** How the last proof of a Node ended; kept on the Node, which is where the label and the taint are. */
export type ProofRecord = z.output<typeof recordSchema>

/** Undefined when the system that runs now was never judged. */
export const proofRecordOf = (node: Node): ProofRecord | undefined => {
  const text = node.metadata.annotations?.[kataProofAnnotation]
  if (text === undefined) return undefined
  const record = recordSchema.safeParse(parsed(text)).data
  return record?.machineID === machineIDOf(node) ? record : undefined
}

export const proofRecord = (
  node: Node,
  { proven, reason, message }: ProofVerdict,
  attempt: number,
  time: string,
): ProofRecord => ({
  proven,
  reason,
  message: message.slice(0, 2000),
  time,
  attempt,
  machineID: machineIDOf(node),
})

export const machineIDOf = ({ status }: Node): string => {
  const id = status?.nodeInfo?.['machineID']
  return typeof id === 'string' ? id : ''
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
