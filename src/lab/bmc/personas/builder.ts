import type { Json, JsonObject } from '../json.js'
import { ResourceTree } from '../resource-tree.js'

export const link = (path: string): JsonObject => ({ '@odata.id': path })

/** Makes resources that all have `@odata.id`, `@odata.type`, `Id` and `Name`, and collections that name them. */
export class TreeBuilder {
  readonly tree = new ResourceTree()

  /** `type` as in `ComputerSystem.v1_14_0`; Id is the last segment of the path unless `fields` has one. */
  add(path: string, type: string, name: string, fields: JsonObject = {}): string {
    const bare = path.replace(/\/$/, '')
    this.tree.put(path, {
      '@odata.id': path,
      '@odata.type': `#${type}.${type.split('.')[0] ?? type}`,
      Id: bare.slice(bare.lastIndexOf('/') + 1),
      Name: name,
      ...fields,
    })
    return path
  }

  /** A collection of what was added already. */
  collect(path: string, type: string, members: readonly string[]): string {
    this.tree.put(path, {
      '@odata.id': path,
      '@odata.type': `#${type}.${type}`,
      Name: type.replace(/([a-z])([A-Z])/g, '$1 $2'),
      Members: members.map(link),
      'Members@odata.count': members.length,
    })
    return path
  }

  /** Adds fields to a resource. */
  extend(path: string, fields: JsonObject): void {
    this.tree.update(path, body => ({ ...body, ...fields }))
  }
}

export const healthy: Json = { State: 'Enabled', Health: 'OK', HealthRollup: 'OK' }
