import { randomInt } from 'node:crypto'
import { isObject, type JsonObject } from './resource.js'
import { disguises, type Disguise } from './redact-disguise.js'
import { isSecretKey, kindOf, knownUsers, placeholder } from './redact-keys.js'

/** Resources by path. */
type Resources = ReadonlyMap<string, JsonObject>

export interface Redacted {
  readonly resources: Map<string, JsonObject>
  /** How many different values were replaced, by what they are. */
  readonly replaced: Readonly<Record<string, number>>
  /** The same replacements in any other text, such as a message about a path. */
  readonly text: (text: string) => string
}

/**
 * Replaces what tells whose server it is, and what nobody may know, by made-up values of the same shape: passwords and
 * their hashes, keys, licences and certificates; serial numbers and service tags; UUIDs, MAC addresses and WWNs; IP
 * addresses; names of hosts and users; contacts. One value becomes one and the same other value wherever it stands, also in
 * paths, so that links still meet. Settings, models and versions stay. `chance(n)` gives an integer from 0 below n.
 */
export const redactTree = (resources: Resources, chance: (below: number) => number = randomInt): Redacted => {
  const words = settingWords(resources)
  const disguise = disguises(chance)
  for (const [path, body] of resources) {
    learnOwnName(path, disguise)
    if (!isDictionary(body)) collect(body, words, disguise)
  }
  const redacted = new Map<string, JsonObject>()
  for (const [path, body] of resources) redacted.set(disguise.text(path), rewriteAll(body, words, disguise))
  return { resources: redacted, replaced: disguise.counts(), text: text => disguise.text(text) }
}

/** Some services name the system by its serial number, whatever stands in SerialNumber. */
const learnOwnName = (path: string, disguise: Disguise): void => {
  const [, name] = /^\/redfish\/v1\/(?:Systems|Chassis|Managers)\/([A-Z0-9]{8,})$/i.exec(path) ?? []
  if (name !== undefined && /\d/.test(name) && /[A-Z]/i.test(name)) disguise.learn('serial', name)
}

/** Registries and schemas: what their keys say is about settings, not about this server. */
const isDictionary = (body: JsonObject): boolean => 'RegistryEntries' in body || '$schema' in body

/** Every value that a registry lists for an attribute: a setting, whatever its name looks like. */
const settingWords = (resources: Resources): ReadonlySet<string> => {
  const words = new Set<string>()
  for (const body of resources.values()) {
    const entries = isObject(body['RegistryEntries']) ? body['RegistryEntries']['Attributes'] : undefined
    for (const entry of Array.isArray(entries) ? entries : []) {
      const values: unknown = isObject(entry) ? entry['Value'] : undefined
      for (const value of Array.isArray(values) ? values : [])
        for (const name of isObject(value) ? [value['ValueName'], value['ValueDisplayName']] : [])
          if (typeof name === 'string') words.add(name)
    }
  }
  return words
}

/** First pass: learns what is to be replaced from the keys under which it stands. */
const collect = (value: unknown, words: ReadonlySet<string>, disguise: Disguise, key = ''): void => {
  if (Array.isArray(value)) for (const item of value) collect(item, words, disguise, key)
  if (isObject(value)) for (const [name, item] of Object.entries(value)) collect(item, words, disguise, name)
  if (typeof value !== 'string') return
  disguise.learnForms(value)
  const text = value.trim()
  const kind = kindOf(key, text)
  if (kind === undefined || words.has(text) || placeholder(text)) return
  if (kind === 'user' && knownUsers.has(text.toLowerCase())) return
  // Recognised by its form anyway, and everywhere alike.
  if (kind === 'host' && /^[0-9.]+$|:/.test(text)) return
  disguise.learn(kind === 'host' && text.includes(' ') ? 'contact' : kind, text)
}

const rewriteAll = (body: JsonObject, words: ReadonlySet<string>, disguise: Disguise): JsonObject => {
  const made = rewrite(body, '', words, disguise)
  return isObject(made) ? made : {}
}

/** Second pass: replaces what was learned, and what is recognised by its form. */
const rewrite = (value: unknown, key: string, words: ReadonlySet<string>, disguise: Disguise): unknown => {
  if (Array.isArray(value)) return value.map(item => rewrite(item, key, words, disguise))
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        name.includes('@') ? name : disguise.text(name),
        rewrite(item, name, words, disguise),
      ]),
    )
  if (typeof value !== 'string' || words.has(value.trim())) return value
  if (isSecretKey(key)) return placeholder(value.trim()) ? value : disguise.secret(value)
  if (kindOf(key, value.trim()) !== undefined) return disguise.whole(value.trim()) ?? disguise.text(value)
  return isVersionKey(key) ? disguise.versionText(value) : disguise.text(value)
}

/** Versions have the form of IPv4 addresses. */
const isVersionKey = (key: string): boolean => /version|revision|firmware|release|build|microcode/i.test(key)
