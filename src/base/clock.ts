/**
 * Time as a parameter. Everything that waits or measures takes a {@link Clock}, so that tests can hold time still.
 * All times are milliseconds since the Unix epoch, all durations are milliseconds.
 */
export interface Clock {
  now(): number
  /** Calls `run` once after `ms`; the returned function cancels it. Timers do not keep the process alive. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1))
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms`, or rejects with the signal's reason when it is aborted first. */
export const sleep = (clock: Clock, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(reasonOf(signal))
    const onAbort = () => {
      cancel()
      reject(reasonOf(signal))
    }
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })

/** A signal that aborts when the parent does or when `ms` have passed on `clock`, whichever comes first. */
export const deadlineSignal = (
  clock: Clock,
  ms: number,
  parent?: AbortSignal,
): { signal: AbortSignal; release: () => void } => {
  const controller = new AbortController()
  const onAbort = () => controller.abort(parent?.reason)
  if (parent?.aborted) controller.abort(parent.reason)
  parent?.addEventListener('abort', onAbort, { once: true })
  const cancel = clock.after(ms, () =>
    controller.abort(new DOMException(`deadline of ${ms} ms passed`, 'TimeoutError')),
  )
  return {
    signal: controller.signal,
    release: () => {
      cancel()
      parent?.removeEventListener('abort', onAbort)
    },
  }
}

const reasonOf = (signal: AbortSignal | undefined): Error =>
  signal?.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError')

/** RFC 3339 in UTC with whole seconds, as Kubernetes `metav1.Time` writes it. */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')

/** RFC 3339 in UTC with microseconds, as Kubernetes `metav1.MicroTime` writes it. */
export const rfc3339Micro = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z')
