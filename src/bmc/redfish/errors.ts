import { type ErrorCode, type ErrorDetail, KatametalError } from '../../base/errors.js'
import type { MessageMeanings } from '../vendors.js'
import { array, isObject, type JsonObject, object } from './resource.js'

/** One message of `@Message.ExtendedInfo`. */
export interface RedfishMessage {
  /** The last dot component of the MessageId: registries and versions in front of it vary between firmware releases. */
  readonly key: string
  readonly message: string
  readonly args: readonly string[]
  /** JSON pointers with a leading slash, a leading `#` removed. */
  readonly relatedProperties: readonly string[]
  readonly severity: string | undefined
}

/** An answer of the service with an error status, together with what it said about it message by message. */
export class RedfishError extends KatametalError {
  readonly status: number
  readonly messages: readonly RedfishMessage[]

  constructor(code: ErrorCode, status: number, messages: readonly RedfishMessage[], detail: ErrorDetail = {}) {
    super(code, detail)
    this.status = status
    this.messages = messages
  }
}

export const isRedfishError = (error: unknown, ...statuses: readonly number[]): error is RedfishError =>
  error instanceof RedfishError && (statuses.length === 0 || statuses.includes(error.status))

/** What an answer with an error status says. */
export interface FailedAnswer {
  readonly status: number
  readonly body: JsonObject | undefined
  readonly retryAfterMs: number | undefined
}

/** The messages of a body: in `error` (DSP0266 8.6), or beside the properties of a resource that was written. */
export const messagesOf = (body: unknown): readonly RedfishMessage[] => {
  const error = object(body, 'error')
  const inError = entries(error['@Message.ExtendedInfo'])
  const beside = isObject(body)
    ? Object.entries(body).flatMap(([key, value]) => (key.endsWith('@Message.ExtendedInfo') ? entries(value) : []))
    : []
  const inTask = array(body, 'Messages').filter(isObject)
  const found = [...inError, ...beside, ...inTask].map(message)
  return found.length > 0 || Object.keys(error).length === 0 ? found : [generalMessage(error)]
}

export const hasMeaning = (messages: readonly RedfishMessage[], keys: ReadonlySet<string>): boolean =>
  messages.some(one => keys.has(one.key.toLowerCase()))

/** One sentence of all messages, bounded so that it fits a condition. */
export const summary = (messages: readonly RedfishMessage[]): string | undefined => {
  const texts = new Set(messages.map(one => (one.message === '' ? one.key : one.message)))
  return texts.size === 0 ? undefined : [...texts].join(' ').slice(0, 500)
}

/** The error that an answer means. `about` names method and path; nothing else of the request is repeated. */
export const errorOf = (answer: FailedAnswer, about: string, meanings: MessageMeanings): RedfishError => {
  const messages = messagesOf(answer.body)
  const code = codeOf(answer.status, messages, meanings)
  const words = summary(messages)
  return new RedfishError(code, answer.status, messages, {
    about,
    seen: words === undefined ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${words}`,
    ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
  })
}

/** Seconds or an HTTP date (RFC 9110 10.2.3); `now` is the time by which the other side's date is judged. */
export const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

const codeOf = (status: number, messages: readonly RedfishMessage[], meanings: MessageMeanings): ErrorCode => {
  if (hasMeaning(messages, meanings.passwordChange)) return 'BMCForbidden'
  if (hasMeaning(messages, meanings.sessionLimit)) return 'BMCSessionLimit'
  if (status === 401 || (status < 500 && hasMeaning(messages, meanings.loginRefused))) return 'BMCLoginRefused'
  if (hasMeaning(messages, meanings.busy)) return 'BMCBusy'
  return codeOfStatus[status] ?? 'BMCRejected'
}

const codeOfStatus: Readonly<Partial<Record<number, ErrorCode>>> = {
  403: 'BMCForbidden',
  404: 'BMCNotFound',
  405: 'BMCUnsupported',
  408: 'BMCBusy',
  410: 'BMCNotFound',
  412: 'BMCPrecondition',
  423: 'BMCBusy',
  425: 'BMCBusy',
  428: 'BMCPrecondition',
  429: 'BMCBusy',
  501: 'BMCUnsupported',
  502: 'BMCConnectionLost',
  503: 'BMCBusy',
  504: 'BMCConnectionLost',
}

/** ExtendedInfo is an array by the standard and a single object on some iDRAC releases. */
const entries = (info: unknown): readonly JsonObject[] =>
  Array.isArray(info) ? info.filter(isObject) : isObject(info) ? [info] : []

const message = (entry: JsonObject): RedfishMessage => ({
  key: lastComponent(plain(entry['MessageId']) ?? plain(entry['MessageID']) ?? ''),
  message: withoutPaths(plain(entry['Message']) ?? ''),
  // Some services write the string "[]" where the list belongs.
  args: array(entry, 'MessageArgs').map(arg => withoutPaths(argument(arg))),
  relatedProperties: array(entry, 'RelatedProperties').flatMap(pointer => {
    const text = plain(pointer)?.replace(/^#/, '')
    return text === undefined ? [] : [text.startsWith('/') ? text : `/${text}`]
  }),
  severity: plain(entry['MessageSeverity']) ?? plain(entry['Severity']),
})

/** Arguments are texts by the standard; of anything that is not even a number only its kind is told. */
const argument = (arg: unknown): string => {
  if (typeof arg === 'string') return arg.trim()
  return typeof arg === 'number' || typeof arg === 'boolean' ? String(arg) : `(${arg === null ? 'null' : typeof arg})`
}

const generalMessage = (error: JsonObject): RedfishMessage => ({
  key: lastComponent(plain(error['code']) ?? ''),
  message: withoutPaths(plain(error['message']) ?? ''),
  args: [],
  relatedProperties: [],
  severity: undefined,
})

/** Services quote the URL that they could not use, and the path of a boot medium holds its token. */
const withoutPaths = (text: string): string =>
  text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"<>]*@/gi, '$1')
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s/?#'"<>]+)[/?#][^\s'"<>]*/gi, '$1/...')

const lastComponent = (id: string): string => id.slice(id.lastIndexOf('.') + 1)

const plain = (value: unknown): string | undefined => (typeof value === 'string' ? value.trim() : undefined)
