import type { BiosValue, BmcCall } from '../model.js'
import type { BiosResources } from './bios-resource.js'
import type { RedfishClient, WriteAnswer } from './client.js'
import { isRedfishError } from './errors.js'
import { isObject, type RedfishResource } from './resource.js'

/**
 * PATCHes attributes to where the service takes them: the settings resource when it is there, else the Bios resource,
 * and the other one when the first may not be written. A settings resource that was empty may accept and forget
 * (Supermicro X13): it is read again, and the Bios resource is written when nothing arrived.
 */
export const patchBios = async (
  client: RedfishClient,
  resources: BiosResources,
  attributes: Readonly<Record<string, BiosValue>>,
  call: BmcCall,
): Promise<WriteAnswer> => {
  const { bios, settings, settingsPath, appliesOnReset, settingsAttributes } = resources
  const body = { Attributes: attributes }
  const future = appliesOnReset ? { ...body, '@Redfish.SettingsApplyTime': { ApplyTime: 'OnReset' } } : body
  if (settings === undefined) {
    return ladder(
      () => client.patch(bios, body, call),
      settingsPath === undefined ? undefined : () => client.patch(settingsPath, future, call),
    )
  }
  let taken = settings
  const answer = await ladder(
    () => client.patch(settings, future, call),
    () => {
      taken = bios
      return client.patch(bios, body, call)
    },
  )
  const mayForget = taken === settings && answer.task === undefined && Object.keys(settingsAttributes).length === 0
  if (!mayForget || (await arrived(client, resources, Object.keys(attributes), call))) return answer
  try {
    const second = await client.patch(bios, body, call)
    return { ...second, messages: [...answer.messages, ...second.messages] }
  } catch (error) {
    // The settings resource has at least accepted it: whether it holds is seen by the caller, who reads back.
    if (!isRedfishError(error)) throw error
    return answer
  }
}

/** The second when the first place does not exist or may not be written. */
const ladder = async (
  first: () => Promise<WriteAnswer>,
  second: (() => Promise<WriteAnswer>) | undefined,
): Promise<WriteAnswer> => {
  try {
    return await first()
  } catch (error) {
    if (second === undefined || !isRedfishError(error, 404, 405, 501)) throw error
    return second()
  }
}

const arrived = async (
  client: RedfishClient,
  { settings, bios }: BiosResources,
  names: readonly string[],
  call: BmcCall,
): Promise<boolean> => {
  const holds = (resource: RedfishResource | undefined, before: unknown) => {
    const now = resource?.body['Attributes']
    return (
      isObject(now) && names.some(name => Object.hasOwn(now, name) && (!isObject(before) || now[name] !== before[name]))
    )
  }
  if (holds(await client.tryGet(settings?.path, call), undefined)) return true
  return holds(await client.tryGet(bios.path, call), bios.body['Attributes'])
}
