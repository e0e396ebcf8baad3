import type { KubeObject } from '../../../api/meta.js'
import { ReadYourWrites } from '../../kube/read-your-writes.js'
import { type Key, keyOf, type ResourceClient, type Store } from '../../kube/types.js'

/** The objects of one kind that the host controller writes for its hosts, one for each host and named like it. */
export interface OwnChildren<T extends KubeObject> {
  readonly store: Pick<Store<T>, 'get'>
  readonly client: ResourceClient<T>
  /** Whether this is what was written here last, and so nothing new. */
  readonly wrote: (object: T) => boolean
}

/**
 * Ties the store of an informer to the client, so that what was just written is read at once. Without this, the look
 * that follows an inspection would often not see its result yet and inspect again.
 */
export const ownChildren = <T extends KubeObject>(
  shown: Pick<Store<T>, 'get'>,
  client: ResourceClient<T>,
): OwnChildren<T> => {
  const writes = new ReadYourWrites<T>()
  const last = new Map<Key, string | undefined>()
  const noted = async (namespace: string | undefined, name: string, write: () => Promise<T>): Promise<T> => {
    const before = shown.get(namespace === undefined ? name : `${namespace}/${name}`)
    const after = await write()
    writes.wrote(before, after)
    last.set(keyOf(after), after.metadata.resourceVersion)
    return after
  }
  return {
    wrote: object => last.get(keyOf(object)) === object.metadata.resourceVersion,
    store: { get: key => writes.latestOf(key, shown.get(key)) },
    client: {
      ...client,
      create: (object, options) =>
        noted(object.metadata.namespace, object.metadata.name, () => client.create(object, options)),
      replace: (object, options) =>
        noted(object.metadata.namespace, object.metadata.name, () => client.replace(object, options)),
      mergePatch: (namespace, name, patch, options) =>
        noted(namespace, name, () => client.mergePatch(namespace, name, patch, options)),
      mergePatchStatus: (namespace, name, patch, options) =>
        noted(namespace, name, () => client.mergePatchStatus(namespace, name, patch, options)),
    },
  }
}
