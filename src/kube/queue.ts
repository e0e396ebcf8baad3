import type { Clock } from '../base/clock.js'
import { type BackoffLimits, type Random, exponentialBackoff } from './backoff.js'
import { type QueueCounts, noCounts } from './queue-metrics.js'
import type { Key } from './types.js'

export interface QueueOptions {
  readonly clock: Clock
  readonly backoff: BackoffLimits
  readonly random: Random
  readonly counts?: QueueCounts
}

/**
 * Keys that wait for a worker. A key stands in the queue at most once; one that is added while it is worked on comes
 * again afterwards, so no two workers ever hold the same key. Of several delays for a key the earliest counts, and it is
 * dropped when the key is handed out, because whoever works on it decides anew when to look again.
 */
export interface Queue {
  add(key: Key): void
  /** Adds the key after `ms`, or at once for 0. */
  addAfter(key: Key, ms: number): void
  /** Adds the key after a pause that doubles with each call until {@link forget}; at least `atLeastMs`. */
  addRateLimited(key: Key, atLeastMs?: number): number
  /** The key did well: its next pause is the shortest again. */
  forget(key: Key): void
  /** How often in a row {@link addRateLimited} was called for it. */
  failures(key: Key): number
  /** The next key; undefined when the queue was shut down. Each key must be given back with {@link done}. */
  take(): Promise<Key | undefined>
  done(key: Key): void
  /** Cancels all delays and ends all waits. */
  shutDown(): void
}

export const createQueue = ({ clock, backoff, random, counts = noCounts }: QueueOptions): Queue => {
  const ready = new Map<Key, number>()
  const working = new Map<Key, number>()
  const dirty = new Set<Key>()
  const delayed = new Map<Key, { at: number; cancel: () => void }>()
  const failures = new Map<Key, number>()
  const waiting: ((key: Key | undefined) => void)[] = []
  let over = false

  const undelay = (key: Key): void => {
    delayed.get(key)?.cancel()
    delayed.delete(key)
  }

  const handOut = (key: Key, addedAt: number): Key => {
    const now = clock.now()
    undelay(key)
    working.set(key, now)
    counts.taken(now - addedAt)
    return key
  }

  const put = (key: Key): void => {
    const worker = waiting.shift()
    if (worker === undefined) ready.set(key, clock.now())
    else worker(handOut(key, clock.now()))
    counts.depth(ready.size)
  }

  const add = (key: Key): void => {
    if (over || ready.has(key) || dirty.has(key)) return
    undelay(key)
    counts.added()
    if (working.has(key)) dirty.add(key)
    else put(key)
  }

  const addAfter = (key: Key, ms: number): void => {
    if (ms <= 0) return add(key)
    const at = clock.now() + ms
    const known = delayed.get(key)
    if (over || ready.has(key) || dirty.has(key) || (known !== undefined && known.at <= at)) return
    undelay(key)
    const cancel = clock.after(ms, () => {
      delayed.delete(key)
      add(key)
    })
    delayed.set(key, { at, cancel })
  }

  return {
    add,
    addAfter,
    addRateLimited: (key, atLeastMs = 0) => {
      const count = (failures.get(key) ?? 0) + 1
      failures.set(key, count)
      counts.retried()
      const pause = Math.max(atLeastMs, exponentialBackoff(backoff, count, random))
      addAfter(key, pause)
      return pause
    },
    forget: key => {
      failures.delete(key)
    },
    failures: key => failures.get(key) ?? 0,
    take: () => {
      const [first] = ready
      if (over) return Promise.resolve(undefined)
      if (first === undefined) return new Promise(resolve => waiting.push(resolve))
      const [key, addedAt] = first
      ready.delete(key)
      counts.depth(ready.size)
      return Promise.resolve(handOut(key, addedAt))
    },
    done: key => {
      const since = working.get(key)
      if (since === undefined) return
      working.delete(key)
      counts.worked(clock.now() - since)
      if (dirty.delete(key)) put(key)
    },
    shutDown: () => {
      over = true
      for (const { cancel } of delayed.values()) cancel()
      delayed.clear()
      ready.clear()
      dirty.clear()
      counts.depth(0)
      for (const worker of waiting.splice(0)) worker(undefined)
    },
  }
}
