import { type Clock, sleep } from '../../base/clock.js'

/** Lets one caller at a time through, in order of arrival, each at least `intervalMs` after the end of the one before. */
export interface Turns {
  /** Runs `work` when it is this caller's turn. A caller whose signal is aborted while it waits never runs. */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

export const createTurns = (clock: Clock, intervalMs: number): Turns => {
  let last: Promise<unknown> = Promise.resolve()
  let freeAt = 0
  return {
    take: (signal, work) => {
      const turn = last.then(async () => {
        const wait = freeAt - clock.now()
        if (wait > 0) await sleep(clock, wait, signal)
        signal.throwIfAborted()
        try {
          return await work()
        } finally {
          freeAt = clock.now() + intervalMs
        }
      })
      last = turn.catch(() => undefined)
      return abandonable(turn, signal)
    },
  }
}

/** Rejects at once when the signal is aborted, also while others are still before us. */
const abandonable = <T>(turn: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const abandon = () =>
      reject(signal.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError'))
    if (signal.aborted) abandon()
    else signal.addEventListener('abort', abandon, { once: true })
    turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon))
  })
