import { isObject, type Json, type JsonObject } from '../json.js'

/** RFC 7386. Unchanged parts of the target are shared, so that comparing and freezing the result stays cheap. */
export const mergePatch = (target: Json | undefined, patch: Json): Json => {
  if (!isObject(patch)) return patch
  const base: JsonObject = isObject(target) ? target : {}
  const result: Record<string, Json | undefined> = { ...base }
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue
    if (value === null) delete result[key]
    else define(result, key, mergePatch(Object.hasOwn(base, key) ? base[key] : undefined, value))
  }
  return result
}

/** Plain assignment would change the prototype for the key `__proto__`. */
const define = (object: Record<string, Json | undefined>, key: string, value: Json): void => {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
}
