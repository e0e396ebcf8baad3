import type { BmcCall } from '../model.js'
import type { RedfishClient, WriteAnswer } from './client.js'
import type { RedfishContext } from './context.js'
import { isRedfishError } from './errors.js'
import { boolean, link, type RedfishResource, samePath, text } from './resource.js'
import { readIfReadable } from './unreadable.js'

/** Secure boot as its resource shows it (SecureBoot.v1). */
export interface SecureBootState {
  /** In force since the last start (SecureBootCurrentBoot); where that is not told, what is set. */
  readonly current: boolean
  /** What is set for the next start (SecureBootEnable). */
  readonly next: boolean
  /** Where it is written: the resource, or the settings object that it names. */
  readonly target: RedfishResource
  readonly resource: RedfishResource
}

/**
 * Reads the SecureBoot resource of the system. Undefined where there is none, where it does not say whether secure
 * boot is on, and where it alone is broken or closed to us: BIOS attributes may tell then.
 */
export const readSecureBoot = async (
  client: RedfishClient,
  { system }: Pick<RedfishContext, 'system'>,
  call: BmcCall,
): Promise<SecureBootState | undefined> => {
  const resource = await readIfReadable(client, link(system.body, 'SecureBoot'), call)
  const enabled = boolean(resource?.body, 'SecureBootEnable')
  if (resource === undefined || enabled === undefined) return undefined
  const settingsPath = link(resource.body, '@Redfish.Settings', 'SettingsObject')
  const settings = samePath(settingsPath, resource.path) ? undefined : await readIfReadable(client, settingsPath, call)
  const current = currentOf(resource) ?? enabled
  return {
    current,
    next: boolean(settings?.body, 'SecureBootEnable') ?? enabled,
    target: settings ?? resource,
    resource,
  }
}

/** Sets it for the next start; the resource itself is written where its settings object takes no writes. */
export const writeSecureBoot = async (
  client: RedfishClient,
  { target, resource }: SecureBootState,
  enabled: boolean,
  call: BmcCall,
): Promise<WriteAnswer> => {
  const body = { SecureBootEnable: enabled }
  try {
    return await client.patch(target, body, call)
  } catch (error) {
    if (target === resource || !isRedfishError(error, 404, 405, 501)) throw error
    return client.patch(resource, body, call)
  }
}

const currentOf = ({ body }: RedfishResource): boolean | undefined => {
  const word = text(body, 'SecureBootCurrentBoot')?.toLowerCase()
  return word === 'enabled' ? true : word === 'disabled' ? false : undefined
}
