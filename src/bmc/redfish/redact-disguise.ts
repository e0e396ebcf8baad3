import { scrambled, scrambledMac } from './redact-scramble.js'
import type { SensitiveKind } from './redact-keys.js'

/** Gives each sensitive value its made-up counterpart, the same one every time. */
export interface Disguise {
  /** From now on the value is replaced where it stands by itself, and in longer texts if it is distinctive. */
  learn(kind: SensitiveKind, value: string): void
  /** Learns MAC addresses in a text: paths and host names hold them without separators. */
  learnForms(text: string): void
  /** The counterpart of a learned value; undefined for any other. */
  whole(value: string): string | undefined
  /** A text without anything learned or recognised by its form. */
  text(text: string): string
  /** Like text, where what looks like an IPv4 address is a version. */
  versionText(text: string): string
  /** The counterpart of something that is secret as a whole. */
  secret(value: string): string
  /** How many different values were replaced, by kind. */
  counts(): Record<string, number>
}

type Kind = SensitiveKind | 'secret' | 'uuid' | 'mac' | 'address'

export const disguises = (chance: (below: number) => number): Disguise => {
  const made = new Map<string, string>()
  const numbers: Partial<Record<Kind, number>> = {}
  const kinds = new Map<string, Kind>()
  /** Only replaced where they stand as such: the maker of a server may also be the organization in a certificate. */
  const contacts = new Set<string>()
  let pattern: RegExp | undefined

  const makeFor = (kind: Kind, value: string): string => {
    const plain = kind === 'mac' ? value.replace(/[:-]/g, '') : value
    const key = `${kind} ${plain.toLowerCase()}`
    let fresh = made.get(key)
    if (fresh === undefined) {
      const number = (numbers[kind] = (numbers[kind] ?? 0) + 1)
      fresh = makeUp(kind, plain, number, chance)
      made.set(key, fresh)
    }
    if (kind === 'mac') return separatedLike(value, fresh)
    return kind === 'secret' ? fresh : inCaseOf(value, fresh)
  }
  const learnedPattern = (): RegExp => {
    const values = [...kinds.keys()].filter(isDistinctive).sort((a, b) => b.length - a.length)
    return (pattern ??= values.length === 0 ? /(?!)/g : new RegExp(values.map(bounded).join('|'), 'gi'))
  }
  const whole = (value: string): string | undefined => {
    const kind = kinds.get(value.toLowerCase()) ?? (contacts.has(value.toLowerCase()) ? 'contact' : undefined)
    return kind === undefined ? undefined : makeFor(kind, value)
  }
  const versionText = (text: string): string =>
    text
      .replace(pem, pemRedacted)
      .replace(sshKey, (_all, type: string) => `${type} ${redactedBase64}`)
      .replace(email, 'someone@example.net')
      .replace(uuid, found => (/^[0-]*$/.test(found) ? found : makeFor('uuid', found)))
      .replace(longMac, found => makeFor('mac', found))
      .replace(mac, found => (isNoMac(found) ? found : makeFor('mac', found)))
      .replace(longHex, found => (/^0*$/.test(found) ? found : makeFor('secret', found)))
      .replace(ipv6, found => (isIPv6(found) ? makeFor('address', found) : found))
      .replace(learnedPattern(), found => whole(found) ?? found)
  return {
    learn: (kind, value) => {
      if (kind === 'contact') contacts.add(value.toLowerCase())
      else kinds.set(value.toLowerCase(), kind)
      pattern = undefined
    },
    learnForms: text => {
      for (const [found] of text.matchAll(mac)) {
        if (isNoMac(found)) continue
        kinds.set(found.replace(/[:-]/g, '').toLowerCase(), 'mac')
        pattern = undefined
      }
    },
    whole,
    versionText,
    text: text =>
      versionText(text).replace(ipv4, found => (notOfOneServer.test(found) ? found : makeFor('address', found))),
    secret: value => makeFor('secret', value),
    counts: () => ({ ...numbers }),
  }
}

