import type { Condition } from '../../api/meta.js'
import { rfc3339 } from '../base/clock.js'

/** A condition as a controller decides it; the time of the transition is added by {@link setCondition}. */
export type ConditionDecision = Omit<Condition, 'lastTransitionTime'>

/**
 * The conditions with `decision` in them. `lastTransitionTime` moves only when `status` changes (meta/v1 Condition);
 * conditions of other types keep their place. Returns the very same array when nothing changed, so that callers can
 * skip the write. `now` is in milliseconds since the epoch.
 */
export const setCondition = (
  conditions: readonly Condition[] | undefined,
  decision: ConditionDecision,
  now: number,
): Condition[] => {
  const known = conditions ?? []
  const previous = findCondition(known, decision.type)
  if (previous === undefined) return [...known, { ...decision, lastTransitionTime: rfc3339(now) }]
  if (isSame(previous, decision)) return known as Condition[]
  const lastTransitionTime = previous.status === decision.status ? previous.lastTransitionTime : rfc3339(now)
  return known.map(condition => (condition === previous ? { ...decision, lastTransitionTime } : condition))
}

export const findCondition = <C extends { type: string }>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined => conditions?.find(condition => condition.type === type)

/** Whether the condition is there and has the status True. */
export const isTrue = (conditions: readonly { type: string; status: string }[] | undefined, type: string): boolean =>
  findCondition(conditions, type)?.status === 'True'

const isSame = (previous: Condition, decision: ConditionDecision): boolean =>
  previous.status === decision.status &&
  previous.reason === decision.reason &&
  previous.message === decision.message &&
  previous.observedGeneration === decision.observedGeneration
