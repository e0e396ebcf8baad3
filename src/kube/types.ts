import type { KubeObject } from '../../api/meta.js'
import type { Logger } from '../base/log.js'

/** A resource of the API: what a URL needs, and the kind it holds. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
}

/** `<namespace>/<name>`, or `<name>` for cluster-scoped objects. */
export type Key = string

export interface ListOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Server-side dry run. */
  readonly dryRun?: boolean
}

/** One operation of RFC 6902. */
export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test'
  readonly path: string
  readonly value?: unknown
}

/** One page of a list (meta/v1 ListMeta). */
export interface Page<T extends KubeObject> {
  readonly items: readonly T[]
  /** The point in history at which the list was taken: where a watch goes on. */
  readonly resourceVersion: string
  /** Token for the next page; absent on the last. */
  readonly continue?: string
}

/** What a watch tells (meta/v1 WatchEvent). ERROR events are thrown by the stream instead. */
export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

/**
 * Typed calls for one resource. All methods throw KatametalError: KubernetesNotFound, KubernetesConflict (409 and
 * failed preconditions), KubernetesUnauthorized (401), KubernetesForbidden (403), KubernetesRejected (400, 422),
 * KubernetesExpired (410), KubernetesBusy (429, 5xx), KubernetesUnreachable, KubernetesCertificateRefused,
 * DeadlineExceeded and Cancelled (the caller's signal).
 */
export interface ResourceClient<T extends KubeObject> {
  readonly type: ResourceType
  get(namespace: string | undefined, name: string, options?: CallOptions): Promise<T>
  /** Like get, but undefined instead of KubernetesNotFound. */
  find(namespace: string | undefined, name: string, options?: CallOptions): Promise<T | undefined>
  /** All pages (of 500) together. */
  list(options?: ListOptions & CallOptions): Promise<T[]>
  /** One page; KubernetesExpired when the continue token is too old. */
  listPage(options: ListOptions & CallOptions & { limit?: number; continue?: string }): Promise<Page<T>>
  /**
   * Opens a watch with bookmarks; resolves when the server has accepted it. The stream ends when the server ends it and
   * throws when the connection breaks, when the signal is aborted, and on ERROR events (KubernetesExpired for 410).
   */
  watch(
    options: ListOptions & { resourceVersion: string; timeoutSeconds: number; signal: AbortSignal },
  ): Promise<AsyncIterable<WatchEvent<T>>>
  create(object: T, options?: CallOptions): Promise<T>
  /** PUT; needs metadata.resourceVersion. */
  replace(object: T, options?: CallOptions): Promise<T>
  /** RFC 7386. With `metadata.resourceVersion` in the patch a concurrent change is KubernetesConflict. */
  mergePatch(namespace: string | undefined, name: string, patch: object, options?: CallOptions): Promise<T>
  mergePatchStatus(namespace: string | undefined, name: string, patch: object, options?: CallOptions): Promise<T>
  /** RFC 6902; a failing `test` operation is KubernetesConflict. */
  jsonPatch(
    namespace: string | undefined,
    name: string,
    patch: readonly JsonPatchOperation[],
    options?: CallOptions,
  ): Promise<T>
  /** Server-side apply as `fieldManager`. */
  apply(object: T, options: CallOptions & { fieldManager: string; force?: boolean }): Promise<T>
  /** Absent objects are success. */
  delete(
    namespace: string | undefined,
    name: string,
    options?: CallOptions & {
      uid?: string
      resourceVersion?: string
      propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
    },
  ): Promise<void>
}

/** The entry: one connection pool to one API server. */
export interface KubeClient {
  /** URL of the API server, for messages. */
  readonly server: string
  resource<T extends KubeObject>(type: ResourceType): ResourceClient<T>
  close(): Promise<void>
}

/** What an informer keeps: frozen objects without managedFields. */
export interface Store<T extends KubeObject> {
  get(key: Key): T | undefined
  list(): T[]
  /** Objects for which the named index function returned `value`. */
  byIndex(index: string, value: string): T[]
}

export interface Change<T extends KubeObject> {
  readonly type: 'added' | 'updated' | 'deleted'
  /** For deleted: the last known object. */
  readonly object: T
  readonly previous?: T
}

/** A local copy of a resource, kept up to date by list and watch. */
export interface Informer<T extends KubeObject> {
  readonly type: ResourceType
  readonly store: Store<T>
  /** Called for every change after the store was updated. Exceptions are logged, never lost as rejections. */
  onChange(handler: (change: Change<T>) => void): void
  /** Resolves when the first list has arrived. */
  synced(signal?: AbortSignal): Promise<void>
  /** Runs until the signal is aborted; survives every fault of the API server. */
  run(signal: AbortSignal): Promise<void>
}

/** What a reconcile returns. Nothing: wait for the next change. */
export interface ReconcileResult {
  /** Look again after this many milliseconds, or earlier if something changes. 0: at once. */
  readonly requeueAfterMs?: number
}

export interface ReconcileContext {
  /** Aborted at the deadline of the reconcile, on loss of the lease and on shutdown. */
  readonly signal: AbortSignal
  readonly log: Logger
}

/**
 * Brings one object closer to what is wanted. Level-triggered: gets a key, never an event; may run at any time and
 * any number of times. Throwing KatametalError of kind `input` or `refused` waits for the next change without retry;
 * anything else is retried with back-off.
 */
export type Reconcile = (key: Key, context: ReconcileContext) => Promise<ReconcileResult | undefined>

export const keyOf = (object: KubeObject): Key =>
  object.metadata.namespace === undefined
    ? object.metadata.name
    : `${object.metadata.namespace}/${object.metadata.name}`

export const splitKey = (key: Key): { namespace: string | undefined; name: string } => {
  const slash = key.indexOf('/')
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
