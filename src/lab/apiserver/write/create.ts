import { randomUUID } from 'node:crypto'
import { rfc3339 } from '../../../base/clock.js'
import { type JsonObject, textOf, without } from '../json.js'
import { type ApiObject, type Metadata, objectKey } from '../object.js'
import type { FieldSet } from '../patch/field-set.js'
import { recordWriter } from '../patch/managed-fields.js'
import type { ApiResource } from '../resource.js'
import { alreadyExists, badRequest, forbidden, notFound } from '../status-error.js'
import { metadataOf } from './metadata.js'
import type { WriteDeps, WriteOptions } from './options.js'
import { settle } from './settle.js'
import { servedForm, storedForm } from './versions.js'

/** Creates an object from a body; `claimed` comes from server-side apply. Returns it as served. */
export const createObject = (
  deps: WriteDeps,
  resource: ApiResource,
  namespace: string | undefined,
  body: JsonObject,
  options: WriteOptions,
  claimed?: FieldSet,
): ApiObject => {
  const now = rfc3339(deps.clock.now())
  requireNamespace(deps, resource, namespace)
  const candidate = withNewMetadata(resource, namespace, body, now)
  const key = objectKey(namespace, candidate.metadata.name)
  const bare = resource.hasStatus && resource.statusOnCreate !== true ? without(candidate, 'status') : candidate
  const related = (table: string, name: string): ApiObject | undefined => deps.storage.get(table, name)
  const settled = settle(resource, bare, { previous: undefined, subresource: undefined, now, related }, options)
  if (deps.storage.get(resource.table, key) !== undefined) throw alreadyExists(resource, settled.metadata.name)
  const operation = claimed === undefined ? 'Update' : 'Apply'
  const writer = { manager: options.manager, operation, subresource: undefined, time: now } as const
  const object = recordWriter(resource.schema, undefined, settled, writer, claimed)
  if (options.dryRun) return object
  return servedForm(resource, deps.storage.put(resource.table, key, storedForm(resource, object)))
}

const withNewMetadata = (
  resource: ApiResource,
  namespace: string | undefined,
  body: JsonObject,
  now: string,
): ApiObject => {
  const given = metadataOf(body)
  if (textOf(given['resourceVersion']) !== '')
    throw badRequest('resourceVersion should not be set on objects to be created')
  if (namespace !== undefined && textOf(given['namespace'], namespace) !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  const metadata: Record<string, JsonObject[string]> = {
    ...given,
    name: textOf(given['name']) === '' ? generatedName(given) : textOf(given['name']),
    uid: randomUUID(),
    creationTimestamp: now,
  }
  for (const key of ['resourceVersion', 'managedFields', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'])
    delete metadata[key]
  if (namespace === undefined) delete metadata['namespace']
  else metadata['namespace'] = namespace
  if (resource.hasGeneration) metadata['generation'] = 1
  else delete metadata['generation']
  return { ...body, metadata: metadata as Metadata } as ApiObject
}

const generatedName = (metadata: JsonObject): string => {
  const prefix = textOf(metadata['generateName'])
  if (prefix === '') throw badRequest('name or generateName is required')
  return `${prefix.slice(0, 58)}${randomUUID().replaceAll('-', '').slice(0, 5)}`
}

/** What the NamespaceLifecycle admission of Kubernetes does. */
const requireNamespace = ({ storage }: WriteDeps, resource: ApiResource, name: string | undefined): void => {
  if (!resource.namespaced) return
  if (name === undefined) throw badRequest('an empty namespace may not be set during creation')
  const namespace = storage.get('/namespaces', name)
  if (namespace === undefined) throw notFound({ group: '', plural: 'namespaces' }, name)
  if (namespace.metadata.deletionTimestamp === undefined) return
  const message = `${resource.plural} is forbidden: unable to create new content in namespace ${name} because it is being terminated`
  throw forbidden(message, resource, '')
}
