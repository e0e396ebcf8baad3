import { KatametalError } from '../../base/errors.js'
import type { BmcCall } from '../model.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { isObject, type JsonObject, link, object, type RedfishResource, samePath, texts } from './resource.js'
import { readIfReadable } from './unreadable.js'

/** The Bios resource and where its future values stand. */
export interface BiosResources {
  readonly bios: RedfishResource
  readonly attributes: JsonObject
  /** Where the service says that its settings resource is, there or not; undefined when it is the Bios resource. */
  readonly settingsPath: string | undefined
  /** The settings resource; undefined when the service names none or does not have the one it names. */
  readonly settings: RedfishResource | undefined
  /** Its attributes; empty when nothing waits. */
  readonly settingsAttributes: JsonObject
  /** Whether the service offers to make a job for the next restart by itself. */
  readonly appliesOnReset: boolean
}

/**
 * Reads the Bios resource of the system and its settings resource.
 *
 * @throws KatametalError BMCUnsupported when the system has no BIOS settings, BMCBusy while the service has a Bios
 * resource but no attributes yet (some serve it so for a while after a restart)
 */
export const readBiosResources = async (
  client: RedfishClient,
  context: RedfishContext,
  call: BmcCall,
): Promise<BiosResources> => {
  const path = link(context.system.body, 'Bios') ?? `${context.systemPath.replace(/\/$/, '')}/Bios`
  const bios = await client.tryGet(path, call)
  if (bios === undefined)
    throw new KatametalError('BMCUnsupported', { about: context.systemPath, seen: 'the system has no BIOS settings' })
  const announced = object(bios.body, '@Redfish.Settings')
  const attributes = bios.body['Attributes']
  if (!isObject(attributes) || Object.keys(attributes).length === 0) {
    const expected =
      isObject(attributes) || bios.body['AttributeRegistry'] !== undefined || Object.keys(announced).length > 0
    throw new KatametalError(expected ? 'BMCBusy' : 'BMCUnsupported', { about: bios.path, seen: 'no attributes' })
  }
  const linked = link(announced, 'SettingsObject')
  const settings =
    linked === undefined
      ? await conventionalSettings(client, bios, call)
      : samePath(linked, bios.path)
        ? undefined
        : await readIfReadable(client, linked, call)
  const settingsPath = samePath(linked, bios.path) ? undefined : (linked ?? settings?.path)
  return {
    bios,
    attributes,
    settingsPath,
    settings,
    settingsAttributes: object(settings?.body, 'Attributes'),
    appliesOnReset: [bios.body, settings?.body].some(body =>
      texts(body, '@Redfish.Settings', 'SupportedApplyTimes').includes('OnReset'),
    ),
  }
}

/**
 * Where `@Redfish.Settings` is there and names no settings resource (Gigabyte), it may still stand under one of the
 * names that vendors give it. Where not even that is there, the Bios resource is the one to write (Cisco).
 */
const conventionalSettings = async (
  client: RedfishClient,
  bios: RedfishResource,
  call: BmcCall,
): Promise<RedfishResource | undefined> => {
  if (bios.body['@Redfish.Settings'] === undefined) return undefined
  const base = bios.path.replace(/[?#].*$/, '').replace(/\/$/, '')
  for (const name of usualNames) {
    const found = await readIfReadable(client, `${base}/${name}`, call)
    if (found !== undefined) return found
  }
  return undefined
}

const usualNames = ['Settings', 'SD', 'Pending']
