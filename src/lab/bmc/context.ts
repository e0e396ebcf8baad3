import type { Clock } from '../../base/clock.js'
import type { PoweredMachine } from '../server/board.js'
import type { Behaviour } from './behaviour.js'
import type { Journal } from './journal.js'
import type { Parts } from './parts.js'
import type { ResourceTree } from './resource-tree.js'
import type { BmcTimings } from './timings.js'

/** What every live part of one simulator shares. */
export interface BmcContext {
  readonly tree: ResourceTree
  readonly parts: Parts
  readonly behaviour: Behaviour
  readonly clock: Clock
  /** Already divided by their speed. */
  readonly timings: BmcTimings
  readonly journal: Journal
  readonly machine: PoweredMachine
  /** Runs `run` after `ms` unless the simulator was stopped. */
  readonly after: (ms: number, run: () => void) => () => void
}
