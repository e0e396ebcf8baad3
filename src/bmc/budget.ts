import { type Clock } from '../base/clock.js'
import { isKatametalError, KatametalError, toKatametalError } from '../base/errors.js'

/**
 * What one BMC is asked to bear: two reads or one write at a time, in the order of asking, so that a write is not
 * starved by reads; and silence for a while after several connections in a row could not be made.
 */
export interface BmcBudget {
  /** Runs when a place is free. Rejects with the signal's reason while waiting, and BMCUnreachable while broken. */
  read<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T>
  write<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T>
}

export interface BudgetOptions {
  readonly about: string
  readonly clock: Clock
  readonly reads?: number
  /** After how many failures to connect in a row the breaker opens. */
  readonly breakAfter?: number
  /** How long it stays open at first; doubles with each failure after that, up to `restMaxMs`. */
  readonly restMs?: number
  readonly restMaxMs?: number
}

export const createBudget = (options: BudgetOptions): BmcBudget => {
  const { reads = 2 } = options
  const breaker = createBreaker(options)
  const waiting: Waiter[] = []
  let reading = 0
  let writing = false

  const fits = (kind: Kind): boolean => !writing && (kind === 'read' ? reading < reads : reading === 0)
  const take = (kind: Kind): void => {
    if (kind === 'read') reading++
    else writing = true
  }
  const admit = (): void => {
    for (let next = waiting[0]; next !== undefined && fits(next.kind); next = waiting[0]) {
      waiting.shift()
      take(next.kind)
      next.enter()
    }
  }
  const enter = (kind: Kind, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(toKatametalError(signal.reason, options.about))
      const onAbort = () => {
        const index = waiting.indexOf(waiter)
        if (index >= 0) waiting.splice(index, 1)
        reject(toKatametalError(signal.reason, options.about))
        admit()
      }
      const waiter: Waiter = {
        kind,
        enter: () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      waiting.push(waiter)
      admit()
    })
  const leave = (kind: Kind): void => {
    if (kind === 'read') reading--
    else writing = false
    admit()
  }
  const within = async <T>(kind: Kind, signal: AbortSignal, run: () => Promise<T>): Promise<T> => {
    breaker.check()
    await enter(kind, signal)
    try {
      breaker.check()
      return await breaker.watch(run)
    } finally {
      leave(kind)
    }
  }
  return {
    read: (signal, run) => within('read', signal, run),
    write: (signal, run) => within('write', signal, run),
  }
}

type Kind = 'read' | 'write'

interface Waiter {
  readonly kind: Kind
  enter(): void
}

interface Breaker {
  /** Throws while the breaker is open. */
  check(): void
  /** Runs and learns from how it ends. */
  watch<T>(run: () => Promise<T>): Promise<T>
}

const createBreaker = (options: BudgetOptions): Breaker => {
  const { about, clock, breakAfter = 3, restMs = 5000, restMaxMs = 30_000 } = options
  let failures = 0
  let openUntil = 0
  let last: KatametalError | undefined
  const learn = (error: unknown): void => {
    if (isKatametalError(error, 'BMCUnreachable')) {
      failures++
      last = error
      if (failures >= breakAfter)
        openUntil = clock.now() + Math.min(restMaxMs, restMs * 2 ** Math.min(failures - breakAfter, 10))
    } else if (isKatametalError(error) && error.kind !== 'cancelled' && error.code !== 'DeadlineExceeded') {
      // Any answer, also a bad one, shows that the BMC can be reached; an abort of ours shows nothing.
      failures = 0
    }
  }
  return {
    check: () => {
      const retryAfterMs = openUntil - clock.now()
      if (retryAfterMs <= 0) return
      throw new KatametalError('BMCUnreachable', {
        about,
        seen: `${last?.seen ?? 'no connection'}, ${failures} times in a row; not tried again for ${Math.ceil(retryAfterMs / 1000)} s`,
        retryAfterMs,
      })
    },
    watch: async run => {
      try {
        const result = await run()
        failures = 0
        return result
      } catch (error) {
        learn(error)
        throw error
      }
    },
  }
}
