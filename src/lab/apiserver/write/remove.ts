import { rfc3339 } from '../../../base/clock.js'
import { type Json, objectOf, textOf } from '../json.js'
import { type ApiObject, withMetadata } from '../object.js'
import type { ApiResource } from '../resource.js'
import { badRequest, conflict } from '../status-error.js'
import type { WriteDeps } from './options.js'
import { servedForm } from './versions.js'

export const foregroundFinalizer = 'foregroundDeletion'
export const orphanFinalizer = 'orphan'

/** What DeleteOptions and the query of a deletion say. */
export interface RemoveOptions {
  readonly propagationPolicy: string | undefined
  readonly uid: string | undefined
  readonly resourceVersion: string | undefined
  readonly dryRun: boolean
}

/** Reads meta/v1 DeleteOptions from a body; the query wins where both say something. */
export const removeOptions = (body: Json | undefined, query: URLSearchParams): RemoveOptions => {
  const options = objectOf(body)
  const preconditions = objectOf(options['preconditions'])
  const policy = query.get('propagationPolicy') ?? textOf(options['propagationPolicy'])
  if (!['', 'Background', 'Foreground', 'Orphan'].includes(policy))
    throw badRequest(`unknown propagationPolicy ${policy}`)
  const orphans = options['orphanDependents'] === true ? 'Orphan' : undefined
  return {
    propagationPolicy: policy === '' ? orphans : policy,
    uid: textOf(preconditions['uid']) || undefined,
    resourceVersion: textOf(preconditions['resourceVersion']) || undefined,
    dryRun:
      query.getAll('dryRun').includes('All') || (Array.isArray(options['dryRun']) && options['dryRun'].includes('All')),
  }
}

/** What became of a deletion: gone at once, or marked and waiting for its finalizers. */
export interface Removal {
  readonly gone: boolean
  readonly object: ApiObject
}

/** Deletes an object, or marks it as being deleted while somebody holds it (finalizers, content of a namespace). */
export const removeObject = (
  deps: WriteDeps,
  resource: ApiResource,
  stored: ApiObject,
  key: string,
  options: RemoveOptions,
): Removal => {
  checkPreconditions(resource, stored, options)
  const finalizers = new Set(stored.metadata.finalizers)
  if (options.propagationPolicy === 'Foreground') finalizers.add(foregroundFinalizer)
  if (options.propagationPolicy === 'Orphan') finalizers.add(orphanFinalizer)
  const held = finalizers.size > 0 || resource.table === '/namespaces'
  if (!held) {
    const object = options.dryRun ? stored : (deps.storage.remove(resource.table, key) ?? stored)
    return { gone: true, object: servedForm(resource, object) }
  }
  const marked = markDeleted(deps, stored, [...finalizers])
  if (options.dryRun || marked === stored) return { gone: false, object: servedForm(resource, marked) }
  return { gone: false, object: servedForm(resource, deps.storage.put(resource.table, key, marked)) }
}

const checkPreconditions = (resource: ApiResource, { metadata }: ApiObject, options: RemoveOptions): void => {
  const refused = (what: string, wanted: string, seen: string) =>
    conflict(
      resource,
      metadata.name,
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${seen}`,
    )
  if (options.uid !== undefined && options.uid !== metadata.uid) throw refused('UID', options.uid, metadata.uid)
  if (options.resourceVersion !== undefined && options.resourceVersion !== metadata.resourceVersion)
    throw refused('ResourceVersion', options.resourceVersion, metadata.resourceVersion)
}

const markDeleted = (deps: WriteDeps, stored: ApiObject, finalizers: string[]): ApiObject => {
  const known = stored.metadata.finalizers ?? []
  if (stored.metadata.deletionTimestamp !== undefined && known.length === finalizers.length) return stored
  const { generation } = stored.metadata
  const marked = withMetadata(stored, {
    deletionTimestamp: stored.metadata.deletionTimestamp ?? rfc3339(deps.clock.now()),
    deletionGracePeriodSeconds: 0,
    generation:
      generation === undefined || stored.metadata.deletionTimestamp !== undefined ? generation : generation + 1,
    finalizers: finalizers.length === 0 ? undefined : finalizers,
  })
  if (stored.kind !== 'Namespace') return marked
  return { ...marked, status: { ...objectOf(marked.status), phase: 'Terminating' } }
}
