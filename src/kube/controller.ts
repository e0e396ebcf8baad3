import type { KubeObject } from '../../api/meta.js'
import { type Clock, deadlineSignal } from '../base/clock.js'
import { KatametalError, toKatametalError } from '../base/errors.js'
import type { Logger } from '../base/log.js'
import type { Metrics } from '../base/metrics.js'
import type { BackoffLimits, Random } from './backoff.js'
import { controllerMetrics } from './controller-metrics.js'
import { createQueue } from './queue.js'
import { queueMetrics } from './queue-metrics.js'
import type { Change, Informer, Key, Reconcile, ReconcileResult } from './types.js'

export interface ControllerOptions {
  /** Name in logs and metrics. */
  readonly name: string
  readonly reconcile: Reconcile
  /** Keys worked on at once; default 1. */
  readonly concurrency?: number
  /** A reconcile's signal is aborted after this long; default 60 s. */
  readonly deadlineMs?: number
  /** Pauses after failures of one key; default 5 ms doubling to 5 min. */
  readonly backoff?: BackoffLimits
  readonly clock: Clock
  readonly log: Logger
  readonly metrics?: Metrics
  readonly random?: Random
}

/** Runs a {@link Reconcile} for each key that may have changed, one at a time per key. */
export interface Controller {
  /** Enqueues the keys that `map` names for each change; none is a good answer. */
  watch<T extends KubeObject>(informer: Informer<T>, map: (object: T, change: Change<T>) => readonly Key[]): void
  /** Enqueues one key, now or after `afterMs`; of several times the earliest counts. */
  enqueue(key: Key, afterMs?: number): void
  /**
   * Waits until the watched informers are synced, then works until the signal is aborted, and resolves when the last
   * reconcile has ended. The informers are run by the caller. May be called once.
   */
  run(signal: AbortSignal): Promise<void>
}

export const createController = (options: ControllerOptions): Controller => {
  const { name, clock, metrics, concurrency = 1, deadlineMs = 60_000 } = options
  const { backoff = { baseMs: 5, maxMs: 300_000 }, random = Math.random } = options
  const log = options.log.child({ controller: name })
  const counts = controllerMetrics(metrics, name, concurrency)
  const queue = createQueue({ clock, backoff, random, counts: queueMetrics(metrics, name) })
  const informers: Pick<Informer<KubeObject>, 'synced'>[] = []

  const onResult = (key: Key, result: ReconcileResult | undefined): void => {
    queue.forget(key)
    const after = result?.requeueAfterMs
    if (after !== undefined) queue.addAfter(key, after)
    counts.outcome(after === undefined ? 'success' : after <= 0 ? 'requeue' : 'requeue_after')
  }

  const onError = (key: Key, error: KatametalError): void => {
    const terminal = error.kind === 'input' || error.kind === 'refused'
    counts.outcome('error')
    counts.failed(terminal)
    if (terminal) {
      queue.forget(key)
      log.warn({ key, err: error }, 'reconcile failed; waiting for a change')
      return
    }
    const retryInMs = Math.round(queue.addRateLimited(key, error.retryAfterMs))
    const stack = error.code === 'Internal' && error.cause instanceof Error ? error.cause.stack : undefined
    const fields = {
      key,
      err: error,
      failures: queue.failures(key),
      retryInMs,
      ...(stack === undefined ? {} : { stack }),
    }
    if (error.code === 'KubernetesConflict') log.debug(fields, 'reconcile was overtaken; trying again')
    else if (error.kind === 'fault') log.error(fields, 'reconcile failed; trying again')
    else log.warn(fields, 'reconcile failed; trying again')
  }

  const reconcileOne = async (key: Key, signal: AbortSignal): Promise<void> => {
    const began = clock.now()
    const deadline = deadlineSignal(clock, deadlineMs, signal)
    counts.started()
    try {
      onResult(key, await options.reconcile(key, { signal: deadline.signal, log: log.child({ key }) }))
    } catch (error) {
      // What an ending controller left undone is done by the next one.
      if (!signal.aborted)
        onError(key, deadline.signal.aborted ? overdue(error, name, deadlineMs) : toKatametalError(error))
    } finally {
      deadline.release()
      counts.ended(clock.now() - began)
      queue.done(key)
    }
  }

  const work = async (signal: AbortSignal): Promise<void> => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) await reconcileOne(key, signal)
  }

  return {
    watch: (informer, map) => {
      informers.push(informer)
      informer.onChange(change => map(change.object, change).forEach(key => queue.add(key)))
    },
    enqueue: (key, afterMs = 0) => queue.addAfter(key, afterMs),
    run: async signal => {
      const shutDown = () => queue.shutDown()
      signal.addEventListener('abort', shutDown, { once: true })
      if (signal.aborted) shutDown()
      const synced = await Promise.all(informers.map(informer => informer.synced(signal))).catch(() => undefined)
      if (synced === undefined) return
      log.info({ concurrency }, 'controller started')
      await Promise.all(Array.from({ length: concurrency }, () => work(signal)))
      log.info({}, 'controller ended')
    },
  }
}

/** Whatever a reconcile throws after its deadline, the deadline is the reason, unless it knows better. */
const overdue = (error: unknown, about: string, deadlineMs: number): KatametalError => {
  const known = toKatametalError(error)
  return known.kind === 'cancelled' || known.code === 'Internal'
    ? new KatametalError('DeadlineExceeded', { about, seen: `not done within ${deadlineMs} ms` })
    : known
}
