import type { Logger } from '../../base/log.js'
import { coreResources } from './builtin/core.js'
import { crdResources } from './builtin/crd.js'
import { eventResources } from './builtin/events.js'
import { otherResources } from './builtin/other-groups.js'
import { customResources } from './custom-resources.js'
import type { ApiObject } from './object.js'
import type { ApiResource } from './resource.js'
import type { RuleCompiler } from './schema/rules.js'
import type { Storage } from './storage.js'

const crdTable = 'apiextensions.k8s.io/customresourcedefinitions'

/** Every resource the server knows: the built-in ones, and those of the CustomResourceDefinitions in the storage. */
export class Registry {
  readonly #builtIn: readonly ApiResource[] = [
    ...coreResources(),
    ...eventResources(),
    ...otherResources(),
    ...crdResources(),
  ]
  readonly #custom = new Map<string, readonly ApiResource[]>()
  readonly #rules: RuleCompiler
  readonly #log: Logger
  #byPath = new Map<string, ApiResource>()
  readonly close: () => void

  constructor(storage: Storage, rules: RuleCompiler, log: Logger) {
    this.#rules = rules
    this.#log = log
    for (const crd of storage.list(crdTable)) this.#define(crd)
    this.#index()
    this.close = storage.subscribe((table, event) => {
      if (table !== crdTable) return
      // Status and metadata of a definition change nothing that is served.
      if (event.type === 'MODIFIED' && event.previous?.spec === event.object.spec) return
      if (event.type === 'DELETED') this.#custom.delete(event.key)
      else this.#define(event.object)
      this.#index()
    })
  }

  /** Built-in ones first, then custom ones by name of their definition. */
  all(): readonly ApiResource[] {
    return [...this.#byPath.values()]
  }

  find(group: string, version: string, plural: string): ApiResource | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`)
  }

  findKind(group: string, version: string, kind: string): ApiResource | undefined {
    return this.all().find(r => r.kind === kind && r.group === group && r.version === version)
  }

  /** Any served version of the resource behind a table. */
  ofTable(table: string): ApiResource | undefined {
    return this.all().find(resource => resource.table === table)
  }

  #define(crd: ApiObject): void {
    try {
      this.#custom.set(crd.metadata.name, customResources(crd, this.#rules))
    } catch (error) {
      this.#custom.delete(crd.metadata.name)
      this.#log.error({ crd: crd.metadata.name, err: error }, 'the definition cannot be served')
    }
  }

  #index(): void {
    const custom = [...this.#custom].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, resources]) => resources)
    this.#byPath = new Map([...this.#builtIn, ...custom].map(r => [`${r.group}/${r.version}/${r.plural}`, r]))
  }
}
