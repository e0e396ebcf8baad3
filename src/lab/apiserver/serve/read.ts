import type { IncomingMessage, ServerResponse } from 'node:http'
import { objectKey, type ApiObject } from '../object.js'
import { type ApiResource, apiVersionOf } from '../resource.js'
import { notFound } from '../status-error.js'
import { servedForm } from '../write/versions.js'
import { acceptedShape } from './accept.js'
import type { Encoder } from './encode.js'
import { readPage } from './list.js'
import type { RequestInfo, Target } from './request-info.js'
import { sendJson, sendText } from './respond.js'
import { tableOf } from './table.js'
import { serveWatch, type WatchDeps } from './watch.js'

export interface ReadDeps extends WatchDeps {
  readonly encoder: Encoder
}

/** The stored object a request names; 404 when there is none. */
export const storedObject = ({ storage }: WatchDeps, resource: ApiResource, target: Target): ApiObject => {
  const object = storage.get(resource.table, objectKey(target.namespace, target.name))
  if (object === undefined) throw notFound(resource, target.name)
  return object
}

/** GET of one object, of a list, and watches: as objects, as a Table for kubectl, or as metadata only. */
export const serveRead = (
  deps: ReadDeps,
  resource: ApiResource,
  target: Target,
  info: RequestInfo,
  request: IncomingMessage,
  response: ServerResponse,
): void => {
  const shape = acceptedShape(request.headers.accept)
  if (info.verb === 'get') return serveObject(deps, resource, target, info, shape, response)
  if (info.verb === 'list') return serveList(deps, resource, info, shape, response)
  serveWatch(deps, resource, info, response, (type, object) => {
    if (shape === 'objects') return `{"type":"${type}","object":${deps.encoder.text(resource, object)}}\n`
    const served = servedForm(resource, object)
    const shown = shape === 'table' ? tableOf(deps.clock, resource, [served], info.query, {}) : metadataOnly(served)
    return `${JSON.stringify({ type, object: shown })}\n`
  })
}

const serveObject = (
  deps: ReadDeps,
  resource: ApiResource,
  target: Target,
  info: RequestInfo,
  shape: ReturnType<typeof acceptedShape>,
  response: ServerResponse,
): void => {
  const object = storedObject(deps, resource, target)
  const served = () => servedForm(resource, object)
  if (shape === 'objects') return sendText(response, 200, deps.encoder.text(resource, object))
  const { resourceVersion } = object.metadata
  if (shape === 'table')
    sendJson(response, 200, tableOf(deps.clock, resource, [served()], info.query, { resourceVersion }))
  else sendJson(response, 200, metadataOnly(served()))
}

const serveList = (
  deps: ReadDeps,
  resource: ApiResource,
  info: RequestInfo,
  shape: ReturnType<typeof acceptedShape>,
  response: ServerResponse,
): void => {
  const page = readPage(deps.storage, resource, info)
  const metadata = {
    resourceVersion: page.resourceVersion,
    ...(page.continue === '' ? {} : { continue: page.continue }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  }
  const served = () => page.items.map(item => servedForm(resource, item))
  if (shape === 'table') return sendJson(response, 200, tableOf(deps.clock, resource, served(), info.query, metadata))
  if (shape === 'metadata') {
    const items = served().map(metadataOnly)
    return sendJson(response, 200, { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items })
  }
  const head = JSON.stringify({ kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata })
  const items = page.items.map(item => deps.encoder.text(resource, item)).join(',')
  sendText(response, 200, `${head.slice(0, -1)},"items":[${items}]}`)
}

const metadataOnly = ({ metadata }: ApiObject) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
})
