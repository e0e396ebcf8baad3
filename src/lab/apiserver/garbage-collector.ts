import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import { crdFinalizer } from './builtin/crd.js'
import { listOf, objectOf, textOf, at } from './json.js'
import { type ApiObject, objectKey, type Owner, withMetadata } from './object.js'
import type { Registry } from './registry.js'
import type { ApiResource } from './resource.js'
import { StatusError } from './status-error.js'
import type { Storage, StoredEvent } from './storage.js'
import { ownWrite } from './write/options.js'
import { foregroundFinalizer, orphanFinalizer, removeObject } from './write/remove.js'
import { updateObject } from './write/update.js'

export interface CollectorDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly registry: Registry
  readonly log: Logger
}

interface Place {
  readonly table: string
  readonly key: string
}

const placeId = ({ table, key }: Place): string => `${table} ${key}`

/**
 * Removes what nobody owns any more, in the background after each change: dependents of a deleted owner, foreground and orphan
 * deletion, the content of namespaces and of CustomResourceDefinitions that are being deleted. Returns how to stop it.
 */
export const startGarbageCollector = (deps: CollectorDeps): (() => void) => {
  const collector = new GarbageCollector(deps)
  return collector.start()
}

class GarbageCollector {
  readonly #deps: CollectorDeps
  /** uid of an owner -> places of its dependents. */
  readonly #dependents = new Map<string, Map<string, Place>>()
  readonly #live = new Map<string, Place>()
  readonly #queue = new Map<string, Place>()
  #scheduled: NodeJS.Immediate | undefined

  constructor(deps: CollectorDeps) {
    this.#deps = deps
  }

  start(): () => void {
    const { storage } = this.#deps
    for (const table of storage.tables())
      for (const object of storage.list(table)) this.#added({ table, key: keyOf(object) }, object)
    const unsubscribe = storage.subscribe((table, event) => this.#seen(table, event))
    this.#schedule()
    return () => {
      unsubscribe()
      clearImmediate(this.#scheduled)
    }
  }

  #seen(table: string, event: StoredEvent): void {
    const place = { table, key: event.key }
    if (
      event.previous !== undefined &&
      event.previous.metadata.ownerReferences !== event.object.metadata.ownerReferences
    )
      this.#unlink(place, event.previous)
    if (event.type === 'DELETED') this.#gone(place, event.object)
    else this.#added(place, event.object)
    if (this.#queue.size > 0) this.#schedule()
  }

  #added(place: Place, object: ApiObject): void {
    this.#live.set(object.metadata.uid, place)
    for (const owner of owners(object)) {
      const places = this.#dependents.get(owner.uid) ?? new Map<string, Place>()
      this.#dependents.set(owner.uid, places.set(placeId(place), place))
      if (!this.#isThere(owner, object)) this.#queue.set(placeId(place), place)
    }
    if (object.metadata.deletionTimestamp !== undefined) this.#queue.set(placeId(place), place)
  }

  #gone(place: Place, object: ApiObject): void {
    const { uid } = object.metadata
    if (placeId(this.#live.get(uid) ?? place) === placeId(place)) this.#live.delete(uid)
    this.#unlink(place, object)
    for (const [id, dependent] of this.#dependents.get(uid) ?? []) this.#queue.set(id, dependent)
    // Owners that wait for their dependents, namespaces for their content and definitions for their objects.
    for (const owner of owners(object)) this.#enqueue(this.#live.get(owner.uid))
    const { namespace } = object.metadata
    if (namespace !== undefined) this.#enqueueIfDeleting({ table: '/namespaces', key: namespace })
    const slash = place.table.indexOf('/')
    const crd = `${place.table.slice(slash + 1)}.${place.table.slice(0, slash)}`
    this.#enqueueIfDeleting({ table: 'apiextensions.k8s.io/customresourcedefinitions', key: crd })
  }

  #enqueue(place: Place | undefined): void {
    if (place !== undefined) this.#queue.set(placeId(place), place)
  }

  #enqueueIfDeleting(place: Place): void {
    if (this.#deps.storage.get(place.table, place.key)?.metadata.deletionTimestamp !== undefined) this.#enqueue(place)
  }

  #unlink(place: Place, object: ApiObject): void {
    for (const owner of owners(object)) {
      const places = this.#dependents.get(owner.uid)
      places?.delete(placeId(place))
      if (places?.size === 0) this.#dependents.delete(owner.uid)
    }
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined
      const places = [...this.#queue.values()]
      this.#queue.clear()
      for (const place of places) this.#visitSafely(place)
      if (this.#queue.size > 0) this.#schedule()
    })
  }

  #visitSafely(place: Place): void {
    try {
      this.#visit(place)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      this.#deps.log.warn({ ...place, err: error }, 'garbage collection failed')
    }
  }

  #visit(place: Place): void {
    const { storage, registry } = this.#deps
    const object = storage.get(place.table, place.key)
    const resource = registry.ofTable(place.table)
    if (object === undefined || resource === undefined) return
    if (object.metadata.deletionTimestamp !== undefined) this.#finish(resource, place, object)
    else this.#checkOwners(resource, place, object)
  }

  /** An object without a living owner goes; one that keeps another owner only loses the dead reference. */
  #checkOwners(resource: ApiResource, place: Place, object: ApiObject): void {
    const all = owners(object)
    const living = all.filter(owner => this.#isThere(owner, object))
    if (living.length === all.length) return
    if (living.length > 0) this.#edit(resource, place, o => withMetadata(o, { ownerReferences: living }))
    else this.#remove(resource, place, object)
  }

