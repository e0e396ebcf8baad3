import { rfc3339 } from '../../../base/clock.js'
import type { Json, JsonObject } from '../json.js'
import { badRequest, unsupportedMediaType } from '../status-error.js'
import { decodableKinds, type FieldType, messages } from './messages.js'
import { readFields } from './wire.js'

const magic = Buffer.from('k8s\0', 'latin1')

/**
 * Reads a body of type application/vnd.kubernetes.protobuf, which kubectl's typed clients send when they create things.
 * Empty strings and empty messages are left out, as JSON would. 415 for kinds that are not in the table.
 */
export const decodeProtobuf = (bytes: Buffer): JsonObject => {
  if (!bytes.subarray(0, 4).equals(magic)) throw badRequest('the protobuf body lacks its prefix')
  const envelope = readFields(bytes.subarray(4))
  const part = (number: number) => envelope.find(field => field.number === number)?.value
  const type = part(1)
  const { apiVersion = '', kind = '' } = type instanceof Uint8Array ? decodeMessage('TypeMeta', type) : {}
  if (typeof kind !== 'string' || !decodableKinds.has(kind))
    throw unsupportedMediaType(`application/vnd.kubernetes.protobuf of kind ${JSON.stringify(kind)}`)
  const raw = part(2)
  return { apiVersion, kind, ...(raw instanceof Uint8Array ? decodeMessage(kind, raw) : {}) }
}

const decodeMessage = (name: string, bytes: Uint8Array): JsonObject => {
  const table = messages[name] ?? {}
  const result: Record<string, Json> = {}
  for (const { number, value } of readFields(bytes)) {
    const field = table[number]
    if (field === undefined) continue
    if (field.type.startsWith('map:')) {
      const [key, entry] = mapEntry(field, value)
      result[field.name] = { ...(result[field.name] as JsonObject | undefined), [key]: entry }
      continue
    }
    const read = decodeValue(field.type, value)
    if (field.repeated === true)
      result[field.name] = [...((result[field.name] as Json[] | undefined) ?? []), read ?? '']
    else if (read !== undefined) result[field.name] = read
  }
  return result
}

const mapEntry = (field: FieldType, value: bigint | Uint8Array): [string, Json] => {
  if (!(value instanceof Uint8Array)) throw badRequest(`the protobuf field ${field.name} is not a map`)
  const parts = new Map(readFields(value).map(part => [part.number, part.value]))
  const text = (number: number, encoding: BufferEncoding) => {
    const part = parts.get(number)
    return part instanceof Uint8Array ? Buffer.from(part).toString(encoding) : ''
  }
  return [text(1, 'utf8'), text(2, field.type === 'map:base64' ? 'base64' : 'utf8')]
}

/** Undefined for what Go leaves out of JSON: empty strings, empty messages, the zero time. */
const decodeValue = (type: string, value: bigint | Uint8Array): Json | undefined => {
  if (!(value instanceof Uint8Array)) return type === 'bool' ? value !== 0n : Number(BigInt.asIntN(64, value))
  if (type === 'string') return value.length === 0 ? undefined : Buffer.from(value).toString('utf8')
  if (type === 'time') return timeOf(value)
  const message = decodeMessage(type, value)
  return Object.keys(message).length === 0 ? undefined : message
}

const timeOf = (bytes: Uint8Array): string | undefined => {
  const seconds = readFields(bytes).find(field => field.number === 1)?.value
  return typeof seconds === 'bigint' ? rfc3339(Number(BigInt.asIntN(64, seconds)) * 1000) : undefined
}
