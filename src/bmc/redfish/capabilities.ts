import { isKatametalError } from '../../base/errors.js'
import type { BmcCapabilities, BmcCall } from '../model.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { expandQuery } from './expansion.js'
import type { Slot } from './media-slots.js'
import { array, boolean, link, number, object, type RedfishResource, text, texts } from './resource.js'

/** What the service can do, as far as it tells. Nothing is written to find out. */
export const readCapabilities = async (
  client: RedfishClient,
  context: RedfishContext,
  slots: readonly Slot[],
  call: BmcCall,
): Promise<BmcCapabilities> => {
  const look = (path: string | undefined) => unlessBroken(undefined, () => client.tryGet(path, call))
  const { root, system } = context
  const bios = await look(link(system.body, 'Bios'))
  const settings = object(bios?.body, '@Redfish.Settings')
  const sessions = await look(link(root.body, 'SessionService'))
  const events = await look(link(root.body, 'EventService'))
  const offered = object(root.body, 'ProtocolFeaturesSupported', 'ExpandQuery')
  return {
    mediaSlots: slots.filter(slot => slot.usable).map(slot => slot.id),
    settingsObject: link(settings, 'SettingsObject'),
    applyTimes: texts(settings, 'SupportedApplyTimes'),
    secureBoot: link(system.body, 'SecureBoot') !== undefined,
    taskService: (link(root.body, 'Tasks') ?? link(root.body, 'TaskService')) !== undefined,
    events: eventsOf(events),
    expand: expandQuery(root.body),
    expandLevels: number(offered, 'MaxLevels'),
    sessionTimeoutSeconds: number(sessions?.body, 'SessionTimeout'),
    sessionLimit: await sessionLimit(client, root, call),
  }
}

/** Push to a listener is what EventService is for; a stream (SSE) is offered where it names one. */
const eventsOf = (service: RedfishResource | undefined): BmcCapabilities['events'] => {
  if (service === undefined || boolean(service.body, 'ServiceEnabled') === false) return 'none'
  return text(service.body, 'ServerSentEventUri') === undefined ? 'push' : 'push and stream'
}

/**
 * No service tells its limit. Once it has refused a login for it, as many sessions as are open right after the login
 * that followed are what it takes.
 */
const sessionLimit = async (
  client: RedfishClient,
  root: RedfishResource,
  call: BmcCall,
): Promise<number | undefined> => {
  if (!client.sessionLimitMet) return undefined
  const sessions = await unlessBroken(undefined, () => client.tryGet(link(root.body, 'Links', 'Sessions'), call))
  const open = array(sessions?.body, 'Members').length
  return open === 0 ? undefined : open
}

/** One broken resource beside the system must not make the whole server unknown; it counts as not offered. */
export const unlessBroken = async <R>(otherwise: R, read: () => Promise<R>): Promise<R> => {
  try {
    return await read()
  } catch (error) {
    if (isKatametalError(error) && error.kind === 'fault') return otherwise
    throw error
  }
}
