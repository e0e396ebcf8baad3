import type { KubeObject } from '../../api/meta.js'
import type { Clock } from '../base/clock.js'
import { KatametalError } from '../base/errors.js'
import type { Logger } from '../base/log.js'
import type { Metrics } from '../base/metrics.js'
import type { Random } from './backoff.js'
import { informerMetrics } from './informer-metrics.js'
import { type ReflectorTarget, runReflector } from './reflector.js'
import { type IndexFunction, IndexedStore } from './store.js'
import { type InformerTimings, defaultTimings } from './timings.js'
import { type Change, type Informer, type KubeClient, type ListOptions, type ResourceType, keyOf } from './types.js'

export interface InformerOptions<T extends KubeObject> {
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>
  readonly clock: Clock
  readonly log: Logger
  readonly metrics?: Metrics
  readonly timings?: Partial<InformerTimings>
  readonly random?: Random
}

/**
 * An informer over one resource. A handler that is registered late is told what is already there as `added`.
 * `run` may be called once.
 */
export const createInformer = <T extends KubeObject>(
  client: KubeClient,
  type: ResourceType,
  options: InformerOptions<T>,
): Informer<T> => {
  const log = options.log.child({ resource: type.plural })
  const counts = informerMetrics(options.metrics, type)
  const store = new IndexedStore<T>(options.indexes)
  const handlers: ((change: Change<T>) => void)[] = []
  const synced = latch()
  let started = false

  const tell = (handler: (change: Change<T>) => void, change: Change<T>): void => {
    try {
      handler(change)
    } catch (error) {
      log.error({ err: error, key: keyOf(change.object) }, 'a handler of changes failed')
    }
  }
  const tellAll = (change: Change<T>): void => handlers.forEach(handler => tell(handler, change))

  const upsert = (object: T): void => {
    const known = store.get(keyOf(object))
    if (known !== undefined && isSame(known, object)) return
    const { previous, stored } = store.set(object)
    counts.objects(store.size)
    if (previous === undefined) tellAll({ type: 'added', object: stored })
    else tellAll({ type: 'updated', object: stored, previous })
  }

  const remove = (object: T): void => {
    const previous = store.delete(keyOf(object))
    counts.objects(store.size)
    if (previous !== undefined) tellAll({ type: 'deleted', object: previous })
  }

  const target: ReflectorTarget<T> = {
    store,
    replace: objects => {
      const present = new Set(objects.map(keyOf))
      for (const object of store.list()) if (!present.has(keyOf(object))) remove(object)
      objects.forEach(upsert)
    },
    apply: event => (event.type === 'DELETED' ? remove(event.object) : upsert(event.object)),
    listed: again => {
      counts.listed(again)
      synced.open()
    },
    missed: keys => counts.missed(keys.length),
  }

  return {
    type,
    store,
    onChange: handler => {
      handlers.push(handler)
      store.list().forEach(object => tell(handler, { type: 'added', object }))
    },
    synced: signal => synced.wait(signal),
    run: async signal => {
      if (started) throw new KatametalError('Internal', { about: type.plural, seen: 'the informer runs already' })
      started = true
      await runReflector<T>(
        {
          client: client.resource<T>(type),
          scope: scopeOf(options),
          target,
          timings: { ...defaultTimings, ...options.timings },
          clock: options.clock,
          log,
          random: options.random ?? Math.random,
        },
        signal,
      )
    },
  }
}

/** A deleted and re-created object may not be taken for the old one. */
const isSame = (one: KubeObject, other: KubeObject): boolean =>
  one.metadata.resourceVersion === other.metadata.resourceVersion && one.metadata.uid === other.metadata.uid

const scopeOf = ({ namespace, labelSelector, fieldSelector }: ListOptions): ListOptions => ({
  ...(namespace === undefined ? {} : { namespace }),
  ...(labelSelector === undefined ? {} : { labelSelector }),
  ...(fieldSelector === undefined ? {} : { fieldSelector }),
})

/** Waiters pass once it was opened. */
const latch = (): { open(): void; wait(signal?: AbortSignal): Promise<void> } => {
  let isOpen = false
  const waiting = new Set<() => void>()
  return {
    open: () => {
      isOpen = true
      waiting.forEach(pass => pass())
      waiting.clear()
    },
    wait: signal =>
      new Promise((resolve, reject) => {
        if (isOpen) return resolve()
        const onAbort = () => {
          waiting.delete(pass)
          reject(new KatametalError('Cancelled', { about: 'first list' }))
        }
        const pass = () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        }
        if (signal?.aborted === true) return onAbort()
        waiting.add(pass)
        signal?.addEventListener('abort', onAbort, { once: true })
      }),
  }
}
