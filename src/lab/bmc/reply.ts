import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject } from './json.js'

/** A request after its body was read. */
export interface BmcRequest {
  readonly method: string
  /** Decoded, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** Absent when there was no body; undefined with `bodyError` when it was not a JSON object. */
  readonly body: JsonObject | undefined
  readonly bodyError: boolean
}

/** One entry of `@Message.ExtendedInfo`; an id without a dot belongs to the general message registry. */
export interface Message {
  readonly id: string
  readonly text: string
  readonly related?: readonly string[]
  readonly args?: readonly string[]
}

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** A string is sent as it is. */
  readonly body?: JsonObject | string
  readonly messages?: readonly Message[]
}

export const refuse = (status: number, id: string, text: string, related?: readonly string[]): Reply => ({
  status,
  messages: [{ id, text, ...(related === undefined ? {} : { related }) }],
})

export const notFound = (path: string): Reply => refuse(404, 'ResourceMissingAtURI', `There is no resource at ${path}.`)

export const notAllowed = (allow: readonly string[]): Reply => ({
  ...refuse(405, 'OperationNotAllowed', 'This resource does not take that method.'),
  headers: { Allow: allow.join(', ') },
})
