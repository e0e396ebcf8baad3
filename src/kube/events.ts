import type { KubeObject } from '../../api/meta.js'
import { type Clock, sleep } from '../base/clock.js'
import { isKatametalError, toKatametalError } from '../base/errors.js'
import type { Logger } from '../base/log.js'
import { createEventWriter } from './event-object.js'
import { type KubeEvent, events } from './resource-types.js'
import type { KubeClient } from './types.js'

export interface EventRecorderOptions {
  /** `reportingController`: a qualified name such as katametal.akraino.org/host. */
  readonly component: string
  /** `reportingInstance`: the pod or process. */
  readonly instance: string
  readonly clock: Clock
  readonly log: Logger
  /** Equal events within this time are one series; default 6 min. */
  readonly seriesMs?: number
  /** The count of a series is written this long after it changed; default 5 s. */
  readonly countMs?: number
  /** Events that may wait to be sent; what comes on top is dropped; default 1000. */
  readonly capacity?: number
}

/**
 * Writes events.k8s.io/v1 Events, in order and beside the caller: nothing here throws or waits. An event that is equal
 * to a recent one (same object, type, reason, action and message) raises the count of its series instead. Messages go
 * to `kubectl describe`: never a secret. `action` is what was being done when it differs from the reason.
 */
export interface EventRecorder {
  normal(object: KubeObject, reason: string, message: string, action?: string): void
  warning(object: KubeObject, reason: string, message: string, action?: string): void
  /** Resolves when everything recorded so far was sent or given up, or when the signal is aborted. */
  flush(signal?: AbortSignal): Promise<void>
}

interface Series {
  readonly event: KubeEvent
  count: number
  written: number
  lastMs: number
  lastObservedTime: string
  /** A write of the count is due or waits in the queue. */
  due: boolean
}

const attempts = 4
const firstPauseMs = 500

export const createEventRecorder = (client: KubeClient, options: EventRecorderOptions): EventRecorder => {
  const { clock, seriesMs = 360_000, countMs = 5_000, capacity = 1000 } = options
  const log = options.log.child({ component: options.component })
  const resource = client.resource<KubeEvent>(events)
  const writer = createEventWriter(options)
  const recent = new Map<string, Series>()
  const waiting: (() => Promise<unknown>)[] = []
  const timers = new Map<Series, () => void>()
  let sending: Promise<void> | undefined
  let dropped = 0

  const sendAll = async (): Promise<void> => {
    for (let send = waiting.shift(); send !== undefined; send = waiting.shift()) await persist(send)
    if (dropped > 0) log.warn({ dropped }, 'events dropped: too many were waiting')
    dropped = 0
    sending = undefined
  }

  const persist = async (send: () => Promise<unknown>): Promise<void> => {
    for (let attempt = 1; ; attempt++)
      try {
        await send()
        return
      } catch (error) {
        const known = toKatametalError(error)
        const mayPass = known.kind === 'transient' || known.kind === 'unreachable'
        if (!mayPass || attempt === attempts) return log.warn({ err: known }, 'event not written')
        await sleep(clock, firstPauseMs * 2 ** (attempt - 1))
      }
  }

  const enqueue = (send: () => Promise<unknown>): boolean => {
    if (waiting.length >= capacity) {
      dropped++
      return false
    }
    waiting.push(send)
    sending ??= sendAll()
    return true
  }

  const writeCount = (series: Series): void => {
    timers.get(series)?.()
    timers.delete(series)
    const queued = enqueue(async () => {
      series.due = false
      if (series.count === series.written) return
      const { count, lastObservedTime, event } = series
      const { namespace, name } = event.metadata
      try {
        await resource.mergePatch(namespace, name, { series: { count, lastObservedTime } })
      } catch (error) {
        // The API server forgets events after an hour; the series then begins anew.
        if (!isKatametalError(error, 'KubernetesNotFound')) throw error
        await resource.create({ ...event, series: { count, lastObservedTime } })
      }
      series.written = count
    })
    if (!queued) series.due = false
  }

  const repeat = (key: string, series: Series, lastObservedTime: string): void => {
    series.count++
    series.lastMs = clock.now()
    // In the order of last use, so that the old ones are found without looking at all.
    recent.delete(key)
    recent.set(key, series)
    series.lastObservedTime = lastObservedTime
    if (series.due) return
    series.due = true
    timers.set(
      series,
      clock.after(countMs, () => writeCount(series)),
    )
  }

  const forgetOld = (): void => {
    for (const [key, series] of recent) {
      if (recent.size <= capacity && clock.now() - series.lastMs < seriesMs) break
      if (!series.due) recent.delete(key)
    }
  }

  const record = (
    type: KubeEvent['type'],
    object: KubeObject,
    reason: string,
    message: string,
    action = reason,
  ): void => {
    const event = writer.write(type, object, reason, message, action)
    const key = JSON.stringify([
      event.regarding.uid,
      event.regarding.name,
      event.metadata.namespace,
      type,
      reason,
      action,
      event.note,
    ])
    forgetOld()
    const series = recent.get(key)
    if (series !== undefined) return repeat(key, series, event.eventTime)
    recent.set(key, { event, count: 1, written: 1, lastMs: clock.now(), lastObservedTime: event.eventTime, due: false })
    enqueue(() => resource.create(event))
  }

  return {
    normal: (object, reason, message, action) => record('Normal', object, reason, message, action),
    warning: (object, reason, message, action) => record('Warning', object, reason, message, action),
    flush: async signal => {
      for (const series of [...timers.keys()]) writeCount(series)
      const aborted = new Promise<void>(resolve => signal?.addEventListener('abort', () => resolve(), { once: true }))
      while (sending !== undefined && signal?.aborted !== true) await Promise.race([sending, aborted])
    },
  }
}
