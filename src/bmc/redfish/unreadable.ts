import { isKatametalError } from '../../base/errors.js'

/**
 * Whether an error means that this one resource will not be readable next time either, while the rest of the service
 * is: it is broken, not there, or closed to our account. Busy and unreachable services are not meant.
 */
export const isLastingFailure = (error: unknown): boolean =>
  isKatametalError(error) && (error.kind === 'fault' || error.code === 'BMCForbidden')
