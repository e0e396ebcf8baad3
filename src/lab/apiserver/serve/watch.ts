import type { ServerResponse } from 'node:http'
import type { Clock } from '../../../base/clock.js'
import type { Faults } from '../faults.js'
import { type ApiObject, withMetadata } from '../object.js'
import { type ApiResource, apiVersionOf } from '../resource.js'
import { expired } from '../status-error.js'
import type { StoredEvent, Storage } from '../storage.js'
import { parseRevision } from './list.js'
import { isTrue, type RequestInfo } from './request-info.js'
import { type Selects, selectionOf } from './selection.js'
import { WatchStream } from './watch-stream.js'

/** How long a watch lasts when the client does not say; Kubernetes spreads it between 30 and 60 minutes. */
const defaultTimeoutMs = 30 * 60_000
const bookmarkMs = 60_000

export interface WatchDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly faults: Faults
}

type EventType = StoredEvent['type']

/** Renders one event as a line of the stream. */
export type RenderEvent = (type: EventType, object: ApiObject) => string

/**
 * Streams changes until the client leaves, the time is over or the server stops. Begins with what happened after the
 * given resourceVersion (410 Expired when that is forgotten), or with the present state when none or 0 was given.
 */
export const serveWatch = (
  { storage, clock, faults }: WatchDeps,
  resource: ApiResource,
  info: RequestInfo,
  response: ServerResponse,
  render: RenderEvent,
): void => {
  const { query } = info
  const selects = selectionOf(resource, info)
  const backlog = initialEvents(storage, resource, query)
  const stream = new WatchStream(clock, faults, resource, response)
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' })
  response.flushHeaders()
  const deliver = (change: Change) => {
    const seen = seenAs(change, selects)
    if (seen !== undefined) stream.event(render(seen.type, seen.object))
  }
  const bookmark = (annotations?: Record<string, string>) =>
    stream.send(bookmarkLine(resource, storage.revision, annotations))
  backlog.forEach(deliver)
  if (isTrue(query.get('sendInitialEvents'))) bookmark({ 'k8s.io/initial-events-end': 'true' })
  const wantsBookmarks = isTrue(query.get('allowWatchBookmarks'))
  const seconds = Number(query.get('timeoutSeconds') ?? 0)
  const stop = [
    storage.subscribe((table, event) => {
      if (table === resource.table) deliver(event)
    }),
    faults.onExpire(resource, () => stream.gone()),
    wantsBookmarks ? every(clock, bookmarkMs, bookmark) : () => undefined,
    clock.after(seconds > 0 ? seconds * 1000 : defaultTimeoutMs, () => {
      if (wantsBookmarks) bookmark()
      stream.end()
    }),
  ]
  response.once('close', () => stop.forEach(cancel => cancel()))
}

const every = (clock: Clock, ms: number, run: () => void): (() => void) => {
  let cancel = clock.after(ms, function again() {
    run()
    cancel = clock.after(ms, again)
  })
  return () => cancel()
}

type Change = Pick<StoredEvent, 'type' | 'object' | 'previous'>

const initialEvents = (storage: Storage, resource: ApiResource, query: URLSearchParams): readonly Change[] => {
  const text = query.get('resourceVersion') ?? ''
  if (text === '' && query.get('sendInitialEvents') === 'false') return []
  if (text === '' || text === '0' || isTrue(query.get('sendInitialEvents')))
    return storage.list(resource.table).map(object => ({ type: 'ADDED', object, previous: undefined }))
  const events = storage.since(resource.table, parseRevision(storage, text))
  if (events === undefined) throw expired(`too old resource version: ${text}`)
  return events
}

/**
 * What a change looks like through a selector: an object may enter or leave what is selected without being created or
 * deleted. Leaving shows the last state that was selected, under the revision of the change.
 */
const seenAs = (change: Change, selects: Selects): { type: EventType; object: ApiObject } | undefined => {
  const { type, object, previous } = change
  if (type === 'DELETED') return selects(previous ?? object) ? { type, object } : undefined
  const before = previous !== undefined && selects(previous)
  if (selects(object)) return { type: before ? 'MODIFIED' : 'ADDED', object }
  if (!before) return undefined
  const { resourceVersion } = object.metadata
  return { type: 'DELETED', object: withMetadata(previous, { resourceVersion }) }
}

const bookmarkLine = (resource: ApiResource, revision: number, annotations?: Record<string, string>): string => {
  const metadata = { resourceVersion: String(revision), ...(annotations === undefined ? {} : { annotations }) }
  const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata }
  return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`
}
