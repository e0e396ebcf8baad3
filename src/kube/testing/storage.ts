import type { KubeObject } from '../../../api/meta.js'
import { type SeenRequest, statusBody } from './request.js'
import { applyJsonPatch, applyMergePatch } from './patches.js'

export type Stored = KubeObject & Record<string, unknown>

export interface StoredEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly collection: string
  readonly object: Stored
  readonly version: number
}

interface Reply {
  readonly code: number
  readonly body: unknown
}

const failure = (code: number, reason: string, message: string, details?: object): Reply => ({
  code,
  body: statusBody(code, reason, message, details),
})

/** Objects by path, one resourceVersion for all, and the history that watches read. */
export class TestStorage {
  version = 100
  /** Points in history up to here are forgotten: 410. */
  floor = 0
  readonly history: StoredEvent[] = []
  readonly listeners = new Set<(event: StoredEvent) => void>()
  readonly #objects = new Map<string, Stored>()

  /** Writes as an API client would. With `silently` no watch hears of it, ever. */
  put(collection: string, object: Stored, silently = false): Stored {
    const path = `${collectionIn(collection, object.metadata.namespace)}/${object.metadata.name}`
    const known = this.#objects.get(path)
    const version = ++this.version
    const stored: Stored = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: known?.metadata.uid ?? `uid-${version}`,
        resourceVersion: String(version),
      },
    }
    this.#objects.set(path, stored)
    this.#tell({ type: known === undefined ? 'ADDED' : 'MODIFIED', collection, object: stored, version }, silently)
    return stored
  }

  remove(collection: string, namespace: string | undefined, name: string, silently = false): boolean {
    const path = `${collectionIn(collection, namespace)}/${name}`
    const known = this.#objects.get(path)
    if (known === undefined) return false
    this.#objects.delete(path)
    const version = ++this.version
    const object = { ...known, metadata: { ...known.metadata, resourceVersion: String(version) } }
    this.#tell({ type: 'DELETED', collection, object, version }, silently)
    return true
  }

  at(collection: string, namespace: string | undefined, name: string): Stored | undefined {
    return this.#objects.get(`${collectionIn(collection, namespace)}/${name}`)
  }

  /** Forgets history, as compaction does. */
  compact(): void {
    this.floor = this.version
  }

  handle(request: SeenRequest): Reply {
    const { root, namespace, plural, name, status } = parsePath(request.path)
    const collection = `${root}/${plural}`
    if (name === undefined) {
      if (request.method === 'GET') return this.#list(collection, namespace, request.query)
      return this.#create(collection, namespace, request.body as Stored)
    }
    const known = this.at(collection, namespace, name)
    if (request.headers['content-type'] === 'application/apply-patch+yaml')
      return { code: 200, body: this.put(collection, applyMergePatch(known ?? {}, request.body) as Stored) }
    if (known === undefined) return failure(404, 'NotFound', `${plural} "${name}" not found`)
    switch (request.method) {
      case 'GET':
        return { code: 200, body: known }
      case 'PUT':
        return this.#update(collection, known, request.body as Stored, request.query)
      case 'PATCH':
        return this.#patch(collection, known, request, status)
      default:
        return this.#delete(collection, known, request.body)
    }
  }

  #create(collection: string, namespace: string | undefined, object: Stored): Reply {
    const placed = { ...object, metadata: { ...object.metadata, ...(namespace === undefined ? {} : { namespace }) } }
    if (this.at(collection, namespace, object.metadata.name) !== undefined)
      return failure(409, 'AlreadyExists', 'already exists')
    return { code: 201, body: this.put(collection, placed) }
  }

  #update(collection: string, known: Stored, object: Stored, query: URLSearchParams): Reply {
    if (object.metadata.resourceVersion !== known.metadata.resourceVersion)
      return failure(409, 'Conflict', 'the object has been modified')
    return { code: 200, body: query.get('dryRun') === 'All' ? object : this.put(collection, object) }
  }

  #patch(collection: string, known: Stored, { headers, body, query }: SeenRequest, status: boolean): Reply {
    const wanted = body as Partial<Stored>
    if (headers['content-type'] === 'application/json-patch+json') {
      const patched = applyJsonPatch(known, body)
      if (patched === undefined)
        return failure(422, 'Invalid', 'the server rejected our request due to an error in our request')
      return { code: 200, body: this.put(collection, patched) }
    }
    if (headers['content-type'] !== 'application/merge-patch+json')
      return failure(415, 'UnsupportedMediaType', `not a patch: ${String(headers['content-type'])}`)
    const version = wanted.metadata?.resourceVersion
    if (version !== undefined && version !== known.metadata.resourceVersion)
      return failure(409, 'Conflict', 'the object has been modified')
    const patched = applyMergePatch(known, status ? { status: wanted.status } : body) as Stored
    return { code: 200, body: query.get('dryRun') === 'All' ? patched : this.put(collection, patched) }
  }

  #delete(collection: string, known: Stored, body: unknown): Reply {
    const { preconditions = {} } = body as { preconditions?: { uid?: string; resourceVersion?: string } }
    const { uid, resourceVersion, namespace, name } = known.metadata
    if ((preconditions.uid ?? uid) !== uid || (preconditions.resourceVersion ?? resourceVersion) !== resourceVersion)
      return failure(409, 'Conflict', 'the precondition failed')
    this.remove(collection, namespace, name)
    return { code: 200, body: { kind: 'Status', status: 'Success' } }
  }

  /** Like kube-apiserver: items of built-in kinds come without kind, and so do ours. */
  #list(collection: string, namespace: string | undefined, query: URLSearchParams): Reply {
    const [from, version] = (query.get('continue') ?? `0:${this.version}`).split(':').map(Number) as [number, number]
    if (version <= this.floor && query.has('continue')) return failure(410, 'Expired', 'the token is too old')
    const all = [...this.#objects].filter(([path]) => inCollection(path, collection, namespace))
    const limit = Number(query.get('limit') ?? all.length)
    const items = all.slice(from, from + limit).map(([, { kind: _kind, apiVersion: _apiVersion, ...item }]) => item)
    const next = from + limit < all.length ? { continue: `${from + limit}:${version}` } : {}
    return { code: 200, body: { kind: 'List', metadata: { resourceVersion: String(version), ...next }, items } }
  }

  #tell(event: StoredEvent, silently: boolean): void {
    if (silently) return
    this.history.push(event)
    for (const listener of this.listeners) listener(event)
  }
}

const collectionIn = (collection: string, namespace: string | undefined): string =>
  namespace === undefined ? collection : collection.replace(/\/([a-z]+)$/, `/namespaces/${namespace}/$1`)

const inCollection = (path: string, collection: string, namespace: string | undefined): boolean => {
  const folder = path.slice(0, path.lastIndexOf('/'))
  if (namespace !== undefined) return folder === collectionIn(collection, namespace)
  return folder.replace(/\/namespaces\/[^/]+/, '') === collection
}

export const parsePath = (
  path: string,
): { root: string; namespace: string | undefined; plural: string; name: string | undefined; status: boolean } => {
  const match = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?(\/status)?$/.exec(
    path,
  )
  if (match === null) throw new Error(`not a path of the API: ${path}`)
  const [, root = '', namespace, plural = '', name, status] = match
  return { root, namespace, plural, name, status: status !== undefined }
}
