/** What a BMC can do wrong. Durations are milliseconds. */
export type FaultEffect =
  /** Answers late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Sends the body in small pieces with `ms` between them. */
  | { readonly kind: 'drip'; readonly ms: number; readonly bytes: number }
  /** 503, with Retry-After when given (seconds). */
  | { readonly kind: 'busy'; readonly retryAfter?: number }
  /** Closes the connection; with `afterWork` the request was carried out, with `halfway` half of the answer was sent. */
  | { readonly kind: 'drop'; readonly afterWork?: boolean; readonly halfway?: boolean }
  /** 401 for logins, sessions and Basic alike. */
  | { readonly kind: 'refuse-login' }
  /** Answers a write as if it had been done, and does nothing. */
  | { readonly kind: 'ignore-write' }
  /** GET answers what the resource was when the fault was switched on. */
  | { readonly kind: 'stale' }
  /** Logins end as if all sessions were in use. */
  | { readonly kind: 'session-limit' }
  /** 200 with a web page. */
  | { readonly kind: 'html' }
  /** The right body, cut off. */
  | { readonly kind: 'invalid-json' }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** A refusal of your own; `{Name}` in the text is what the request gave for that property: real BMCs quote it. */
  | { readonly kind: 'error'; readonly status: number; readonly messageId: string; readonly text: string }

export type FaultKind = FaultEffect['kind']

export interface Fault {
  readonly effect: FaultEffect
  /** Requests it is for: a path pattern, matched without regard to case; all when absent. */
  readonly path?: RegExp
  /** HTTP method; all when absent. */
  readonly method?: string
  /** How many requests it strikes; endless when absent. */
  readonly count?: number
}

interface ActiveFault extends Fault {
  left: number
  /** Bodies as they were when a `stale` fault was switched on. */
  readonly frozen: (path: string) => unknown
}

/** The switches for faults; they can be changed at any time. */
export class Faults {
  readonly #freeze: () => (path: string) => unknown
  #active: ActiveFault[] = []

  /** `freeze` gives a view of the resources that does not change any more. */
  constructor(freeze: () => (path: string) => unknown) {
    this.#freeze = freeze
  }

  /** Switches a fault on; the returned function switches it off. Earlier faults strike first. */
  add(fault: Fault): () => void {
    const frozen = fault.effect.kind === 'stale' ? this.#freeze() : () => undefined
    const active = { ...fault, left: fault.count ?? Number.POSITIVE_INFINITY, frozen }
    this.#active.push(active)
    return () => {
      this.#active = this.#active.filter(other => other !== active)
    }
  }

  clear(): void {
    this.#active = []
  }

  get active(): readonly Fault[] {
    return this.#active
  }

  /** The faults that strike this request; each counts it. */
  strike(method: string, path: string): Strike {
    const struck = this.#active.filter(fault => matches(fault, method, path))
    for (const fault of struck) fault.left--
    this.#active = this.#active.filter(({ left }) => left > 0)
    return new Strike(struck)
  }
}

/** The faults of one request. */
export class Strike {
  readonly #faults: readonly ActiveFault[]

  constructor(faults: readonly ActiveFault[]) {
    this.#faults = faults
  }

  get<K extends FaultKind>(kind: K): Extract<FaultEffect, { kind: K }> | undefined {
    return this.#faults.map(({ effect }) => effect).find(effect => effect.kind === kind) as
      | Extract<FaultEffect, { kind: K }>
      | undefined
  }

  /** The body that a `stale` fault shows for `path`; undefined without such a fault. */
  staleBody(path: string): unknown {
    return this.#faults.find(({ effect }) => effect.kind === 'stale')?.frozen(path)
  }
}

const matches = ({ method, path, effect }: Fault, actual: string, actualPath: string): boolean => {
  if (method !== undefined && method.toUpperCase() !== actual) return false
  if (path !== undefined && !new RegExp(path.source, 'i').test(actualPath)) return false
  switch (effect.kind) {
    case 'ignore-write':
      return actual === 'PATCH' || actual === 'POST' || actual === 'PUT' || actual === 'DELETE'
    case 'stale':
      return actual === 'GET'
    case 'session-limit':
      return actual === 'POST' && /\/sessions(\/members)?\/?$/i.test(actualPath)
    default:
      return true
  }
}
