import { isIPv6 } from 'node:net'
import { KatametalError } from '../base/errors.js'
import type { BootMethod } from './model.js'

/** Where a BMC is and how to talk to it, from a Metal3-style address. */
export interface BmcAddress {
  /** As written, lower case, without `+http` or `+https`; `https` for a plain URL. */
  readonly scheme: string
  readonly transport: 'redfish' | 'ipmi'
  /** Whether Redfish goes over TLS; false for IPMI. */
  readonly https: boolean
  /** Name or IP address, lower case; IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** Path of the ComputerSystem without a trailing slash; undefined when it is to be discovered. */
  readonly systemPath: string | undefined
  /** How the scheme says the server is to be booted; undefined for the best that the server offers. */
  readonly bootMethod: BootMethod | undefined
}

interface Scheme {
  readonly transport: BmcAddress['transport']
  readonly bootMethod: BootMethod | undefined
  /** Whether `+http` and `+https` may be appended. */
  readonly choice: boolean
}

const schemes: Readonly<Record<string, Scheme>> = {
  ipmi: { transport: 'ipmi', bootMethod: 'Pxe', choice: false },
  https: { transport: 'redfish', bootMethod: undefined, choice: false },
  redfish: { transport: 'redfish', bootMethod: undefined, choice: true },
  'redfish-virtualmedia': { transport: 'redfish', bootMethod: 'VirtualMedia', choice: true },
  'redfish-uefihttp': { transport: 'redfish', bootMethod: 'UefiHttp', choice: true },
  'idrac-redfish': { transport: 'redfish', bootMethod: undefined, choice: true },
  'idrac-virtualmedia': { transport: 'redfish', bootMethod: 'VirtualMedia', choice: true },
  'ilo5-redfish': { transport: 'redfish', bootMethod: undefined, choice: true },
  'ilo5-virtualmedia': { transport: 'redfish', bootMethod: 'VirtualMedia', choice: true },
}

const form = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\[[^\]]*\]|[^/:?#@[\]\\]*)(?::([0-9]{1,5}))?(\/[^?#\\]*)?$/i

/**
 * Reads an address as Metal3 writes them: `<scheme>://<host>[:port][/path of the system]`; a host without scheme means
 * IPMI; plain http only by `+http`. Errors: BMCAddressInvalid, BMCSchemeUnknown; they never repeat a password that
 * somebody put into the address.
 */
export const parseBmcAddress = (text: string): BmcAddress => {
  const input = text.trim()
  if (isIPv6(input)) return parseBmcAddress(`[${input}]`)
  const about = withoutUserInfo(input)
  const invalid = (seen: string) => new KatametalError('BMCAddressInvalid', { about, seen })
  if (/[\s\p{Cc}]/u.test(input)) throw invalid('white space or a control character in it')
  if (input.includes('@')) throw invalid('user and password belong into the Secret, not into the address')
  const match = form.exec(input)
  if (match === null) throw invalid('not of the form <scheme>://<host>[:port][/path]')
  const [, written = 'ipmi', hostPart = '', portPart, path = ''] = match
  const [scheme, suffix] = splitSuffix(written.toLowerCase())
  const known = Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined
  if (known === undefined || (suffix !== undefined && !known.choice))
    throw new KatametalError('BMCSchemeUnknown', { about, seen: written })
  const https = known.transport === 'redfish' && suffix !== 'http'
  const systemPath = pathOfSystem(path, invalid)
  if (known.transport === 'ipmi' && systemPath !== undefined) throw invalid('an IPMI address has no path')
  return {
    scheme,
    transport: known.transport,
    https,
    host: checkedHost(hostPart, invalid),
    port: portPart === undefined ? defaultPort(known.transport, https) : checkedPort(portPart, invalid),
    systemPath,
    bootMethod: known.bootMethod,
  }
}

/** `https://host:port`, IPv6 in brackets, the port always written. */
export const originOf = ({ https, host, port }: Pick<BmcAddress, 'https' | 'host' | 'port'>): string =>
  `${https ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${port}`

type Invalid = (seen: string) => KatametalError

const splitSuffix = (scheme: string): [string, string | undefined] => {
  const [, base, suffix] = /^(.*)\+(https?)$/.exec(scheme) ?? []
  return base === undefined ? [scheme, undefined] : [base, suffix]
}

/** The URL parser knows IDNA, IPv4 in all its notations and IPv6; it only has to see the host by itself. */
const checkedHost = (host: string, invalid: Invalid): string => {
  if (host === '') throw invalid('the host is missing')
  if (host.startsWith('[') && host.includes('%'))
    throw invalid('IPv6 zone ids (after %) mean something on one machine only: give the BMC an address without one')
  let parsed: string
  try {
    parsed = new URL(`https://${host}/`).hostname
  } catch {
    throw invalid(`${host} is neither a host name nor an IP address`)
  }
  return parsed.replace(/^\[|\]$/g, '')
}

const checkedPort = (port: string, invalid: Invalid): number => {
  const number = Number(port)
  if (number < 1 || number > 65535) throw invalid(`port ${port} is not between 1 and 65535`)
  return number
}

const defaultPort = (transport: BmcAddress['transport'], https: boolean): number =>
  transport === 'ipmi' ? 623 : https ? 443 : 80

const pathOfSystem = (path: string, invalid: Invalid): string | undefined => {
  const trimmed = path.replace(/\/+$/, '')
  if (trimmed === '' || /^\/redfish(\/v1(\/systems)?)?$/i.test(trimmed)) return undefined
  if (trimmed.split('/').some((part, index) => index > 0 && (part === '' || part === '.' || part === '..')))
    throw invalid('the path has empty or dotted parts')
  return trimmed
}

const withoutUserInfo = (input: string): string => input.replace(/^([^/]*\/\/)?.*@/s, '$1')
