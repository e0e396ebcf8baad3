import type { Json, JsonObject } from './json.js'

/** meta/v1 OwnerReference as stored. */
export interface Owner extends JsonObject {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** meta/v1 ObjectMeta as stored. */
export interface Metadata extends JsonObject {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation?: number
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly finalizers?: readonly string[]
  readonly labels?: { readonly [key: string]: string }
  readonly annotations?: { readonly [key: string]: string }
  readonly ownerReferences?: readonly Owner[]
  readonly managedFields?: readonly JsonObject[]
}

/** An object as the storage keeps it: complete metadata, frozen. */
export interface ApiObject extends JsonObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly spec?: Json
  readonly status?: Json
}

/** `namespace/name` or `name`; sorts like the keys of etcd. */
export const objectKey = (namespace: string | undefined, name: string): string =>
  namespace === undefined ? name : `${namespace}/${name}`

/** The object with some metadata replaced; `undefined` removes. */
export const withMetadata = (object: ApiObject, changes: { readonly [key: string]: Json | undefined }): ApiObject => {
  const metadata: Record<string, Json | undefined> = { ...object.metadata, ...changes }
  for (const key of Object.keys(changes)) if (changes[key] === undefined) delete metadata[key]
  return { ...object, metadata: metadata as Metadata }
}
