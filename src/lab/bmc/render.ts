import type { Behaviour } from './behaviour.js'
import type { Json, JsonObject } from './json.js'
import type { Message, Reply } from './reply.js'

/** What goes over the wire: headers and text of a reply in the manner of the persona (DSP0266 section 8). */
export const render = (reply: Reply, behaviour: Behaviour): { headers: Record<string, string>; text: string } => {
  const headers: Record<string, string> = { 'OData-Version': '4.0', 'Cache-Control': 'no-cache', ...reply.headers }
  if (typeof reply.body === 'string') return { headers: { ...contentType, ...headers }, text: reply.body }
  const body = reply.status >= 400 ? errorBody(reply, behaviour) : successBody(reply, behaviour)
  if (body === undefined) return { headers, text: '' }
  return { headers: { ...contentType, ...headers }, text: JSON.stringify(body) }
}

const contentType = { 'Content-Type': 'application/json; charset=utf-8' }

const successBody = ({ body, messages }: Reply, behaviour: Behaviour): Json | undefined =>
  messages === undefined || typeof body === 'string'
    ? body
    : { ...body, '@Message.ExtendedInfo': messages.map(message => extendedInfo(message, 'OK', behaviour)) }

const errorBody = ({ messages = [] }: Reply, behaviour: Behaviour): JsonObject => {
  const infos = messages.map(message => extendedInfo(message, 'Critical', behaviour))
  const [first] = messages
  return {
    error: {
      code: first === undefined ? `${behaviour.messages}.GeneralError` : messageId(first, behaviour),
      message: first?.text ?? 'A general error has occurred.',
      '@Message.ExtendedInfo': behaviour.extendedInfoAsObject && infos[0] !== undefined ? infos[0] : infos,
    },
  }
}

const messageId = ({ id }: Message, behaviour: Behaviour): string =>
  id.includes('.') ? id : `${behaviour.messages}.${id}`

const extendedInfo = (message: Message, severity: string, behaviour: Behaviour): JsonObject => ({
  '@odata.type': '#Message.v1_1_1.Message',
  MessageId: messageId(message, behaviour),
  Message: message.text,
  MessageArgs: [...(message.args ?? [])],
  RelatedProperties: [...(message.related ?? [])],
  Severity: severity,
  Resolution: severity === 'OK' ? 'None' : 'Correct the request and send it again.',
})
