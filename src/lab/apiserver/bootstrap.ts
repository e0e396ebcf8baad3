import { isObject, type JsonObject, textOf } from './json.js'
import { objectKey } from './object.js'
import type { Registry } from './registry.js'
import type { ApiResource } from './resource.js'
import { badRequest } from './status-error.js'
import { createObject } from './write/create.js'
import { ownWrite, type WriteDeps } from './write/options.js'
import { updateObject } from './write/update.js'

/** The namespaces and the admin role that every cluster begins with. */
export const createInitialObjects = (deps: WriteDeps, registry: Registry): void => {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    if (deps.storage.get('/namespaces', name) === undefined)
      applyManifest(deps, registry, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  if (deps.storage.get('rbac.authorization.k8s.io/clusterroles', 'cluster-admin') !== undefined) return
  applyManifest(deps, registry, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'cluster-admin' },
    rules: [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ],
  })
}

const manager = 'katametal-lab'

/** Creates the object or replaces what is there, status included where the manifest has one. Not subject to RBAC. */
export const applyManifest = (deps: WriteDeps, registry: Registry, manifest: object): void => {
  const body = JSON.parse(JSON.stringify(manifest)) as JsonObject
  const resource = resourceOf(registry, body)
  const metadata = isObject(body['metadata']) ? body['metadata'] : {}
  const namespace = resource.namespaced ? textOf(metadata['namespace'], 'default') : undefined
  const key = objectKey(namespace, textOf(metadata['name']))
  const options = ownWrite(manager)
  if (deps.storage.get(resource.table, key) === undefined) createObject(deps, resource, namespace, body, options)
  else replace(deps, resource, key, undefined, body)
  if (body['status'] !== undefined && resource.hasStatus) replace(deps, resource, key, 'status', body)
}

const replace = (
  deps: WriteDeps,
  resource: ApiResource,
  key: string,
  subresource: string | undefined,
  body: JsonObject,
): void => {
  const stored = deps.storage.get(resource.table, key)
  if (stored === undefined) throw badRequest('the object vanished while it was applied')
  const { resourceVersion: _version, uid: _uid, ...given } = isObject(body['metadata']) ? body['metadata'] : {}
  // Finalizers are the server's and the controllers' business unless the manifest names some.
  const metadata = { finalizers: stored.metadata.finalizers, ...given }
  updateObject(deps, resource, stored, key, subresource, ownWrite(manager), () => ({ value: { ...body, metadata } }))
}

const resourceOf = (registry: Registry, body: JsonObject): ApiResource => {
  const apiVersion = textOf(body['apiVersion'])
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const kind = textOf(body['kind'])
  const resource = registry.findKind(group ?? '', version ?? '', kind)
  if (resource === undefined)
    throw badRequest(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`)
  return resource
}
