import type { Clock } from '../../base/clock.js'

/** Something that was asked of the BMC or that happened on the server. Never carries headers, bodies or tokens. */
export type JournalEntry =
  | {
      readonly kind: 'request'
      readonly time: number
      readonly method: string
      readonly path: string
      /** 0 when no answer was given. */
      readonly status: number
      readonly milliseconds: number
      /** How many requests the BMC had in hand when this one came, itself included. */
      readonly inHand: number
    }
  | { readonly kind: 'event'; readonly time: number; readonly what: string }

/** What happened, oldest first; only the newest `limit` entries of each kind are kept. */
export class Journal {
  readonly #clock: Clock
  readonly #limit: number
  #requests: Extract<JournalEntry, { kind: 'request' }>[] = []
  #events: Extract<JournalEntry, { kind: 'event' }>[] = []
  #inHand = 0

  constructor(clock: Clock, limit = 5000) {
    this.#clock = clock
    this.#limit = limit
  }

  /** Notes what happened, for example "power ForceOff". */
  note(what: string): void {
    this.#events.push({ kind: 'event', time: this.#clock.now(), what })
    if (this.#events.length > this.#limit * 2) this.#events = this.#events.slice(-this.#limit)
  }

  /** A request came; the returned function notes its end with the status that was sent. */
  request(method: string, path: string): (status: number) => void {
    const time = this.#clock.now()
    const inHand = ++this.#inHand
    return status => {
      this.#inHand--
      this.#requests.push({
        kind: 'request',
        time,
        method,
        path,
        status,
        milliseconds: this.#clock.now() - time,
        inHand,
      })
      if (this.#requests.length > this.#limit * 2) this.#requests = this.#requests.slice(-this.#limit)
    }
  }

  get requests(): readonly Extract<JournalEntry, { kind: 'request' }>[] {
    return this.#requests
  }

  get events(): readonly Extract<JournalEntry, { kind: 'event' }>[] {
    return this.#events
  }

  /** Requests and events together in the order of time. */
  get entries(): JournalEntry[] {
    return [...this.#requests, ...this.#events].sort((a, b) => a.time - b.time)
  }

  /** The texts of the events, for assertions. */
  get happened(): string[] {
    return this.#events.map(({ what }) => what)
  }
}
