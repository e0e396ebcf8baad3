import type { KubeObject } from '../../api/meta.js'
import type { Clock } from '../base/clock.js'
import type { Random } from './backoff.js'
import type { InformerTimings } from './timings.js'
import type { ListOptions, ResourceClient, WatchEvent } from './types.js'

/** Why a watch is over: the server ended it, it fell silent, or it outlived its time. */
export type WatchOutcome = 'ended' | 'silent' | 'overdue'

interface SessionOptions<T extends KubeObject> {
  readonly client: ResourceClient<T>
  readonly scope: ListOptions
  readonly from: string
  readonly clock: Clock
  readonly random: Random
  readonly timings: InformerTimings
  readonly onEvent: (event: WatchEvent<T>) => void
  readonly signal: AbortSignal
}

/** Follows one watch to its end. Throws what broke it, and Cancelled when the signal is aborted. */
export const followWatch = async <T extends KubeObject>(options: SessionOptions<T>): Promise<WatchOutcome> => {
  const { client, scope, from, clock, random, timings, onEvent, signal } = options
  const [shortest, longest] = timings.watchMs
  const watchMs = shortest + random() * (longest - shortest)
  const abort = new AbortController()
  const broken: { off?: WatchOutcome } = {}
  const giveUp = (why: WatchOutcome) => () => {
    broken.off = why
    abort.abort()
  }
  const onAbort = () => abort.abort(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  const cancelOverdue = clock.after(watchMs + timings.overtimeMs, giveUp('overdue'))
  let cancelSilence = clock.after(timings.silenceMs, giveUp('silent'))
  try {
    const timeoutSeconds = Math.max(1, Math.round(watchMs / 1000))
    const events = await client.watch({ ...scope, resourceVersion: from, timeoutSeconds, signal: abort.signal })
    for await (const event of events) {
      cancelSilence()
      cancelSilence = clock.after(timings.silenceMs, giveUp('silent'))
      onEvent(event)
    }
    return broken.off ?? 'ended'
  } catch (error) {
    // Our own break shows up as an error of the stream.
    if (broken.off !== undefined && !signal.aborted) return broken.off
    throw error
  } finally {
    cancelSilence()
    cancelOverdue()
    signal.removeEventListener('abort', onAbort)
    abort.abort()
  }
}
