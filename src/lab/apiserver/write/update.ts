import { rfc3339 } from '../../../base/clock.js'
import { at, equal, type JsonObject, listOf, objectOf, textOf, withKey, without } from '../json.js'
import { type ApiObject, type Metadata, withMetadata } from '../object.js'
import type { FieldSet } from '../patch/field-set.js'
import { recordWriter } from '../patch/managed-fields.js'
import type { ApiResource } from '../resource.js'
import { badRequest, conflict, invalid, modified } from '../status-error.js'
import { addedFinalizers, metadataOf } from './metadata.js'
import type { WriteDeps, WriteOptions } from './options.js'
import { settle } from './settle.js'
import { servedForm, storedForm } from './versions.js'

/** A wanted state, and for server-side apply what its manager claims. */
export interface Wanted {
  readonly value: JsonObject
  readonly claimed?: FieldSet
}

/**
 * Replaces the object under `key` by what `change` makes of it. Only the part that belongs to the subresource may change.
 * An update that changes nothing is not written and keeps its resourceVersion; one that removes the last finalizer of an
 * object that is being deleted removes the object.
 */
export const updateObject = (
  deps: WriteDeps,
  resource: ApiResource,
  stored: ApiObject,
  key: string,
  subresource: string | undefined,
  options: WriteOptions,
  change: (current: ApiObject) => Wanted,
): ApiObject => {
  const now = rfc3339(deps.clock.now())
  const current = servedForm(resource, stored)
  const wanted = change(current)
  refuseStale(resource, current, wanted.value)
  const candidate = withinSubresource(resource, subresource, current, wanted.value)
  const settled = settle(resource, candidate, { previous: current, subresource, now }, options)
  refuseNewFinalizers(resource, current, settled)
  const counted = withGeneration(resource, current, settled)
  const operation = wanted.claimed === undefined ? 'Update' : 'Apply'
  const writer = { manager: options.manager, operation, subresource, time: now } as const
  const object = recordWriter(resource.schema, current, counted, writer, wanted.claimed)
  if (equal(object, current)) return current
  if (options.dryRun) return object
  if (isDone(object)) {
    deps.storage.remove(resource.table, key)
    return object
  }
  return servedForm(resource, deps.storage.put(resource.table, key, storedForm(resource, object)))
}

/** An object that is being deleted and that nobody holds any more. */
const isDone = (object: ApiObject): boolean => {
  const held = object.kind === 'Namespace' && listOf(at(object.spec, 'finalizers')).length > 0
  const finalizers = object.metadata.finalizers ?? []
  return object.metadata.deletionTimestamp !== undefined && finalizers.length === 0 && !held
}

const refuseStale = (resource: ApiResource, current: ApiObject, value: JsonObject): void => {
  const { name, uid, resourceVersion } = metadataOf(value)
  const own = current.metadata
  if (textOf(name, own.name) !== own.name)
    throw badRequest(`the name of the object (${textOf(name)}) does not match the name on the URL (${own.name})`)
  if (textOf(uid, own.uid) !== own.uid && uid !== '')
    throw conflict(
      resource,
      own.name,
      `Precondition failed: UID in precondition: ${textOf(uid)}, UID in object meta: ${own.uid}`,
    )
  const version = textOf(resourceVersion)
  if (version !== '' && version !== own.resourceVersion) throw conflict(resource, own.name, modified)
}

const withinSubresource = (
  resource: ApiResource,
  subresource: string | undefined,
  current: ApiObject,
  value: JsonObject,
): ApiObject => {
  if (subresource === 'status') return withKey(current, 'status', value['status'])
  if (subresource === 'finalize')
    return { ...current, spec: { ...objectOf(current.spec), finalizers: listOf(at(value, 'spec', 'finalizers')) } }
  const whole = { ...value, metadata: keptMetadata(current, value) } as ApiObject
  return resource.hasStatus ? withKey(whole, 'status', current.status) : whole
}

/** Identity and history of an object are the server's; a client may only change the rest of its metadata. */
const keptMetadata = (current: ApiObject, value: JsonObject): Metadata => {
  const given = metadataOf(value)
  const metadata: Record<string, JsonObject[string]> = { ...given }
  for (const key of serverKeys) {
    if (current.metadata[key] === undefined) delete metadata[key]
    else metadata[key] = current.metadata[key]
  }
  for (const key of ['labels', 'annotations', 'finalizers', 'ownerReferences'])
    if (metadata[key] === null || isEmpty(metadata[key])) delete metadata[key]
  return (equal(metadata, current.metadata) ? current.metadata : metadata) as Metadata
}

const isEmpty = (value: JsonObject[string]): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

const serverKeys = [
  'name',
  'namespace',
  'generateName',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
] as const

const refuseNewFinalizers = (resource: ApiResource, current: ApiObject, object: ApiObject): void => {
  if (current.metadata.deletionTimestamp === undefined) return
  const added = addedFinalizers(current, object)
  if (added.length === 0) return
  const message = `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`
  throw invalid(resource, current.metadata.name, [{ field: 'metadata.finalizers', type: 'Forbidden', message }])
}

/** generation counts changes of everything but metadata and, where status is a subresource, status. */
const withGeneration = (resource: ApiResource, current: ApiObject, object: ApiObject): ApiObject => {
  if (!resource.hasGeneration) return object
  const wanted = (whole: ApiObject): JsonObject => {
    const rest = without<JsonObject>(without<JsonObject>(whole, 'metadata'), 'apiVersion')
    return resource.hasStatus ? without(rest, 'status') : rest
  }
  if (equal(wanted(current), wanted(object))) return object
  return withMetadata(object, { generation: (current.metadata.generation ?? 0) + 1 })
}
