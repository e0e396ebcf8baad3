import type { KubeObject } from '../../api/meta.js'
import { type Key, keyOf } from './types.js'

/**
 * An informer lags behind our own writes by a few milliseconds. A reconcile that starts in that gap would decide on
 * an object that it has itself replaced already. This remembers, per key, which resourceVersions our writes have
 * superseded, and gives the written object instead for as long as the informer still shows one of those.
 */
export class ReadYourWrites<T extends KubeObject> {
  readonly #written = new Map<Key, { latest: T; superseded: Set<string> }>()

  /**
   * Call after each write: `before` is the object the write was based on (undefined for a creation), `after` what the
   * API server returned.
   */
  wrote(before: T | undefined, after: T): void {
    const versionBefore = versionOf(before)
    if (versionBefore === after.metadata.resourceVersion) return
    const key = keyOf(after)
    const entry = this.#written.get(key)
    const superseded = entry?.superseded ?? new Set<string>()
    superseded.add(versionBefore)
    if (entry !== undefined) superseded.add(versionOf(entry.latest))
    superseded.delete(versionOf(after))
    this.#written.set(key, { latest: after, superseded })
  }

  /** The newer one of what the informer shows and what we wrote last. */
  latest(shown: T): T {
    return this.latestOf(keyOf(shown), shown) ?? shown
  }

  /** The same for an object that the informer may not show at all. */
  latestOf(key: Key, shown: T | undefined): T | undefined {
    const entry = this.#written.get(key)
    if (entry === undefined) return shown
    if (entry.superseded.has(versionOf(shown))) return entry.latest
    this.#written.delete(key)
    return shown
  }

  forget(key: Key): void {
    this.#written.delete(key)
  }
}

/** Empty for what does not exist. */
const versionOf = (object: KubeObject | undefined): string => object?.metadata.resourceVersion ?? ''
