import type { BmcCall, VirtualMediaSlot } from '../model.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { comparablePath, link, links, object, type RedfishResource, samePath, text, texts } from './resource.js'

/** A VirtualMedia resource and what can be done with it. */
export interface Slot extends VirtualMediaSlot {
  readonly resource: RedfishResource
  /** Target of InsertMedia; undefined where media is inserted by PATCH, or not at all. */
  readonly insert: string | undefined
  readonly eject: string | undefined
}

/**
 * All slots of the system and of its manager: the best for a CD image first, what takes none last. With `url`, free
 * slots and those that hold an image of the same server come before such that somebody else uses.
 */
export const readSlots = async (
  client: RedfishClient,
  context: RedfishContext,
  call: BmcCall,
  url?: string,
): Promise<readonly Slot[]> => {
  const slots: Slot[] = []
  for (const collection of await mediaCollections(client, context, call)) {
    const { resources } = await client.members(collection, call)
    slots.push(...resources.map(resource => slotOf(resource, context)))
  }
  const taken = (slot: Slot): number => (url !== undefined && slot.inserted && !isFrom(slot.image, url) ? 8 : 0)
  // Array.sort is stable: among equals the order of the service stays, the system's slots before the manager's.
  return slots.sort((a, b) => rank(a) + taken(a) - rank(b) - taken(b))
}

/** Whether an image comes from the same server as `url`: left behind by an earlier operation of ours. */
const isFrom = (image: string | undefined, url: string): boolean =>
  image !== undefined && URL.canParse(image) && URL.canParse(url) && new URL(image).host === new URL(url).host

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

/** What takes no CD last; then actions before PATCH, and slots for CDs before those for DVDs and for everything. */
const rank = (slot: Slot): number =>
  (slot.usable ? 0 : 16) + (slot.insert === undefined ? 4 : 0) + rankOfTypes(slot.mediaTypes)

const rankOfTypes = (types: readonly string[]): number => {
  if (types.length === 0 || !types.every(type => /^(CD|DVD)$/i.test(type))) return 2
  return types.some(type => /^CD$/i.test(type)) ? 0 : 1
}

/**
 * The system's collection, then the manager's; often both links lead to one and the same. Where neither has one,
 * those of the other managers of the system.
 */
const mediaCollections = async (
  client: RedfishClient,
  context: RedfishContext,
  call: BmcCall,
): Promise<readonly string[]> => {
  const own = [context.system.body, context.manager?.body].flatMap(body => link(body, 'VirtualMedia') ?? [])
  if (own.length > 0) return distinct(own)
  const others = links(context.system.body, 'Links', 'ManagedBy').filter(path => !samePath(path, context.managerPath))
  const found: string[] = []
  for (const path of others) {
    const manager = await client.tryGet(path, call)
    found.push(...[link(manager?.body, 'VirtualMedia') ?? []].flat())
  }
  return distinct(found)
}

const distinct = (paths: readonly string[]): readonly string[] => [
  ...new Map(paths.map(path => [comparablePath(path), path])).values(),
]
