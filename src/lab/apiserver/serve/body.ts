import type { IncomingMessage } from 'node:http'
import { parse } from 'yaml'
import { isObject, type Json, type JsonObject } from '../json.js'
import { decodeProtobuf } from '../protobuf/decode.js'
import { badRequest, StatusError, unsupportedMediaType } from '../status-error.js'

const limit = 3 * 1024 * 1024 // what kube-apiserver accepts

/** The body of a request as JSON (or YAML or protobuf where the content type says so); undefined when there is none. */
export const readBody = async (request: IncomingMessage): Promise<Json | undefined> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw new StatusError(413, 'RequestEntityTooLarge', `limit is ${limit} bytes`)
    chunks.push(chunk)
  }
  if (size === 0) return undefined
  const type = mediaType(request)
  const bytes = Buffer.concat(chunks)
  if (type === 'application/vnd.kubernetes.protobuf') return decodeProtobuf(bytes)
  const text = bytes.toString('utf8')
  if (type.endsWith('yaml')) return parseYaml(text)
  if (type !== '' && !type.endsWith('json')) throw unsupportedMediaType(type)
  return parseJson(text)
}

/** The content type without parameters, in lower case; empty when none was sent. */
export const mediaType = (request: IncomingMessage): string =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

const parseJson = (text: string): Json => {
  try {
    return JSON.parse(text) as Json
  } catch {
    // The parser's message quotes the text, which may be a Secret.
    throw badRequest('the body is not valid JSON')
  }
}

const parseYaml = (text: string): Json => {
  try {
    return parse(text) as Json
  } catch {
    throw badRequest('the body is not valid YAML')
  }
}

/** The body as an object of the expected kind. */
export const objectBody = (body: Json | undefined): JsonObject => {
  if (!isObject(body)) throw badRequest('the body must be an object')
  return body
}
