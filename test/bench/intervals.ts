/** A stretch of time, from its beginning up to its end; milliseconds since the epoch. */
export interface Interval {
  readonly from: number
  readonly to: number
}

/** How much of `window` no interval covers. Intervals may overlap each other and reach over the window. */
export const uncoveredMs = (window: Interval, intervals: readonly Interval[]): number => {
  let idle = 0
  let coveredUntil = window.from
  for (const { from, to } of intervals.toSorted((a, b) => a.from - b.from)) {
    if (from >= window.to) break
    idle += Math.max(from - coveredUntil, 0)
    coveredUntil = Math.max(coveredUntil, to)
  }
  return idle + Math.max(window.to - coveredUntil, 0)
}
