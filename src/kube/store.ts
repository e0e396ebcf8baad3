import type { KubeObject } from '../../api/meta.js'
import { KatametalError } from '../base/errors.js'
import { type Key, type Store, keyOf } from './types.js'

/** The values under which an object is found in an index; must depend on nothing but the object. */
export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[]

/** The local copy behind an informer. What goes in is frozen and loses its managedFields, which nobody reads. */
export class IndexedStore<T extends KubeObject> implements Store<T> {
  readonly #objects = new Map<Key, T>()
  readonly #indexes: Map<string, { of: IndexFunction<T>; keys: Map<string, Set<Key>> }>

  constructor(indexes: Readonly<Record<string, IndexFunction<T>>> = {}) {
    this.#indexes = new Map(Object.entries(indexes).map(([name, of]) => [name, { of, keys: new Map() }]))
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: Key): T | undefined {
    return this.#objects.get(key)
  }

  list(): T[] {
    return [...this.#objects.values()]
  }

  keys(): Key[] {
    return [...this.#objects.keys()]
  }

  byIndex(index: string, value: string): T[] {
    const found = this.#indexes.get(index)
    if (found === undefined) throw new KatametalError('Internal', { about: index, seen: 'no such index' })
    return [...(found.keys.get(value) ?? [])].flatMap(key => this.#objects.get(key) ?? [])
  }

  /** Puts the object in and returns what was there before, and what is there now. */
  set(object: T): { previous: T | undefined; stored: T } {
    const key = keyOf(object)
    const stored = freeze(withoutManagedFields(object))
    const previous = this.delete(key)
    this.#objects.set(key, stored)
    for (const { of, keys } of this.#indexes.values())
      for (const value of of(stored)) {
        const known = keys.get(value)
        if (known === undefined) keys.set(value, new Set([key]))
        else known.add(key)
      }
    return { previous, stored }
  }

  /** Takes the object out and returns it. */
  delete(key: Key): T | undefined {
    const object = this.#objects.get(key)
    if (object === undefined) return undefined
    this.#objects.delete(key)
    for (const { of, keys } of this.#indexes.values())
      for (const value of of(object)) {
        const known = keys.get(value)
        known?.delete(key)
        if (known?.size === 0) keys.delete(value)
      }
    return object
  }
}

const withoutManagedFields = <T extends KubeObject>(object: T): T => {
  const entries = Object.entries(object.metadata).filter(([name]) => name !== 'managedFields')
  return { ...object, metadata: Object.fromEntries(entries) }
}

const freeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) freeze(part)
  return value
}
