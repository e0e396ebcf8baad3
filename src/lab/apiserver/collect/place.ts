import type { Clock } from '../../../base/clock.js'
import type { Logger } from '../../../base/log.js'
import { type ApiObject, objectKey, withMetadata } from '../object.js'
import type { Registry } from '../registry.js'
import type { ApiResource } from '../resource.js'
import type { Storage } from '../storage.js'
import { ownWrite } from '../write/options.js'
import { removeObject } from '../write/remove.js'
import { updateObject } from '../write/update.js'

export interface CollectorDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly registry: Registry
  readonly log: Logger
}

/** Where an object is stored. */
export interface Place {
  readonly table: string
  readonly key: string
}

/** An object, where it is and what it is. */
export interface Found extends Place {
  readonly object: ApiObject
  readonly resource: ApiResource
}

export const placeOf = (table: string, { metadata }: ApiObject): Place => ({
  table,
  key: objectKey(metadata.namespace, metadata.name),
})

/** What is stored at a place now; undefined when it is gone or no longer served. */
export const find = ({ storage, registry }: CollectorDeps, { table, key }: Place): Found | undefined => {
  const object = storage.get(table, key)
  const resource = registry.ofTable(table)
  return object === undefined || resource === undefined ? undefined : { table, key, object, resource }
}

/** Everything in a table. */
export const findAll = (deps: CollectorDeps, table: string): Found[] =>
  deps.storage.list(table).flatMap(object => find(deps, placeOf(table, object)) ?? [])

export const isDeleting = ({ metadata }: ApiObject): boolean => metadata.deletionTimestamp !== undefined

/** Deletes as a client would: finalizers are respected. */
export const remove = (deps: CollectorDeps, { resource, object, key }: Found, propagationPolicy?: string): void => {
  const options = { propagationPolicy, uid: object.metadata.uid, resourceVersion: undefined, dryRun: false }
  removeObject(deps, resource, object, key, options)
}

/** Changes what is stored there now. */
export const edit = (
  deps: CollectorDeps,
  { resource, table, key }: Found,
  change: (object: ApiObject) => ApiObject,
  subresource?: string,
): void => {
  const stored = deps.storage.get(table, key)
  if (stored === undefined) return
  const options = ownWrite('kube-controller-manager')
  updateObject(deps, resource, stored, key, subresource, options, now => ({ value: change(now) }))
}

export const dropFinalizer = (deps: CollectorDeps, found: Found, finalizer: string): void =>
  edit(deps, found, object => {
    const left = (object.metadata.finalizers ?? []).filter(name => name !== finalizer)
    return withMetadata(object, { finalizers: left.length === 0 ? undefined : left })
  })