const makeUp = (kind: Kind, value: string, number: number, chance: (below: number) => number): string => {
  switch (kind) {
    case 'host':
      return value.includes('.') ? `host${number}.example.net` : `host${number}`
    case 'user':
      return `user${number}`
    case 'contact':
      return `place ${number}`
    case 'address':
      return value.includes(':') ? `2001:db8::${number.toString(16)}` : documentationIPv4(number)
    case 'secret':
      return /^(0x)?[0-9a-f]{32,}$/i.test(value) ? scrambled(value, chance) : 'redacted'
    case 'mac':
      return scrambledMac(value, chance)
    case 'uuid':
    case 'serial':
      return scrambled(value, chance)
  }
}

/** RFC 5737, then RFC 2544: addresses that nobody has. */
const documentationIPv4 = (number: number): string => {
  const nets = ['192.0.2', '198.51.100', '203.0.113']
  const net = nets[Math.floor((number - 1) / 254)]
  const host = ((number - 1) % 254) + 1
  return net === undefined ? `198.18.${Math.floor(number / 254) % 256}.${host}` : `${net}.${host}`
}

const inCaseOf = (found: string, counterpart: string): string => {
  if (/[A-Z]/.test(found) && found === found.toUpperCase()) return counterpart.toUpperCase()
  return /[a-z]/.test(found) && found === found.toLowerCase() ? counterpart.toLowerCase() : counterpart
}

const separatedLike = (found: string, bare: string): string => {
  const separator = /[:-]/.exec(found)?.[0] ?? ''
  return inCaseOf(found, (bare.match(/../g) ?? []).join(separator))
}

/** Plain words and short numbers mean something else in most places where they stand. */
const isDistinctive = (value: string): boolean => value.length >= 5 && /[^a-z ]/.test(value)

/**
 * What holds letters and digits and is long stands also inside longer words (a host name made of a serial number);
 * anything else only by itself.
 */
const bounded = (value: string): string => {
  const literal = value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  const inside = value.length >= 6 && /[0-9]/.test(value) && /[a-z]/.test(value)
  return inside ? literal : `(?<![a-z0-9])${literal}(?![a-z0-9])`
}

const redactedBase64 = 'cmVkYWN0ZWQ='
const pemRedacted = `-----BEGIN CERTIFICATE-----\n${redactedBase64}\n-----END CERTIFICATE-----`
const pem = /-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/g
const sshKey = /\b(ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/=]{20,}/g
/** Not the annotations of OData and Redfish, which look alike. */
const email = /\b[\w.+-]+@(?!(?:odata|Redfish|Message|Privileges)\.)[\w-]+(?:\.[\w-]+)+\b/g
const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi
/** Eight bytes and more: world wide names, fingerprints. */
const longMac = /\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){7,}\b/gi
const mac = /\b[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}\b/gi
const longHex = /\b(?:0x)?[0-9a-f]{32,}\b/gi
const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const ipv4 = new RegExp(`(?<![\\w.-])${octet}(?:\\.${octet}){3}(?![\\w-]|\\.\\d)`, 'g')
/** Unset, loopback, link-local, masks, and those that were made up here. */
const notOfOneServer = /^(0\.|127\.|255\.|169\.254\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.)/
const ipv6 = /(?<![\w:.])(?:[0-9a-f]{1,4}:){1,7}(?::[0-9a-f]{1,4}){0,6}(?::|[0-9a-f]{1,4})?(?:%\w+)?(?![\w:.])/gi

const isNoMac = (text: string): boolean => /^(00|ff)([:-]\1)+$/i.test(text)

/** Times of day and bytes with colons look alike; addresses have a double colon, or eight groups of up to four. */
const isIPv6 = (text: string): boolean => {
  if (/^2001:db8:|^(0+:){7}0*[01]$/i.test(text)) return false
  const groups = text.split(':')
  return text.includes('::') || (groups.length === 8 && groups.some(group => group.length > 2))
}
