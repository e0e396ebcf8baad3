import { type Interval, uncoveredMs } from './intervals.js'
import type { Timeline } from './timeline.js'

/**
 * How long nobody worked for the host within `window`: neither its server was busy, nor was a request to its BMC under
 * way. The work of the manager and of the API server counts as idle, so this is an upper bound.
 */
export const idleMs = ({ busy, requests }: Pick<Timeline, 'busy' | 'requests'>, window: Interval): number =>
  uncoveredMs(window, [...busy, ...requests])
