import { type ApiObject, withMetadata } from '../object.js'
import { StatusError } from '../status-error.js'
import type { StoredEvent } from '../storage.js'
import { advanceDeletion } from './deletions.js'
import { OwnerGraph, ownersOf } from './owner-graph.js'
import { type CollectorDeps, edit, find, type Found, isDeleting, type Place, placeOf, remove } from './place.js'

/**
 * Removes what nobody owns any more, in the background after each change: dependents of a deleted owner, foreground and orphan
 * deletion, the content of namespaces and of CustomResourceDefinitions that are being deleted. Returns how to stop it.
 */
export const startGarbageCollector = (deps: CollectorDeps): (() => void) => {
  const { storage } = deps
  const collector = new GarbageCollector(deps)
  for (const table of storage.tables())
    for (const object of storage.list(table)) collector.graph.add(placeOf(table, object), object)
  for (const table of storage.tables())
    for (const object of storage.list(table)) collector.noticed(placeOf(table, object), object)
  const unsubscribe = storage.subscribe((table, event) => collector.changed(table, event))
  return () => {
    unsubscribe()
    collector.stop()
  }
}

class GarbageCollector {
  readonly graph = new OwnerGraph()
  readonly #deps: CollectorDeps
  readonly #queue = new Map<string, Place>()
  #scheduled: NodeJS.Immediate | undefined

  constructor(deps: CollectorDeps) {
    this.#deps = deps
  }

  stop(): void {
    clearImmediate(this.#scheduled)
  }

  changed(table: string, { type, key, object, previous }: StoredEvent): void {
    const place = { table, key }
    if (type === 'DELETED') {
      this.graph.remove(place, object)
      this.#gone(place, object)
      return
    }
    if (previous?.metadata.ownerReferences !== object.metadata.ownerReferences || previous === undefined) {
      if (previous !== undefined) this.graph.remove(place, previous)
      this.graph.add(place, object)
    }
    this.noticed(place, object)
  }

  /** Looks at an object later if there may be something to do. */
  noticed(place: Place, object: ApiObject): void {
    if (isDeleting(object) || ownersOf(object).some(owner => !this.graph.isThere(owner, object))) this.#enqueue(place)
  }

  /** Its dependents have lost an owner; owners, namespace and definition may have waited for it. */
  #gone({ table }: Place, { metadata }: ApiObject): void {
    for (const place of this.graph.dependentsOf(metadata.uid)) this.#enqueue(place)
    for (const owner of metadata.ownerReferences ?? []) this.#enqueue(this.graph.placeOf(owner.uid))
    const { namespace } = metadata
    if (namespace !== undefined) this.#enqueueDeleting({ table: '/namespaces', key: namespace })
    const [group = '', plural = ''] = table.split('/')
    this.#enqueueDeleting({ table: 'apiextensions.k8s.io/customresourcedefinitions', key: `${plural}.${group}` })
  }

  #enqueueDeleting(place: Place): void {
    const object = this.#deps.storage.get(place.table, place.key)
    if (object !== undefined && isDeleting(object)) this.#enqueue(place)
  }

  #enqueue(place: Place | undefined): void {
    if (place === undefined) return
    this.#queue.set(`${place.table} ${place.key}`, place)
    this.#scheduled ??= setImmediate(() => this.#work())
  }

  #work(): void {
    this.#scheduled = undefined
    const places = [...this.#queue.values()]
    this.#queue.clear()
    for (const place of places) {
      const found = find(this.#deps, place)
      if (found !== undefined) this.#visit(found)
    }
  }

  #visit(found: Found): void {
    try {
      if (isDeleting(found.object)) advanceDeletion(this.#deps, this.graph, found)
      else this.#checkOwners(found)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      this.#deps.log.warn({ table: found.table, key: found.key, err: error }, 'garbage collection failed')
    }
  }

  /** An object without a living owner goes; one that keeps another owner only loses the dead reference. */
  #checkOwners(found: Found): void {
    const owners = ownersOf(found.object)
    const living = owners.filter(owner => this.graph.isThere(owner, found.object))
    if (living.length === owners.length) return
    if (living.length === 0) remove(this.#deps, found)
    else edit(this.#deps, found, object => withMetadata(object, { ownerReferences: living }))
  }
}
