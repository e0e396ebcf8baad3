import type { Clock } from '../../base/clock.js'

/** A stretch of time in which the server itself was working, for measuring idle time. */
export interface BusyInterval {
  readonly what: string
  readonly from: number
  readonly to: number
}

/** What a simulated server did, oldest first. Never carries tokens or boot data. */
export class ServerJournal {
  readonly #clock: Clock
  readonly #entries: { readonly time: number; readonly what: string }[] = []
  readonly #busy: BusyInterval[] = []
  readonly #messages: { readonly time: number; readonly what: string }[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  note(what: string): void {
    this.#entries.push({ time: this.#clock.now(), what })
  }

  /** Notes that the manager has just taken a message of a program on this server. */
  told(what: string): void {
    this.#messages.push({ time: this.#clock.now(), what })
  }

  /** Notes an interval around `work`, also when it fails. */
  async busy<T>(what: string, work: () => Promise<T>): Promise<T> {
    const from = this.#clock.now()
    try {
      return await work()
    } finally {
      this.#busy.push({ what, from, to: this.#clock.now() })
    }
  }

  get entries(): readonly { readonly time: number; readonly what: string }[] {
    return this.#entries
  }

  /** The texts alone, for assertions. */
  get happened(): string[] {
    return this.#entries.map(({ what }) => what)
  }

  /** Things that destroy data on a disk: `wrote image ...` and `wiped ...`. */
  get destructive(): string[] {
    return this.happened.filter(what => what.startsWith('wrote image') || what.startsWith('wiped'))
  }

  /** What the manager was told, by the time of its answer. */
  get messages(): readonly { readonly time: number; readonly what: string }[] {
    return this.#messages
  }

  get busyIntervals(): readonly BusyInterval[] {
    return this.#busy
  }
}
