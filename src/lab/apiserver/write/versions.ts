import type { ApiObject } from '../object.js'
import type { ApiResource } from '../resource.js'

/** An object of the storage as this version of the resource shows it. */
export const servedForm = (resource: ApiResource, stored: ApiObject): ApiObject =>
  resource.fromStored === undefined ? stored : resource.fromStored(stored)

/** An object of this version as the storage keeps it. */
export const storedForm = (resource: ApiResource, object: ApiObject): ApiObject =>
  (resource.toStored === undefined ? object : resource.toStored(object)) as ApiObject
