import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { errorTable, type ErrorCode } from '../../base/errors.js'
import { describeStep, placeOf } from '../../controllers/host/lifecycle.js'
import { pollMs } from '../../controllers/host/back-off.js'

/** Why a host is where it is, and what would move it. Times are RFC 3339; durations milliseconds. */
export interface Explanation {
  readonly host: string
  readonly state: string
  readonly step: string | undefined
  readonly since: string | undefined
  readonly forMs: number | undefined
  readonly awaiting: string
  readonly deadline: string | undefined
  readonly deadlineInMs: number | undefined
  readonly nextLookWithinMs: number | undefined
  readonly failure: { readonly code: string; readonly message: string; readonly attempt: number } | undefined
  readonly lastAnswers: readonly { readonly time: string; readonly what: string; readonly answer: string }[]
  readonly unblock: string
}

/** Reads the same statechart that drives the controller. Pure; `now` in milliseconds since the epoch. */
export const explainHost = (host: BareMetalHost, now: number): Explanation => {
  const { status } = host
  const place = placeOf(status?.state, status?.step)
  const description = place === undefined ? undefined : describeStep(place)
  const since = status?.since === undefined ? undefined : Date.parse(status.since)
  const failure = failureOf(host)
  const held = status?.conditions?.find(({ type, status: value }) => type === 'Paused' && value === 'True')
  return {
    host: `${host.metadata.namespace ?? ''}/${host.metadata.name}`,
    state: status?.state ?? 'New',
    step: status?.step,
    since: status?.since,
    forMs: since === undefined ? undefined : now - since,
    awaiting: held?.message ?? description?.awaiting ?? 'the manager to look at it for the first time',
    deadline: status?.deadline,
    deadlineInMs: status?.deadline === undefined ? undefined : Date.parse(status.deadline) - now,
    nextLookWithinMs: held === undefined ? nextLook(host, description?.maxPollMs, since, now) : undefined,
    failure,
    lastAnswers: status?.lastAnswers ?? [],
    unblock:
      held === undefined
        ? failure === undefined
          ? (description?.unblock ?? 'Check that the manager runs and watches this namespace.')
          : remedyOf(failure.code, description?.unblock)
        : 'Remove the annotation, or unpause the Cluster that uses the host.',
  }
}

const failureOf = ({ status }: BareMetalHost): Explanation['failure'] => {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready === undefined || ready.status !== 'False' || !Object.hasOwn(errorTable, ready.reason)) return undefined
  return { code: ready.reason, message: ready.message, attempt: status?.attempt ?? 0 }
}

const remedyOf = (code: string, otherwise: string | undefined): string =>
  Object.hasOwn(errorTable, code) ? errorTable[code as ErrorCode].remedy : (otherwise ?? '')

const nextLook = (
  { status }: BareMetalHost,
  maxPollMs: number | undefined,
  since: number | undefined,
  now: number,
): number | undefined => {
  if (status?.retryTime !== undefined) return Math.max(0, Date.parse(status.retryTime) - now)
  return maxPollMs === undefined || since === undefined ? undefined : pollMs(now - since, maxPollMs, 1)
}
