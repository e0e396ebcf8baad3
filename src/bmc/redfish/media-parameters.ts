import { isRedfishError, type RedfishError, type RedfishMessage } from './errors.js'
import type { JsonObject } from './resource.js'

/**
 * The parameters of InsertMedia to try after a refusal: what the service misses is added, what it does not know is
 * taken out; without a hint, and if `guess`, what many miss is added. Throws the refusal when there is nothing left to try.
 */
export const nextBody = (body: JsonObject, refusal: unknown, url: string, guess: boolean): JsonObject => {
  if (!isRedfishError(refusal) || refusal.status >= 500 || refusal.code !== 'BMCRejected') throw refusal
  if (![400, 415, 422].includes(refusal.status)) throw refusal
  const unknown = Object.keys(body).filter(name => name !== 'Image' && isUnknown(refusal, name))
  if (unknown.length > 0) return Object.fromEntries(Object.entries(body).filter(([name]) => !unknown.includes(name)))
  const values = parameters(url)
  const missing = Object.keys(values).filter(
    name => !(name in body) && refusal.messages.some(one => speaksOf(one, name)),
  )
  const wanted = missing.flatMap(name => together.find(names => names.includes(name)) ?? [name])
  const guessed = guess ? unasked.find(names => names.some(name => !(name in body))) : undefined
  const added = wanted.length > 0 ? wanted : (guessed ?? [])
  if (added.length === 0) throw refusal
  return { ...body, ...Object.fromEntries(added.map(name => [name, values[name]])) }
}

/** What a parameter is given when a service insists on it. User and password are of the image server: it needs none. */
const parameters = (url: string): Readonly<Record<string, unknown>> => ({
  TransferProtocolType: url.toLowerCase().startsWith('https:') ? 'HTTPS' : 'HTTP',
  TransferMethod: 'Stream',
  Inserted: true,
  WriteProtected: true,
  MediaType: 'CD',
  UserName: 'none',
  Password: 'none',
})

const together = [['UserName', 'Password']]

/** For services that refuse without saying what they miss, in the order in which they were met. */
const unasked = [['TransferProtocolType'], ['Inserted', 'WriteProtected'], ['TransferMethod']]

/** By related property, by argument, or only in the words of the message. */
const speaksOf = (message: RedfishMessage, name: string): boolean =>
  message.relatedProperties.some(pointer => pointer.split('/').at(-1) === name) ||
  message.args.some(arg => arg.split(/[/#]/).at(-1) === name) ||
  new RegExp(`\\b${name}\\b`, 'i').test(message.message)

const isUnknown = (refusal: RedfishError, name: string): boolean =>
  refusal.messages.some(one => /Unknown|NotSupported|NotWritable|Unrecognized/i.test(one.key) && speaksOf(one, name))
