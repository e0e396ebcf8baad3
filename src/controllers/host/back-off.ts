import type { ErrorCode, KatametalError } from '../../base/errors.js'

/**
 * How long to wait before the next try after the `attempt`-th failure in a row (from 1), in milliseconds. Seconds for
 * what passes by itself, minutes for real faults; input errors are looked at again only rarely, because a change of
 * the spec or Secret wakes the host anyway. A Secret that does not exist yet is asked for more often: those that are
 * new carry no label of ours, so nothing tells of them. `chance` in [0, 1) spreads hosts that fail together.
 */
export const backOffMs = (error: KatametalError, attempt: number, chance: number): number => {
  const [base, limit] = unannounced.has(error.code) ? ranges.unannounced : ranges[error.kind]
  const grown = Math.min(base * 2 ** Math.min(attempt - 1, 16), limit)
  return Math.max(error.retryAfterMs ?? 0, Math.round(grown * (0.75 + chance / 2)))
}

const seconds = 1000
const minutes = 60 * seconds

const ranges = {
  transient: [1 * seconds, 30 * seconds],
  unreachable: [2 * seconds, 2 * minutes],
  fault: [15 * seconds, 15 * minutes],
  input: [5 * minutes, 30 * minutes],
  refused: [5 * minutes, 30 * minutes],
  cancelled: [1 * seconds, 1 * seconds],
  unannounced: [3 * seconds, 1 * minutes],
} as const

const unannounced: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BMCCredentialsMissing',
  'UserDataMissing',
  'SecretMissing',
])

/**
 * When to look again while a step waits for the server: often at first, then at a tenth of the time waited so far,
 * never less often than `maxPollMs`. `chance` in [0, 1) keeps hosts from asking in step.
 */
export const pollMs = (waitedMs: number, maxPollMs: number, chance: number): number =>
  Math.round(Math.min(Math.max(firstPollMs, waitedMs / 10), maxPollMs) * (0.9 + chance / 5))

const firstPollMs = 250
