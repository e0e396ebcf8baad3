import { isKatametalError } from '../../base/errors.js'
import type { BmcCall } from '../model.js'
import type { RedfishClient } from './client.js'
import type { RedfishResource } from './resource.js'

/**
 * Whether an error means that this one resource will not be readable next time either, while the rest of the service
 * is: it is broken, not there, or closed to our account. Busy and unreachable services are not meant.
 */
export const isLastingFailure = (error: unknown): boolean =>
  isKatametalError(error) && (error.kind === 'fault' || error.code === 'BMCForbidden')

/** The resource, or undefined where it is not there, broken or closed to our account on its own. */
export const readIfReadable = async (
  client: RedfishClient,
  path: string | undefined,
  call: BmcCall,
): Promise<RedfishResource | undefined> => {
  try {
    return await client.tryGet(path, call)
  } catch (error) {
    if (isLastingFailure(error)) return undefined
    throw error
  }
}