  #finish(resource: ApiResource, place: Place, object: ApiObject): void {
    const finalizers = object.metadata.finalizers ?? []
    if (finalizers.includes(orphanFinalizer)) this.#orphan(object, resource, place)
    else if (finalizers.includes(foregroundFinalizer)) this.#foreground(object, resource, place)
    else if (place.table === '/namespaces') this.#emptyNamespace(object, resource, place)
    else if (finalizers.includes(crdFinalizer)) this.#emptyDefinition(object, resource, place)
  }

  #orphan(owner: ApiObject, resource: ApiResource, place: Place): void {
    for (const dependent of this.#dependentsOf(owner)) {
      const refs = owners(dependent.object).filter(ref => ref.uid !== owner.metadata.uid)
      this.#edit(dependent.resource, dependent.place, o =>
        withMetadata(o, { ownerReferences: refs.length === 0 ? undefined : refs }),
      )
    }
    this.#dropFinalizer(resource, place, orphanFinalizer)
  }

  /** Dependents first: the owner stays until those that block its deletion are gone. */
  #foreground(owner: ApiObject, resource: ApiResource, place: Place): void {
    const dependents = this.#dependentsOf(owner)
    for (const { object, resource: kind, place: where } of dependents)
      if (object.metadata.deletionTimestamp === undefined) this.#remove(kind, where, object, 'Foreground')
    const blocking = this.#dependentsOf(owner).some(({ object }) =>
      owners(object).some(ref => ref.uid === owner.metadata.uid && ref.blockOwnerDeletion === true),
    )
    if (!blocking) this.#dropFinalizer(resource, place, foregroundFinalizer)
  }

  #emptyNamespace(namespace: ApiObject, resource: ApiResource, place: Place): void {
    const { name } = namespace.metadata
    const content = () => this.#everything().filter(({ object }) => object.metadata.namespace === name)
    for (const { object, resource: kind, place: where } of content())
      if (object.metadata.deletionTimestamp === undefined) this.#remove(kind, where, object)
    if (content().length > 0 || listOf(at(namespace.spec, 'finalizers')).length === 0) return
    this.#edit(resource, place, o => ({ ...o, spec: { ...objectOf(o.spec), finalizers: [] } }), 'finalize')
  }

  #emptyDefinition(crd: ApiObject, resource: ApiResource, place: Place): void {
    const { storage, registry } = this.#deps
    const table = `${textOf(at(crd.spec, 'group'))}/${textOf(at(crd.spec, 'names', 'plural'))}`
    const kind = registry.ofTable(table)
    for (const object of storage.list(table))
      if (kind !== undefined && object.metadata.deletionTimestamp === undefined)
        this.#remove(kind, { table, key: keyOf(object) }, object)
    if (storage.list(table).length === 0) this.#dropFinalizer(resource, place, crdFinalizer)
  }

  #everything(): { object: ApiObject; resource: ApiResource; place: Place }[] {
    return this.#deps.storage.tables().flatMap(table => {
      const resource = this.#deps.registry.ofTable(table)
      if (resource === undefined) return []
      return this.#deps.storage.list(table).map(object => ({ object, resource, place: { table, key: keyOf(object) } }))
    })
  }

  #dependentsOf(owner: ApiObject): { object: ApiObject; resource: ApiResource; place: Place }[] {
    return [...(this.#dependents.get(owner.metadata.uid)?.values() ?? [])].flatMap(place => {
      const object = this.#deps.storage.get(place.table, place.key)
      const resource = this.#deps.registry.ofTable(place.table)
      return object === undefined || resource === undefined ? [] : [{ object, resource, place }]
    })
  }

  /** An owner counts only in the namespace of the dependent, or when it is cluster-scoped. */
  #isThere(owner: Owner, dependent: ApiObject): boolean {
    const place = this.#live.get(owner.uid)
    if (place === undefined) return false
    const found = this.#deps.storage.get(place.table, place.key)
    if (found === undefined) return false
    const { namespace } = found.metadata
    return namespace === undefined || namespace === dependent.metadata.namespace
  }

  #remove(resource: ApiResource, place: Place, object: ApiObject, propagationPolicy?: string): void {
    const options = { propagationPolicy, uid: object.metadata.uid, resourceVersion: undefined, dryRun: false }
    removeObject(this.#deps, resource, object, place.key, options)
  }

  #dropFinalizer(resource: ApiResource, place: Place, finalizer: string): void {
    this.#edit(resource, place, object => {
      const left = (object.metadata.finalizers ?? []).filter(name => name !== finalizer)
      return withMetadata(object, { finalizers: left.length === 0 ? undefined : left })
    })
  }

  #edit(resource: ApiResource, place: Place, change: (object: ApiObject) => ApiObject, subresource?: string): void {
    const stored = this.#deps.storage.get(place.table, place.key)
    if (stored === undefined) return
    const options = ownWrite('kube-controller-manager')
    updateObject(this.#deps, resource, stored, place.key, subresource, options, now => ({ value: change(now) }))
  }
}

const keyOf = ({ metadata }: ApiObject): string => objectKey(metadata.namespace, metadata.name)

const owners = (object: ApiObject): readonly Owner[] => object.metadata.ownerReferences ?? []
