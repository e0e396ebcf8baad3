import { at, isList, isObject, type Json, type JsonObject, textOf } from '../json.js'
import { type ApiObject, objectKey } from '../object.js'
import { serverSideApply } from '../patch/apply.js'
import { jsonPatch } from '../patch/json.js'
import { mergePatch } from '../patch/merge.js'
import { strategicMerge } from '../patch/strategic.js'
import { rfc3339 } from '../../../base/clock.js'
import { type ApiResource, apiVersionOf } from '../resource.js'
import { badRequest, invalid, methodNotAllowed, notFound, unsupportedMediaType } from '../status-error.js'
import { createObject } from '../write/create.js'
import type { WriteDeps, WriteOptions } from '../write/options.js'
import { updateObject, type Wanted } from '../write/update.js'
import { objectBody } from './body.js'
import { isTrue, type Target } from './request-info.js'

/** One write request after its body was read. */
export interface WriteRequest {
  readonly resource: ApiResource
  readonly target: Target
  readonly query: URLSearchParams
  readonly body: Json | undefined
  /** Content type of the body. */
  readonly media: string
  readonly options: WriteOptions
  /** Throws 403 when the user may not create: asked when a patch would create the object. */
  readonly mayCreate: () => void
}

/** The object after the write, and whether it is new. */
export interface Written {
  readonly object: ApiObject
  readonly created: boolean
}

/** POST to a collection. */
export const create = (deps: WriteDeps, request: WriteRequest): Written => {
  const { resource, target } = request
  const body = typed(resource, objectBody(request.body))
  return { object: createObject(deps, resource, target.namespace, body, request.options), created: true }
}

/** PUT of an object, or of its status. */
export const replace = (deps: WriteDeps, request: WriteRequest): Written => {
  const body = typed(request.resource, objectBody(request.body))
  const wanted = (now: ApiObject): Wanted => {
    requireVersion(request.resource, now, body)
    return { value: body }
  }
  return { object: update(deps, request, wanted), created: false }
}

/** Kinds that take no unconditional update in Kubernetes, which are all custom ones and a few others. */
const conditionalGroups = ['coordination.k8s.io', 'apiextensions.k8s.io']

const requireVersion = (resource: ApiResource, now: ApiObject, body: JsonObject): void => {
  if (!resource.custom && !conditionalGroups.includes(resource.group)) return
  if (textOf(at(body, 'metadata', 'resourceVersion')) !== '') return
  const field = 'metadata.resourceVersion'
  throw invalid(resource, now.metadata.name, [{ field, type: 'Invalid', message: 'must be specified for an update' }])
}

/** PATCH in one of four languages, told apart by the content type. */
export const patch = (deps: WriteDeps, request: WriteRequest): Written => {
  const { resource, body, media } = request
  switch (media) {
    case 'application/merge-patch+json':
      return {
        object: update(deps, request, now => ({ value: changed(resource, mergePatch(now, objectBody(body))) })),
        created: false,
      }
    case 'application/json-patch+json':
      if (!isList(body)) throw badRequest('a JSON patch is a list of operations')
      return {
        object: update(deps, request, now => ({ value: changed(resource, jsonPatch(now, body)) })),
        created: false,
      }
    case 'application/strategic-merge-patch+json':
      if (resource.custom) throw unsupportedMediaType(media)
      return {
        object: update(deps, request, now => ({
          value: changed(resource, strategicMerge(resource.schema, now, objectBody(body))),
        })),
        created: false,
      }
    case 'application/apply-patch+yaml':
    case 'application/apply-patch+json':
      return apply(deps, request, typed(resource, objectBody(body)))
    default:
      throw unsupportedMediaType(media)
  }
}

const update = (deps: WriteDeps, request: WriteRequest, change: (now: ApiObject) => Wanted): ApiObject => {
  const { resource, target, options } = request
  const key = objectKey(target.namespace, target.name)
  const stored = deps.storage.get(resource.table, key)
  if (stored === undefined) throw notFound(resource, target.name)
  return updateObject(deps, resource, stored, key, target.subresource, options, change)
}

const apply = (deps: WriteDeps, request: WriteRequest, configuration: JsonObject): Written => {
  const { resource, target, query, options } = request
  if (query.get('fieldManager') === null)
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )
  if (isObject(configuration['metadata']) && configuration['metadata']['managedFields'] !== undefined)
    throw badRequest('metadata.managedFields must be nil')
  const named = withName(configuration, target)
  const time = rfc3339(deps.clock.now())
  const writer = { manager: options.manager, operation: 'Apply', subresource: target.subresource, time } as const
  const force = isTrue(query.get('force'))
  if (deps.storage.get(resource.table, objectKey(target.namespace, target.name)) === undefined) {
    if (target.subresource !== undefined) throw notFound(resource, target.name)
    request.mayCreate()
    const { value, claimed } = serverSideApply(resource.schema, resource, undefined, named, writer, force)
    return { object: createObject(deps, resource, target.namespace, value, options, claimed), created: true }
  }
  const object = update(deps, request, now => serverSideApply(resource.schema, resource, now, named, writer, force))
  return { object, created: false }
}

const withName = (configuration: JsonObject, { name, namespace }: Target): JsonObject => {
  const metadata = isObject(configuration['metadata']) ? configuration['metadata'] : {}
  return {
    ...configuration,
    metadata: { ...metadata, name: metadata['name'] ?? name, ...(namespace === undefined ? {} : { namespace }) },
  }
}

/** A body must say what it is, and it must be what the URL says. */
const typed = (resource: ApiResource, body: JsonObject): JsonObject => {
  const { apiVersion = apiVersionOf(resource), kind = resource.kind } = body
  if (apiVersion !== apiVersionOf(resource) || kind !== resource.kind) {
    const seen = `${JSON.stringify(apiVersion)}, Kind=${JSON.stringify(kind)}`
    throw badRequest(
      `the API version and kind in the data (${seen}) do not match the expected ${apiVersionOf(resource)}, Kind=${resource.kind}`,
    )
  }
  return { ...body, apiVersion, kind }
}

const changed = (resource: ApiResource, value: Json): JsonObject => typed(resource, objectBody(value))

/** Verbs that the handlers here answer. */
export const writeHandler = (verb: string): ((deps: WriteDeps, request: WriteRequest) => Written) => {
  if (verb === 'create') return create
  if (verb === 'update') return replace
  if (verb === 'patch') return patch
  throw methodNotAllowed()
}
