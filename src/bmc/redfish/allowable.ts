import type { BmcCall } from '../model.js'
import type { RedfishClient } from './client.js'
import { array, isObject, link } from './resource.js'

/** What may be written to a property: the annotation beside it. */
export const allowableValues = (from: unknown, property: string): readonly string[] | undefined => {
  const values = array(from, `${property}@Redfish.AllowableValues`).filter(value => typeof value === 'string')
  return values.length === 0 ? undefined : values
}

/** What may be written to a parameter of an action: the annotation, or the ActionInfo resource that some serve. */
export const allowableParameters = async (
  client: RedfishClient,
  action: unknown,
  parameter: string,
  call: BmcCall,
): Promise<readonly string[] | undefined> => {
  const annotated = allowableValues(action, parameter)
  if (annotated !== undefined) return annotated
  const info = await client.tryGet(link(action, '@Redfish.ActionInfo'), call)
  const entry = array(info?.body, 'Parameters')
    .filter(isObject)
    .find(one => one['Name'] === parameter)
  const values = array(entry, 'AllowableValues').filter(value => typeof value === 'string')
  return values.length === 0 ? undefined : values
}
