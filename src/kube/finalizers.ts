import type { KubeObject } from '../../api/meta.js'
import { isKatametalError } from '../base/errors.js'
import type { CallOptions, JsonPatchOperation, ResourceClient } from './types.js'

export const hasFinalizer = (object: KubeObject, name: string): boolean =>
  object.metadata.finalizers?.includes(name) === true

/**
 * Puts a finalizer on the object and returns what the server then has; the same object when it is there already.
 * KubernetesConflict when the object was replaced, or its finalizers changed, since it was read.
 */
export const addFinalizer = async <T extends KubeObject>(
  client: ResourceClient<T>,
  object: T,
  name: string,
  options?: CallOptions,
): Promise<T> => {
  if (hasFinalizer(object, name)) return object
  const { metadata } = object
  return client.jsonPatch(
    metadata.namespace,
    metadata.name,
    metadata.finalizers === undefined || metadata.finalizers.length === 0
      ? [
          // The list would be replaced: nobody may have begun one meanwhile.
          { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
          { op: 'add', path: '/metadata/finalizers', value: [name] },
        ]
      : [
          sameObject(object),
          // With the list gone there is nothing to append to; the first entry tells.
          { op: 'test', path: '/metadata/finalizers/0', value: metadata.finalizers[0] },
          { op: 'add', path: '/metadata/finalizers/-', value: name },
        ],
    options,
  )
}

/**
 * Takes a finalizer off the object. Success when it is not there or when the object is gone, and undefined then.
 * KubernetesConflict when the object was replaced, or its finalizers changed order, since it was read.
 */
export const removeFinalizer = async <T extends KubeObject>(
  client: ResourceClient<T>,
  object: T,
  name: string,
  options?: CallOptions,
): Promise<T | undefined> => {
  const index = object.metadata.finalizers?.indexOf(name) ?? -1
  if (index < 0) return object
  const path = `/metadata/finalizers/${index}`
  try {
    return await client.jsonPatch(
      object.metadata.namespace,
      object.metadata.name,
      [sameObject(object), { op: 'test', path, value: name }, { op: 'remove', path }],
      options,
    )
  } catch (error) {
    if (isKatametalError(error, 'KubernetesNotFound')) return undefined
    throw error
  }
}

/** An object of the same name that was made later is another object. */
const sameObject = ({ metadata }: KubeObject): JsonPatchOperation => ({
  op: 'test',
  path: '/metadata/uid',
  value: metadata.uid,
})
