import { isDeepStrictEqual } from 'node:util'
import { type Machine, machineHealthConditions } from '../../../api/cluster-api.js'
import type { KataMetalRemediation, RemediationPhase } from '../../../api/infrastructure/kata-metal-remediation.js'
import type { Condition } from '../../../api/meta.js'
import { rfc3339 } from '../../base/clock.js'
import { type ConditionDecision, setCondition } from '../../kube/conditions.js'

type Status = NonNullable<KataMetalRemediation['status']>

/** The status on entering a phase. A try has one deadline for all its phases. `now` is in milliseconds since the epoch. */
export const enteredStatus = (
  object: KataMetalRemediation,
  phase: RemediationPhase,
  tries: number,
  now: number,
): Status => {
  const { deadline: _deadline, ...known } = object.status ?? {}
  const starts = phase === 'Waiting' || phase === 'PoweringOff' || known.phase === undefined
  const ends = phase === 'Succeeded' || phase === 'GivenUp'
  const deadline = starts
    ? rfc3339(now + object.spec.strategy.timeoutSeconds * 1_000)
    : ends
      ? undefined
      : object.status?.deadline
  return {
    ...known,
    phase,
    since: rfc3339(now),
    ...(deadline === undefined ? {} : { deadline }),
    ...(tries > 0 ? { retryCount: tries - 1 } : {}),
    ...(phase === 'Fencing' ? { lastRemediated: rfc3339(now) } : {}),
  }
}

const said: Readonly<Record<RemediationPhase, Pick<Condition, 'status' | 'message'>>> = {
  Waiting: { status: 'False', message: 'No power cycle was begun yet' },
  PoweringOff: { status: 'False', message: 'The power of the server is being cut' },
  Fencing: { status: 'False', message: 'The server is off; its Node is being fenced' },
  PoweringOn: { status: 'False', message: 'The server is being powered on' },
  Verifying: { status: 'False', message: 'The server was power cycled' },
  Succeeded: { status: 'True', message: 'The Machine is healthy again' },
  GivenUp: { status: 'False', message: 'No power cycle helped; the owner of the Machine was asked to replace it' },
}

/** The condition `Succeeded`: the reason is the phase, the message what was done and what is awaited. */
export const succeededCondition = (
  phase: RemediationPhase,
  tries: number,
  limit: number,
  awaiting: string | undefined,
): Omit<ConditionDecision, 'observedGeneration'> => {
  const { status, message } = said[phase]
  const count = tries === 0 ? '' : ` (try ${tries} of ${limit + 1})`
  const until = awaiting === undefined ? '' : `; waiting until ${awaiting}`
  return { type: 'Succeeded', status, reason: phase, message: `${message}${count}${until}.` }
}

/** The merge patch for the status, bound to the version it was decided on; undefined when nothing changes. */
export const statusPatch = (
  object: KataMetalRemediation,
  status: Status,
  decisions: readonly Omit<ConditionDecision, 'observedGeneration'>[],
  now: number,
): object | undefined => {
  const { generation, resourceVersion } = object.metadata
  const conditions = decisions.reduce(
    (known, decision) =>
      setCondition(
        known,
        { ...decision, ...(generation === undefined ? {} : { observedGeneration: generation }) },
        now,
      ),
    object.status?.conditions ?? [],
  )
  const after = { ...status, conditions }
  if (isDeepStrictEqual({ ...object.status }, after)) return undefined
  const removed = Object.keys(object.status ?? {}).filter(key => !Object.hasOwn(after, key))
  return {
    metadata: { resourceVersion },
    status: { ...Object.fromEntries(removed.map(key => [key, null])), ...after },
  }
}

/** What a Machine shall say about its remediation. */
export type MachineWord = 'Remediated' | 'OwnerAsked'

/**
 * The merge patch that makes a Machine say how its external remediation ended: by its owner replacing it
 * (`OwnerRemediated`=False, which MachineSet and control plane act upon), or well. Undefined when it says so already.
 */
export const machinePatch = (machine: Machine, word: MachineWord, now: number): object | undefined => {
  const { ownerRemediated, externallyRemediated } = machineHealthConditions
  const decisions: ConditionDecision[] =
    word === 'OwnerAsked'
      ? [
          {
            type: ownerRemediated,
            status: 'False',
            reason: 'WaitingForRemediation',
            message: 'The KataMetalRemediation was given up: no power cycle made the Machine healthy.',
          },
          {
            type: externallyRemediated,
            status: 'False',
            reason: 'RemediationGivenUp',
            message: 'No power cycle made the Machine healthy.',
          },
        ]
      : [
          {
            type: externallyRemediated,
            status: 'True',
            reason: 'Remediated',
            message: 'The server was power cycled and the Machine is healthy.',
          },
        ]
  const before = machine.status?.conditions
  const conditions = decisions.reduce((known, decision) => setCondition(known, decision, now), before ?? [])
  return conditions === before
    ? undefined
    : { metadata: { resourceVersion: machine.metadata.resourceVersion }, status: { conditions } }
}
