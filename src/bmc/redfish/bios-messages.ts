import type { BiosComplaint } from '../../firmware/model.js'
import type { RedfishMessage } from './errors.js'
import { messagesOf } from './errors.js'
import { object, type RedfishResource } from './resource.js'

/** Attributes that an answer to a write names as not taken, each with what the service says about it. */
export const refusedIn = (
  messages: readonly RedfishMessage[],
  written: readonly string[],
): ReadonlyMap<string, string> => {
  const refused = new Map<string, string>()
  for (const message of messages.filter(isComplaint)) {
    const attribute = written.find(name => namesAttribute(message, name))
    if (attribute !== undefined && !refused.has(attribute)) refused.set(attribute, message.message || message.key)
  }
  return refused
}

/** What `@Redfish.Settings.Messages` of a Bios resource says went wrong when settings were applied the last time. */
export const complaintsOf = (bios: RedfishResource): BiosComplaint[] => {
  const attributes = Object.keys(object(bios.body, 'Attributes'))
  return messagesOf(object(bios.body, '@Redfish.Settings'))
    .filter(isComplaint)
    .map(message => ({
      // One that is not served any more is still named by the pointer.
      attribute: attributes.find(name => namesAttribute(message, name)) ?? pointedAt(message),
      message: message.message || message.key,
    }))
}

/**
 * The key decides where it is one of the Base registry's; the severity for the others. Neither alone is enough: HPE
 * calls the need of a restart a warning, and many services leave the severity out.
 */
const isComplaint = ({ key, severity }: RedfishMessage): boolean => {
  if (/success|created|accepted|reset(?:is)?required|rebootrequired|settingsapplied|noop|modified$/i.test(key))
    return false
  return /^(?:property|attribute|value)|unknown|invalid|readonly|notwritable|error|fail/i.test(key) || isBad(severity)
}

const isBad = (severity: string | undefined): boolean => severity === 'Critical' || severity === 'Warning'

/** By pointer, by argument, or in quotes in the text; never by a bare word, as attribute names are words too. */
const namesAttribute = ({ relatedProperties, args, message }: RedfishMessage, name: string): boolean =>
  relatedProperties.some(pointer => unescaped(lastOf(pointer)) === name) ||
  args.some(arg => arg === name || lastOf(arg) === name) ||
  [`'${name}'`, `"${name}"`].some(quoted => message.includes(quoted))

const pointedAt = ({ relatedProperties }: RedfishMessage): string | undefined => {
  const pointer = relatedProperties.find(one => /\/Attributes\/[^/]+$/.test(one))
  return pointer === undefined ? undefined : unescaped(lastOf(pointer))
}

/** `/Attributes/Name` by the standard; `/Attributes.Name` and `Attributes.Name` are seen too. */
const lastOf = (pointer: string): string => pointer.replace(/^.*\//, '').replace(/^Attributes\./, '')

/** RFC 6901. */
const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~')
