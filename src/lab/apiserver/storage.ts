import { Identities } from './identity.js'
import { freeze } from './json.js'
import { type ApiObject, withMetadata } from './object.js'

/** One change, numbered by the one counter of the storage. `previous` is the object it replaced. */
export interface StoredEvent {
  readonly revision: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly key: string
  /** For DELETED the last state, with the resourceVersion of the deletion. */
  readonly object: ApiObject
  readonly previous: ApiObject | undefined
}

export type StorageListener = (table: string, event: StoredEvent) => void

interface Table {
  readonly objects: Map<string, ApiObject>
  sorted: readonly ApiObject[] | undefined
  history: StoredEvent[]
  /** Revision of the last change of this table. */
  changed: number
  /** Everything up to here is no longer in the history. */
  compacted: number
}

/**
 * What etcd is to Kubernetes: tables of frozen objects under one growing revision, with a window of history per table
 * so that watches can resume. Writing is synchronous; listeners run before the write returns. It outlives the
 * listener of the API server, which is how tests restart one.
 */
export class Storage {
  /** The authority and the tokens, which outlive the listener like the data. */
  readonly identities = new Identities()
  readonly #tables = new Map<string, Table>()
  readonly #listeners = new Set<StorageListener>()
  readonly #window: number
  #revision = 1
  #compacted = 0

  /** @param window how many changes per table stay readable for watches */
  constructor(window = 4096) {
    this.#window = window
  }

  /** The revision of the last write. */
  get revision(): number {
    return this.#revision
  }

  get(table: string, key: string): ApiObject | undefined {
    return this.#tables.get(table)?.objects.get(key)
  }

  /** All objects of a table, sorted by key. The array is shared: callers must not change it. */
  list(table: string): readonly ApiObject[] {
    const entry = this.#tables.get(table)
    if (entry === undefined) return []
    entry.sorted ??= sortedValues(entry.objects)
    return entry.sorted
  }

  /** The table as it was at `revision`; undefined when the history does not reach back that far. */
  listAt(table: string, revision: number): readonly ApiObject[] | undefined {
    const entry = this.#tables.get(table)
    if (entry === undefined || entry.changed <= revision)
      return revision < this.#compacted ? undefined : this.list(table)
    if (revision < entry.compacted) return undefined
    const objects = new Map(entry.objects)
    for (let index = entry.history.length - 1; index >= 0; index--) {
      const event = entry.history[index]
      if (event === undefined || event.revision <= revision) break
      if (event.previous === undefined) objects.delete(event.key)
      else objects.set(event.key, event.previous)
    }
    return sortedValues(objects)
  }

  /** Names of the tables that hold at least one object. */
  tables(): string[] {
    return [...this.#tables].filter(([, table]) => table.objects.size > 0).map(([name]) => name)
  }

  /** Stores an object under the next revision and returns it as stored. */
  put(table: string, key: string, object: ApiObject): ApiObject {
    const entry = this.#table(table)
    const previous = entry.objects.get(key)
    const revision = ++this.#revision
    const stored = freeze(withMetadata(object, { resourceVersion: String(revision) }))
    entry.objects.set(key, stored)
    this.#record(table, entry, {
      revision,
      type: previous === undefined ? 'ADDED' : 'MODIFIED',
      key,
      object: stored,
      previous,
    })
    return stored
  }

  /** Removes an object; what is returned carries the revision of the removal. */
  remove(table: string, key: string): ApiObject | undefined {
    const entry = this.#table(table)
    const previous = entry.objects.get(key)
    if (previous === undefined) return undefined
    const revision = ++this.#revision
    const object = freeze(withMetadata(previous, { resourceVersion: String(revision) }))
    entry.objects.delete(key)
    this.#record(table, entry, { revision, type: 'DELETED', key, object, previous })
    return object
  }

  /** Changes of a table after `revision`; undefined when some of them are no longer known (410 Gone). */
  since(table: string, revision: number): readonly StoredEvent[] | undefined {
    const entry = this.#tables.get(table)
    if (revision < (entry?.compacted ?? this.#compacted)) return undefined
    if (entry === undefined || entry.changed <= revision) return []
    let first = entry.history.length
    while (first > 0 && (entry.history[first - 1]?.revision ?? 0) > revision) first--
    return entry.history.slice(first)
  }

  /** Forgets all history, as etcd compaction does: older revisions can be neither watched nor listed. */
  compact(): void {
    this.#compacted = this.#revision
    for (const entry of this.#tables.values()) {
      entry.history = []
      entry.compacted = this.#revision
    }
  }

  /** Calls `listener` on every change until the returned function is called. */
  subscribe(listener: StorageListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  #table(name: string): Table {
    const known = this.#tables.get(name)
    if (known !== undefined) return known
    const entry: Table = { objects: new Map(), sorted: undefined, history: [], changed: 0, compacted: this.#compacted }
    this.#tables.set(name, entry)
    return entry
  }

  #record(name: string, entry: Table, event: StoredEvent): void {
    entry.sorted = undefined
    entry.changed = event.revision
    entry.history.push(event)
    // Trimmed in halves: removing one element from the front of a long array each time would cost more than the write.
    if (entry.history.length > this.#window * 2) {
      entry.compacted = entry.history[entry.history.length - this.#window - 1]?.revision ?? entry.compacted
      entry.history = entry.history.slice(-this.#window)
    }
    for (const listener of [...this.#listeners]) listener(name, event)
  }
}

const sortedValues = (objects: ReadonlyMap<string, ApiObject>): ApiObject[] =>
  [...objects].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, object]) => object)
