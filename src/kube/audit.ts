import type { KubeObject } from '../../api/meta.js'
import { type Clock, sleep } from '../base/clock.js'
import { everyPage } from './paging.js'
import type { InformerTimings } from './timings.js'
import { type Key, type ListOptions, type ResourceClient, type Store, keyOf } from './types.js'

interface AuditOptions<T extends KubeObject> {
  readonly client: ResourceClient<T>
  readonly scope: ListOptions
  readonly store: Store<T>
  readonly clock: Clock
  readonly timings: InformerTimings
}

/**
 * Finds out whether a watch lost events: compares a fresh list with the store, gives the watch time to catch up, and
 * takes as lost what differs and was not mentioned by the watch since the comparison began.
 */
export interface Audit {
  /** The watch told something about this object. */
  mention(key: Key): void
  /** The watch was interrupted: what is going on now proves nothing. */
  spoil(): void
  /** The keys whose events were lost; undefined when the watch was interrupted meanwhile. Throws like a list. */
  run(signal: AbortSignal): Promise<Key[] | undefined>
}

export const createAudit = <T extends KubeObject>(options: AuditOptions<T>): Audit => {
  const { client, scope, store, clock, timings } = options
  let going: { mentioned: Set<Key>; spoiled: boolean } | undefined
  return {
    mention: key => {
      going?.mentioned.add(key)
    },
    spoil: () => {
      if (going !== undefined) going.spoiled = true
    },
    run: async signal => {
      const state = { mentioned: new Set<Key>(), spoiled: false }
      going = state
      try {
        const known = versions(store.list())
        const listed = new Map<Key, string | undefined>()
        await everyPage(
          client,
          { ...scope, signal },
          {
            page: page => {
              for (const object of page.items) listed.set(keyOf(object), object.metadata.resourceVersion)
            },
            restart: () => listed.clear(),
          },
        )
        await sleep(clock, timings.lagMs, signal)
        if (state.spoiled) return undefined
        const keys = new Set([...known.keys(), ...listed.keys()])
        return [...keys].filter(key => !state.mentioned.has(key) && known.get(key) !== listed.get(key))
      } finally {
        going = undefined
      }
    },
  }
}

const versions = (objects: readonly KubeObject[]): Map<Key, string | undefined> =>
  new Map(objects.map(object => [keyOf(object), object.metadata.resourceVersion]))
