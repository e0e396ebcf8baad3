import type { KubeObject } from '../../api/meta.js'
import { type Clock, sleep } from '../base/clock.js'
import { toKatametalError } from '../base/errors.js'
import type { Logger } from '../base/log.js'
import { createAudit } from './audit.js'
import { type Random, decorrelatedBackoff } from './backoff.js'
import { everyPage } from './paging.js'
import type { InformerTimings } from './timings.js'
import { type Key, type ListOptions, type ResourceClient, type Store, type WatchEvent, keyOf } from './types.js'
import { followWatch } from './watch-session.js'

/** Where a reflector puts what it learns. */
export interface ReflectorTarget<T extends KubeObject> {
  readonly store: Store<T>
  /** Everything there is; what is not among it is gone. */
  replace(objects: readonly T[]): void
  apply(event: Exclude<WatchEvent<T>, { type: 'BOOKMARK' }>): void
  /** The whole list was read, after a fault (`again`) or for the first time. */
  listed(again: boolean): void
  /** The watch had lost these; they are put right by the list that follows. */
  missed(keys: readonly Key[]): void
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: ResourceClient<T>
  readonly scope: ListOptions
  readonly target: ReflectorTarget<T>
  readonly timings: InformerTimings
  readonly clock: Clock
  readonly log: Logger
  readonly random: Random
}

/** After so many failed watches in a row the point to go on from is mistrusted, and everything is listed again. */
const failuresBeforeList = 3

/**
 * Keeps the target like the server: lists, watches from there, goes on from the last known point after a break, lists
 * again when the server has forgotten that point (410, as a status and as an event) or an audit found a loss.
 * Resolves when the signal is aborted and never otherwise.
 */
export const runReflector = async <T extends KubeObject>(
  options: ReflectorOptions<T>,
  signal: AbortSignal,
): Promise<void> => {
  const { client, scope, target, timings, clock, log, random } = options
  const backoff = decorrelatedBackoff(timings.backoff, random)
  const audit = createAudit({ client, scope, store: target.store, clock, timings })
  const state = { position: '', mustList: true, lists: 0, failures: 0 }
  let restart = new AbortController()

  const list = async (): Promise<void> => {
    const objects: T[] = []
    const resourceVersion = await everyPage(
      client,
      { ...scope, signal },
      {
        page: page => objects.push(...page.items),
        restart: () => (objects.length = 0),
      },
    )
    target.replace(objects)
    target.listed(state.lists++ > 0)
    state.position = resourceVersion
    state.mustList = false
  }

  const onEvent = (event: WatchEvent<T>): void => {
    state.failures = 0
    backoff.reset()
    if (event.type === 'BOOKMARK') {
      state.position = event.resourceVersion
      return
    }
    audit.mention(keyOf(event.object))
    target.apply(event)
    state.position = event.object.metadata.resourceVersion ?? state.position
  }

  const watch = async (): Promise<void> => {
    const began = clock.now()
    const from = state.position
    restart = new AbortController()
    const either = linked(signal, restart.signal)
    try {
      const session = { client, scope, from, clock, random, timings, onEvent, signal: either.signal }
      const outcome = await followWatch(session)
      if (outcome !== 'ended') log.warn({ outcome, from: state.position }, 'watch broken off')
      const useless = state.position === from && clock.now() - began < timings.shortMs
      if (useless) return await fail(undefined)
      state.failures = 0
      backoff.reset()
    } catch (error) {
      // Broken off because an audit wants a new list.
      if (!restart.signal.aborted) throw error
    } finally {
      either.release()
    }
  }

  const fail = async (error: unknown): Promise<void> => {
    state.failures++
    const known = error === undefined ? undefined : toKatametalError(error, client.type.plural)
    if (known?.code === 'KubernetesExpired' || state.failures >= failuresBeforeList) state.mustList = true
    const pause = Math.max(backoff.next(), known?.retryAfterMs ?? 0)
    const fields = { pauseMs: Math.round(pause), from: state.position, ...(known === undefined ? {} : { err: known }) }
    if (known?.code === 'KubernetesExpired') log.info(fields, 'history expired, listing again')
    else log.warn(fields, known === undefined ? 'watch ended at once' : 'list or watch failed')
    await sleep(clock, pause, signal).catch(() => undefined)
  }

  const patrol = async (): Promise<void> => {
    while (!signal.aborted) {
      await sleep(clock, timings.auditMs * (0.9 + random() * 0.2), signal)
      if (state.mustList) continue
      const lost = await audit.run(signal).catch((error: unknown) => {
        log.debug({ err: error }, 'audit failed')
        return undefined
      })
      if (lost === undefined || lost.length === 0) continue
      target.missed(lost)
      log.warn({ keys: lost.slice(0, 10), count: lost.length }, 'the watch lost events, listing again')
      state.mustList = true
      restart.abort()
    }
  }

  const isOver = () => signal.aborted
  const patrolling = patrol().catch(() => undefined)
  while (!signal.aborted)
    try {
      await (state.mustList ? list() : watch())
    } catch (error) {
      if (!isOver()) await fail(error)
    } finally {
      audit.spoil()
    }
  await patrolling
}

/** Like AbortSignal.any, whose result lives as long as the longest-lived of its sources on Node.js 20. */
const linked = (first: AbortSignal, second: AbortSignal): { signal: AbortSignal; release: () => void } => {
  const abort = new AbortController()
  const onAbort = () => abort.abort()
  for (const source of [first, second]) {
    if (source.aborted) onAbort()
    source.addEventListener('abort', onAbort)
  }
  return {
    signal: abort.signal,
    release: () => [first, second].forEach(source => source.removeEventListener('abort', onAbort)),
  }
}
