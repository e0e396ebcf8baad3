import type { KubeObject } from '../../api/meta.js'
import { type Key, keyOf } from './types.js'

/**
 * An informer lags behind our own writes by a few milliseconds. A reconcile that starts in that gap would decide on
 * an object that it has itself replaced already. This remembers, per key, which resourceVersions our writes have
 * superseded, and gives the written object instead for as long as the informer still shows one of those.
 */
export class ReadYourWrites<T extends KubeObject> {
  readonly #written = new Map<Key, { latest: T; superseded: Set<string> }>()

  /** Call after each write: `before` is the object the write was based on, `after` what the API server returned. */
  wrote(before: T, after: T): void {
    const versionBefore = before.metadata.resourceVersion ?? ''
    if (versionBefore === after.metadata.resourceVersion) return
    const key = keyOf(after)
    const entry = this.#written.get(key)
    const superseded = entry?.superseded ?? new Set<string>()
    superseded.add(versionBefore)
    if (entry !== undefined) superseded.add(entry.latest.metadata.resourceVersion ?? '')
    superseded.delete(after.metadata.resourceVersion ?? '')
    this.#written.set(key, { latest: after, superseded })
  }

  /** The newer one of what the informer shows and what we wrote last. */
  latest(shown: T): T {
    const key = keyOf(shown)
    const entry = this.#written.get(key)
    if (entry === undefined) return shown
    if (entry.superseded.has(shown.metadata.resourceVersion ?? '')) return entry.latest
    this.#written.delete(key)
    return shown
  }

  forget(key: Key): void {
    this.#written.delete(key)
  }
}
