import type { Clock } from '../base/clock.js'
import { KatametalError } from '../base/errors.js'

/**
 * Gives up for an agent that is of no use any more: a server must not stay on for ever with a system in RAM that nobody
 * talks to. Fed by whatever shows that the agent is wanted.
 */
export class Watchdog {
  readonly #clock: Clock
  readonly #patienceMs: number
  #fedAt: number
  #reason = 'the manager was not reached'

  constructor(clock: Clock, patienceMs: number) {
    this.#clock = clock
    this.#patienceMs = patienceMs
    this.#fedAt = clock.now()
  }

  /** The agent has a task, or has just finished one. */
  feed(): void {
    this.#fedAt = this.#clock.now()
  }

  /** Why the agent is idle, for the last words on the console. */
  note(reason: string): void {
    this.#reason = reason
  }

  /** Throws DeadlineExceeded when it was not fed for too long. */
  check(): void {
    const idle = this.#clock.now() - this.#fedAt
    if (idle >= this.#patienceMs)
      throw new KatametalError('DeadlineExceeded', {
        about: `no task for ${Math.round(idle / 60_000)} minutes`,
        seen: this.#reason,
      })
  }
}
