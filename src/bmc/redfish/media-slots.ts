import type { BmcCall, VirtualMediaSlot } from '../model.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { comparablePath, link, object, type RedfishResource, text, texts } from './resource.js'

/** A VirtualMedia resource and what can be done with it. */
export interface Slot extends VirtualMediaSlot {
  readonly resource: RedfishResource
  /** Target of InsertMedia; undefined where media is inserted by PATCH, or not at all. */
  readonly insert: string | undefined
  readonly eject: string | undefined
}

/** All slots of the system and of its manager: the best for a CD image first, what takes none last. */
export const readSlots = async (
  client: RedfishClient,
  context: RedfishContext,
  call: BmcCall,
): Promise<readonly Slot[]> => {
  const slots: Slot[] = []
  for (const collection of mediaCollections(context)) {
    const { resources } = await client.members(collection, call)
    slots.push(...resources.map(resource => slotOf(resource, context)))
  }
  // Array.sort is stable: among equals the order of the service stays, the system's slots before the manager's.
  return slots.sort((a, b) => rank(a) - rank(b))
}

export const slotOf = (resource: RedfishResource, context: Pick<RedfishContext, 'quirks'>): Slot => {
  const { body } = resource
  const mediaTypes = texts(body, 'MediaTypes')
  const insert = text(body, 'Actions', '#VirtualMedia.InsertMedia', 'target')
  const takesCd = mediaTypes.length === 0 || mediaTypes.some(type => /^(CD|DVD)$/i.test(type))
  const avoided = context.quirks.mediaSlotsToAvoid?.test(text(body, 'Id') ?? '') ?? false
  return {
    resource,
    id: link(body) ?? resource.path,
    mediaTypes,
    inserted: isInserted(resource),
    image: text(body, 'Image'),
    usable: takesCd && !avoided && (insert !== undefined || takesPatch(resource)),
    insert,
    eject: text(body, 'Actions', '#VirtualMedia.EjectMedia', 'target'),
  }
}

/** Slots without any action take media by PATCH; those with other actions only are for the remote console. */
const takesPatch = ({ body }: RedfishResource): boolean =>
  Object.keys(object(body, 'Actions')).every(key => key === 'Oem') && 'Image' in body && 'Inserted' in body

/** Services that never set Inserted tell by ConnectedVia, and others by the mere name of an image. */
const isInserted = ({ body }: RedfishResource): boolean => {
  const image = text(body, 'Image') ?? text(body, 'ImageName')
  if (text(body, 'ConnectedVia') === 'NotConnected' && image === undefined) return false
  const { Inserted: inserted } = body
  return typeof inserted === 'boolean' ? inserted : image !== undefined
}

const rank = (slot: Slot): number =>
  (slot.usable ? 0 : 4) +
  (slot.insert === undefined ? 2 : 0) +
  (slot.mediaTypes.length > 0 && slot.mediaTypes.every(type => /^(CD|DVD)$/i.test(type)) ? 0 : 1)

/** The system's collection, then the manager's; often both links lead to one and the same. */
const mediaCollections = (context: RedfishContext): readonly string[] => {
  const system = link(context.system.body, 'VirtualMedia')
  const manager = link(context.manager?.body, 'VirtualMedia')
  if (system === undefined) return manager === undefined ? [] : [manager]
  return manager === undefined || comparablePath(manager) === comparablePath(system) ? [system] : [system, manager]
}
