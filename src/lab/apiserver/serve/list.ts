import type { ApiObject } from '../object.js'
import { objectKey } from '../object.js'
import type { ApiResource } from '../resource.js'
import { badRequest, expired, StatusError } from '../status-error.js'
import type { Storage } from '../storage.js'
import type { RequestInfo } from './request-info.js'
import { type Selects, selectionOf } from './selection.js'

/** One page of a list. */
export interface Page {
  readonly items: readonly ApiObject[]
  readonly resourceVersion: string
  /** Empty on the last page. */
  readonly continue: string
  readonly remaining: number | undefined
}

/**
 * Reads a page. All pages of one list show the state of one moment: a later page reads the table as it was at the
 * revision in the token, and is 410 Expired when the history no longer reaches back.
 */
export const readPage = (storage: Storage, resource: ApiResource, info: RequestInfo): Page => {
  const { query } = info
  const token = query.get('continue') ?? ''
  const start = token === '' ? undefined : decodeToken(token)
  const revision = start?.revision ?? exactRevision(storage, query)
  const all = revision === undefined ? storage.list(resource.table) : storage.listAt(resource.table, revision)
  if (all === undefined)
    throw expired('The provided continue parameter or resource version is too old to display a consistent list result')
  const selected = select(all, selectionOf(resource, info), start?.after)
  const limit = Number(query.get('limit') ?? 0)
  const at = revision ?? storage.revision
  if (!(limit > 0) || selected.length <= limit)
    return { items: selected, resourceVersion: String(at), continue: '', remaining: undefined }
  const items = selected.slice(0, limit)
  const last = items.at(-1)
  const after = last === undefined ? '' : objectKey(last.metadata.namespace, last.metadata.name)
  return { items, resourceVersion: String(at), continue: encodeToken(at, after), remaining: selected.length - limit }
}

const select = (all: readonly ApiObject[], selects: Selects, after: string | undefined): readonly ApiObject[] =>
  all.filter(
    object =>
      (after === undefined || objectKey(object.metadata.namespace, object.metadata.name) > after) && selects(object),
  )

/** `resourceVersionMatch`: Exact reads history; NotOlderThan and none read the newest state. */
const exactRevision = (storage: Storage, query: URLSearchParams): number | undefined => {
  const text = query.get('resourceVersion') ?? ''
  const match = query.get('resourceVersionMatch') ?? ''
  if (!['', 'Exact', 'NotOlderThan'].includes(match)) throw badRequest(`unknown resourceVersionMatch ${match}`)
  if (match !== '' && text === '')
    throw badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided')
  if (text === '' || text === '0') return undefined
  const revision = parseRevision(storage, text)
  return match === 'Exact' ? revision : undefined
}

/** A resourceVersion of a request. One from the future is answered as a cache that lags behind would. */
export const parseRevision = (storage: Storage, text: string): number => {
  if (!/^\d+$/.test(text)) throw badRequest(`Invalid value: "${text}": invalid resource version`)
  const revision = Number(text)
  if (revision <= storage.revision) return revision
  throw new StatusError(504, 'Timeout', `Too large resource version: ${text}, current: ${storage.revision}`, {
    retryAfterSeconds: 1,
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
  })
}

const encodeToken = (revision: number, after: string): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after })).toString('base64url')

const decodeToken = (token: string): { revision: number; after: string } => {
  try {
    const value = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { rv?: unknown; start?: unknown }
    if (typeof value.rv === 'number' && typeof value.start === 'string')
      return { revision: value.rv, after: value.start }
  } catch {
    // not one of our tokens
  }
  throw badRequest('continue key is not valid')
}
