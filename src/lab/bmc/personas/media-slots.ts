import type { JsonObject } from '../json.js'
import { link, type TreeBuilder } from './builder.js'

export interface SlotSpec {
  readonly id: string
  readonly mediaTypes: readonly string[]
  /** Which actions it shows while it is empty. */
  readonly actions: readonly ('InsertMedia' | 'EjectMedia')[]
}

/** Adds a VirtualMedia collection below a System or a Manager and links it there. */
export const addVirtualMedia = (builder: TreeBuilder, owner: string, slots: readonly SlotSpec[]): void => {
  const paths = slots.map(({ id, mediaTypes, actions }) => {
    const path = `${owner}/VirtualMedia/${id}`
    return builder.add(path, 'VirtualMedia.v1_4_1', `Virtual media ${id}`, {
      MediaTypes: [...mediaTypes],
      Image: null,
      ImageName: null,
      Inserted: false,
      ConnectedVia: 'NotConnected',
      WriteProtected: true,
      ...(actions.length === 0 ? {} : { Actions: actionsOf(path, actions) }),
    })
  })
  builder.extend(owner, {
    VirtualMedia: link(builder.collect(`${owner}/VirtualMedia`, 'VirtualMediaCollection', paths)),
  })
}

const actionsOf = (path: string, actions: SlotSpec['actions']): JsonObject =>
  Object.fromEntries(actions.map(name => [`#VirtualMedia.${name}`, { target: `${path}/Actions/VirtualMedia.${name}` }]))
