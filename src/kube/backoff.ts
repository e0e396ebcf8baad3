/** Chance as a parameter: a number in [0, 1). */
export type Random = () => number

/** Lengths of pauses, in milliseconds. */
export interface BackoffLimits {
  readonly baseMs: number
  readonly maxMs: number
}

/**
 * Pauses between tries of one loop: each is drawn between the base and three times the one before ("decorrelated
 * jitter"), so that many clients that failed together come back apart.
 */
export const decorrelatedBackoff = (
  { baseMs, maxMs }: BackoffLimits,
  random: Random,
): { next(): number; reset(): void } => {
  let last = baseMs
  return {
    next: () => {
      last = Math.min(maxMs, baseMs + random() * (last * 3 - baseMs))
      return last
    },
    reset: () => {
      last = baseMs
    },
  }
}

/** The pause after the given number of failures in a row (from 1): doubling, the last quarter of it by chance. */
export const exponentialBackoff = ({ baseMs, maxMs }: BackoffLimits, failures: number, random: Random): number =>
  Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 40)) * (0.75 + random() * 0.25)
