import type { ApiObject, Owner } from '../object.js'
import type { Place } from './place.js'

export const ownersOf = (object: ApiObject): readonly Owner[] => object.metadata.ownerReferences ?? []

const idOf = ({ table, key }: Place): string => `${table} ${key}`

interface Node {
  readonly place: Place
  readonly namespace: string | undefined
}

/** Who owns whom, by uid, kept up to date with every change of the storage. */
export class OwnerGraph {
  readonly #dependents = new Map<string, Map<string, Place>>()
  readonly #live = new Map<string, Node>()

  /** Notes an object and its owners; for a changed object after `remove` of its old state. */
  add(place: Place, object: ApiObject): void {
    this.#live.set(object.metadata.uid, { place, namespace: object.metadata.namespace })
    for (const { uid } of ownersOf(object)) {
      const places = this.#dependents.get(uid) ?? new Map<string, Place>()
      this.#dependents.set(uid, places.set(idOf(place), place))
    }
  }

  remove(place: Place, object: ApiObject): void {
    this.#live.delete(object.metadata.uid)
    for (const { uid } of ownersOf(object)) {
      const places = this.#dependents.get(uid)
      places?.delete(idOf(place))
      if (places?.size === 0) this.#dependents.delete(uid)
    }
  }

  /** Where the dependents of an owner are; they may outlive it. */
  dependentsOf(uid: string): readonly Place[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])]
  }

  /** Where the object with this uid is, if it exists. */
  placeOf(uid: string): Place | undefined {
    return this.#live.get(uid)?.place
  }

  /** Whether the owner exists for this dependent: in its own namespace, or cluster-scoped. */
  isThere(owner: Owner, dependent: ApiObject): boolean {
    const node = this.#live.get(owner.uid)
    return node !== undefined && (node.namespace === undefined || node.namespace === dependent.metadata.namespace)
  }
}
