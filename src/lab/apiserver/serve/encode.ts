import type { ApiObject } from '../object.js'
import type { ApiResource } from '../resource.js'
import { servedForm } from '../write/versions.js'

/**
 * JSON text of stored objects, made once per object and version: an object that a hundred watchers and lists show is
 * serialised once. The text is dropped together with the object.
 */
export class Encoder {
  readonly #stored = new WeakMap<ApiObject, string>()
  readonly #versions = new WeakMap<ApiResource, WeakMap<ApiObject, string>>()

  text(resource: ApiResource, stored: ApiObject): string {
    const cache = resource.fromStored === undefined ? this.#stored : this.#cacheOf(resource)
    const known = cache.get(stored)
    if (known !== undefined) return known
    const text = JSON.stringify(servedForm(resource, stored))
    cache.set(stored, text)
    return text
  }

  #cacheOf(resource: ApiResource): WeakMap<ApiObject, string> {
    let cache = this.#versions.get(resource)
    if (cache === undefined) {
      cache = new WeakMap()
      this.#versions.set(resource, cache)
    }
    return cache
  }
}
