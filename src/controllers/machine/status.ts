import { isDeepStrictEqual } from 'node:util'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import { machineConditionTypes } from '../../../api/infrastructure/kata-metal-machine.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { type ConditionDecision, setCondition } from '../../kube/conditions.js'
import type { Verdicts } from './report.js'

type Status = NonNullable<KataMetalMachine['status']>

/** What is to be published besides conditions. Absent fields keep what they have. */
export interface Findings {
  readonly host?: BareMetalHost
  /** Only ever true: it is a latch. */
  readonly provisioned?: true
  readonly failureDomain?: string | undefined
}

/** The status that the object shall have. `now` is in milliseconds since the epoch. */
export const statusWith = (
  object: KataMetalMachine,
  decisions: readonly Omit<ConditionDecision, 'observedGeneration'>[],
  { host, provisioned, failureDomain }: Findings,
  now: number,
): Status => {
  const { generation } = object.metadata
  const conditions = decisions.reduce(
    (known, decision) =>
      setCondition(
        known,
        { ...decision, ...(generation === undefined ? {} : { observedGeneration: generation }) },
        now,
      ),
    object.status?.conditions ?? [],
  )
  const addresses = host?.status?.addresses
  return {
    ...object.status,
    ...(provisioned === undefined ? {} : { initialization: { provisioned } }),
    ...(host === undefined ? {} : { host: placeOf(host) }),
    ...(addresses === undefined ? {} : { addresses }),
    ...(failureDomain === undefined ? {} : { failureDomain }),
    conditions,
  }
}

const placeOf = ({ metadata: { name, namespace } }: BareMetalHost) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
})

/** In the order of the kind's list; the condition Paused is decided elsewhere. */
export const decisionsOf = (verdicts: Verdicts): Omit<ConditionDecision, 'observedGeneration'>[] =>
  machineConditionTypes.flatMap(type => (type === 'Paused' ? [] : [{ type, ...verdicts[type] }]))

/** The merge patch that makes the status so, bound to the version it was decided on; undefined when it is so already. */
export const statusPatch = (object: KataMetalMachine, status: Status): object | undefined =>
  isDeepStrictEqual({ ...object.status }, { ...status })
    ? undefined
    : { metadata: { resourceVersion: object.metadata.resourceVersion }, status }
