import { type JsonObject, isObject } from './json.js'

/** One resource: a parsed body, or text that is served as it is because it is broken or not JSON. */
export interface TreeEntry {
  /** As the tree spells it. */
  readonly path: string
  readonly body?: JsonObject
  readonly text?: string
}

/** Real BMCs mix case and trailing slashes, so two spellings of a path are one resource. */
export const normalPath = (path: string): string => {
  const trimmed = path.replace(/\/{2,}/g, '/').replace(/\/$/, '')
  return (trimmed === '' ? '/' : trimmed).toLowerCase()
}

/**
 * The resources of a BMC by path, over an optional base that many simulators can share: changes stay in the overlay
 * ({@link ResourceTree.overlay}). Look-ups ignore case and trailing slashes.
 */
export class ResourceTree {
  readonly #own = new Map<string, TreeEntry | undefined>()
  readonly #base: ResourceTree | undefined

  constructor(base?: ResourceTree) {
    this.#base = base
  }

  overlay(): ResourceTree {
    return new ResourceTree(this)
  }

  get(path: string): TreeEntry | undefined {
    const key = normalPath(path)
    return this.#own.has(key) ? this.#own.get(key) : this.#base?.get(key)
  }

  body(path: string): JsonObject | undefined {
    return this.get(path)?.body
  }

  /** Whether the resource was changed or added since {@link overlay}. */
  isChanged(path: string): boolean {
    return this.#own.has(normalPath(path))
  }

  put(path: string, body: JsonObject): void {
    this.#own.set(normalPath(path), { path: this.get(path)?.path ?? path, body })
  }

  /** For files that are not JSON, or broken. */
  putText(path: string, text: string): void {
    this.#own.set(normalPath(path), { path, text })
  }

  /** Replaces the body by what `change` makes of it; a resource that does not exist stays absent. */
  update(path: string, change: (body: JsonObject) => JsonObject): void {
    const body = this.body(path)
    if (body !== undefined) this.put(path, change(body))
  }

  remove(path: string): void {
    this.#own.set(normalPath(path), undefined)
  }

  *entries(): IterableIterator<TreeEntry> {
    for (const entry of this.#own.values()) if (entry !== undefined) yield entry
    for (const entry of this.#base?.entries() ?? []) if (!this.#own.has(normalPath(entry.path))) yield entry
  }

  /** Adds or removes a member of a collection and keeps its count right. */
  changeMembers(collection: string, change: { add?: string; remove?: string }): void {
    this.update(collection, body => {
      const members = (Array.isArray(body['Members']) ? body['Members'] : []).filter(
        member => !isObject(member) || change.remove === undefined || !sameLink(member['@odata.id'], change.remove),
      )
      if (change.add !== undefined) members.push({ '@odata.id': change.add })
      return { ...body, Members: members, 'Members@odata.count': members.length }
    })
  }
}

const sameLink = (link: unknown, path: string): boolean =>
  typeof link === 'string' && normalPath(link) === normalPath(path)
