import type { ApiResource } from './resource.js'

/**
 * What can be made to go wrong.
 *
 * At requests: `busy` answers 429 with Retry-After, `fail` 500, `expired` 410, `conflict` 409 (writes only), `slow` waits first.
 * At the next event of a watch: `stall` sends nothing more and keeps the connection, `reset` breaks it in the middle of the line,
 * `gone` sends the ERROR event of a 410 and ends, `duplicate` sends the line twice, `late` holds it and all that follow back.
 */
export type FaultKind =
  | 'busy'
  | 'fail'
  | 'expired'
  | 'conflict'
  | 'slow'
  | 'stall'
  | 'reset'
  | 'gone'
  | 'duplicate'
  | 'late'

export interface Fault {
  readonly kind: FaultKind
  /** Plural of a resource; every resource when absent. */
  readonly resource?: string
  /** Kubernetes verb; every verb when absent. Events of watches have the verb `watch`. */
  readonly verb?: string
  /** How many times; without end when absent. */
  readonly count?: number
  /** Chance from 0 to 1 that a matching request or event is hit; 1 when absent. */
  readonly probability?: number
  /** For `slow` and `late`, in milliseconds; 1000 when absent. */
  readonly delayMs?: number
  /** For `busy`, in seconds; 1 when absent. */
  readonly retryAfterSeconds?: number
}

interface Active {
  readonly fault: Fault
  left: number
}

/** Switches for misbehaviour; they work from the next request or event on. */
export class Faults {
  readonly #active = new Set<Active>()
  readonly #watches = new Set<{ resource: string; gone: () => void }>()
  readonly #random: () => number
  readonly #compact: () => void

  /** @param seed makes runs with a probability repeatable */
  constructor(compact: () => void, seed = 1) {
    this.#compact = compact
    this.#random = mulberry32(seed)
  }

  /** Arms a fault until it is used up or the returned function is called. */
  inject(fault: Fault): () => void {
    const active = { fault, left: fault.count ?? Number.POSITIVE_INFINITY }
    this.#active.add(active)
    return () => {
      this.#active.delete(active)
    }
  }

  /** Disarms everything. */
  clear(): void {
    this.#active.clear()
  }

  /**
   * Forgets all history: a watch or page from an older resourceVersion is answered 410, and running watches of the resource
   * (plural; all when absent) end with the ERROR event of a 410.
   */
  expireHistory(resource?: string): void {
    this.#compact()
    for (const watch of [...this.#watches]) if (resource === undefined || resource === watch.resource) watch.gone()
  }

  /** Uses up one matching fault of one of the kinds; undefined when none is armed. For the server. */
  take(kinds: readonly FaultKind[], resource: string, verb: string): Fault | undefined {
    for (const active of this.#active) {
      const { fault } = active
      if (!kinds.includes(fault.kind)) continue
      if ((fault.resource ?? resource) !== resource || (fault.verb ?? verb) !== verb) continue
      if (fault.probability !== undefined && this.#random() >= fault.probability) continue
      if (--active.left <= 0) this.#active.delete(active)
      return fault
    }
    return undefined
  }

  /** Registers a running watch for {@link expireHistory}; returns its removal. For the server. */
  onExpire(resource: ApiResource, gone: () => void): () => void {
    const watch = { resource: resource.plural, gone }
    this.#watches.add(watch)
    return () => {
      this.#watches.delete(watch)
    }
  }
}

/** A small generator with a seed; statistical quality does not matter here. */
const mulberry32 = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
