import { isIP, isIPv4, isIPv6 } from 'node:net'

const dateTime =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d\d:?\d\d)$/i
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const mac = /^([0-9A-Fa-f]{2}([:-]|$)){6}$/
const hostname =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$/
const email = /^[^\s@]+@[^\s@]+$/
const duration = /^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w))*$|^0$/
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/**
 * The string formats that apiextensions/v1 enforces, as far as objects of a bare-metal cluster use them. A format that
 * is not listed is accepted unchecked, as Kubernetes does with formats it does not know.
 */
export const formats: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': text => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
  datetime: text => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
  date: text => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  byte: text => base64.test(text),
  uri: text => URL.canParse(text) || text.startsWith('/'),
  uuid: text => uuid.test(text),
  uuid4: text => uuid.test(text),
  mac: text => mac.test(text),
  hostname: text => hostname.test(text),
  email: text => email.test(text),
  duration: text => duration.test(text),
  ipv4: text => isIPv4(text),
  ipv6: text => isIPv6(text),
  ip: text => isIP(text) !== 0,
  cidr: text => {
    const [address = '', length = '', ...rest] = text.split('/')
    const limit = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1
    return rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= limit
  },
}

/** metadata.name of most kinds (RFC 1123 subdomain of at most 253 characters). */
export const isSubdomain = (text: string): boolean => text.length <= 253 && subdomain.test(text)

/** metadata.name of namespaces and services (RFC 1123 label). */
export const isLabel = (text: string): boolean => text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text)

/** A label key, annotation key or finalizer: an optional subdomain prefix and a name of at most 63 characters. */
export const isQualifiedName = (text: string): boolean => {
  const slash = text.indexOf('/')
  const name = text.slice(slash + 1)
  if (slash >= 0 && !isSubdomain(text.slice(0, slash))) return false
  return name.length <= 63 && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(name)
}

export const isLabelValue = (text: string): boolean =>
  text.length <= 63 && /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/.test(text)
