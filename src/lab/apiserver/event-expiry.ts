import type { Clock } from '../../base/clock.js'
import { objectKey } from './object.js'
import type { Storage } from './storage.js'

const lifetimeMs = 60 * 60_000 // as kube-apiserver keeps events by default
const sweepMs = 5 * 60_000

/** Removes Events that were not written for an hour, so that a lab can run for days. Returns how to stop it. */
export const startEventExpiry = (storage: Storage, clock: Clock): (() => void) => {
  const written = new Map<string, number>()
  for (const { metadata } of storage.list('/events'))
    written.set(objectKey(metadata.namespace, metadata.name), clock.now())
  const unsubscribe = storage.subscribe((table, event) => {
    if (table !== '/events') return
    if (event.type === 'DELETED') written.delete(event.key)
    else written.set(event.key, clock.now())
  })
  const sweep = () => {
    const limit = clock.now() - lifetimeMs
    for (const [key, time] of written) if (time <= limit) storage.remove('/events', key)
    cancel = clock.after(sweepMs, sweep)
  }
  let cancel = clock.after(sweepMs, sweep)
  return () => {
    unsubscribe()
    cancel()
  }
}
