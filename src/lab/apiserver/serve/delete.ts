import type { ServerResponse } from 'node:http'
import type { Json, JsonObject } from '../json.js'
import { type ApiObject, objectKey } from '../object.js'
import { type ApiResource, apiVersionOf } from '../resource.js'
import { removeObject, removeOptions } from '../write/remove.js'
import type { RequestInfo, Target } from './request-info.js'
import { type ReadDeps, storedObject } from './read.js'
import { sendJson } from './respond.js'
import { selectionOf } from './selection.js'

/** DELETE of one object: a Status when it is gone, the object when it waits for its finalizers. */
export const serveDelete = (
  deps: ReadDeps,
  resource: ApiResource,
  target: Target,
  query: URLSearchParams,
  body: Json | undefined,
  response: ServerResponse,
): void => {
  const stored = storedObject(deps, resource, target)
  const key = objectKey(target.namespace, target.name)
  const { gone, object } = removeObject(deps, resource, stored, key, removeOptions(body, query))
  sendJson(response, 200, gone ? success(resource, object) : object)
}

const success = (resource: ApiResource, { metadata }: ApiObject): JsonObject => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: {
    name: metadata.name,
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
    uid: metadata.uid,
  },
})

/** DELETE of everything a selector finds; answers with the list of what was deleted or marked. */
export const serveDeleteCollection = (
  deps: ReadDeps,
  resource: ApiResource,
  info: RequestInfo,
  body: Json | undefined,
  response: ServerResponse,
): void => {
  const selects = selectionOf(resource, info)
  const options = removeOptions(body, info.query)
  const items = deps.storage
    .list(resource.table)
    .filter(selects)
    .map(o => removeObject(deps, resource, o, objectKey(o.metadata.namespace, o.metadata.name), options).object)
  const metadata = { resourceVersion: String(deps.storage.revision) }
  sendJson(response, 200, { kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata, items })
}
