import { isKatametalError } from '../../base/errors.js'
import type { BmcCall } from '../model.js'
import type { RedfishClient } from './client.js'
import { problemOf } from './collection.js'
import { inTurns } from './in-turns.js'
import { array, comparablePath, isObject, type JsonObject, link, object, type Problem, text } from './resource.js'

export interface RecordLimits {
  /** Resources that are read at most. */
  readonly resources: number
  /** Bytes of JSON at most. */
  readonly bytes: number
  /** Entries of each log at most; 0 leaves logs empty. */
  readonly logEntries: number
}

export interface RecordProgress {
  readonly resources: number
  readonly waiting: number
}

/** A service as it was seen through its links. */
export interface Recording {
  /** By path without trailing slash, as the links spell it. */
  readonly resources: ReadonlyMap<string, JsonObject>
  readonly bytes: number
  /** What could not be read, was no JSON, or was left out since a limit was reached. */
  readonly problems: readonly Problem[]
  readonly requests: number
}

/**
 * Reads a service from its root through all links, breadth first, one after the other resource it names on its own
 * origin. Left out: schemas and registries of messages, which are the same everywhere; sessions, of which one is ours;
 * log entries beyond the limit. Pages of a collection become one. Sends only GETs.
 */
export const recordTree = async (
  client: RedfishClient,
  limits: RecordLimits,
  call: BmcCall,
  tell: (progress: RecordProgress) => void,
): Promise<Recording> => {
  const before = client.requests
  const resources = new Map<string, JsonObject>()
  const problems: Problem[] = []
  const root = await client.root(call)
  const sessions = link(root.body, 'Links', 'Sessions') ?? '/redfish/v1/SessionService/Sessions'
  const known = new Set<string>()
  let bytes = 0
  let waiting: string[] = []
  const enqueue = (path: string): void => {
    const key = comparablePath(path)
    if (known.has(key) || isLeftOut(path) || comparablePath(path).startsWith(`${comparablePath(sessions)}/`)) return
    known.add(key)
    waiting.push(path)
  }
  const keep = (path: string, body: JsonObject): void => {
    const size = JSON.stringify(body).length
    if (bytes + size > limits.bytes) {
      problems.push({ about: path, message: `left out: the limit of ${limits.bytes} bytes is reached` })
      return
    }
    bytes += size
    const shown = comparablePath(path) === comparablePath(sessions) ? emptied(body) : limited(body, path, limits)
    resources.set(path.replace(/\/+$/, ''), shown)
    for (const target of linksIn(shown)) enqueue(target)
  }
  enqueue('/redfish/v1')
  enqueue(sessions)
  while (waiting.length > 0) {
    const room = limits.resources - resources.size
    const batch = waiting.slice(0, Math.min(room, batchSize))
    if (batch.length === 0) {
      problems.push({
        about: waiting[0] ?? '',
        message: `left out with ${waiting.length - 1} more: the limit is reached`,
      })
      break
    }
    waiting = waiting.slice(batch.length)
    await inTurns(batch, async path => {
      try {
        keep(path, await wholeResource(client, path, call, problems))
      } catch (error) {
        if (isKatametalError(error, 'BMCNotFound')) problems.push({ about: path, message: 'linked, but not there' })
        else problems.push(problemOf(path, error))
      }
      return undefined
    })
    tell({ resources: resources.size, waiting: waiting.length })
  }
  return { resources, bytes, problems, requests: client.requests - before }
}

const batchSize = 16
const maxPages = 200

/** A resource; a collection with the members of all its pages. */
const wholeResource = async (
  client: RedfishClient,
  path: string,
  call: BmcCall,
  problems: Problem[],
): Promise<JsonObject> => {
  const { body } = await client.get(path, call)
  let next = link(body, 'Members@odata.nextLink')
  if (next === undefined) return body
  const members = [...array(body, 'Members')]
  for (let page = 0; next !== undefined && page < maxPages; page++) {
    const at: string = next
    next = undefined
    try {
      const more: JsonObject = (await client.get(at, call)).body
      members.push(...array(more, 'Members'))
      next = link(more, 'Members@odata.nextLink')
    } catch (error) {
      problems.push(problemOf(at, error))
    }
  }
  const { 'Members@odata.nextLink': _, ...whole } = body
  return { ...whole, Members: members, 'Members@odata.count': members.length }
}

const limited = (body: JsonObject, path: string, { logEntries }: RecordLimits): JsonObject => {
  const members = array(body, 'Members')
  if (!isLog(body, path) || members.length <= logEntries) return body
  return { ...body, Members: members.slice(0, logEntries), 'Members@odata.count': logEntries }
}

const isLog = (body: JsonObject, path: string): boolean =>
  /LogEntryCollection/.test(text(body, '@odata.type') ?? '') || /\/LogServices\/[^/]+\/[^/]+\/?$/i.test(path)

const emptied = (body: JsonObject): JsonObject => ({ ...body, Members: [], 'Members@odata.count': 0 })

/** Schemas say nothing about a server, and message registries nothing that the standard does not say. */
const isLeftOut = (path: string): boolean =>
  /\/(JsonSchemas|SchemaStore)(\/|$)/i.test(path) || /\/\$metadata|\/redfish\/v1\/odata/i.test(path)

/** Paths that a body links to, without fragment and query; only on the origin of the service, and never upwards. */
const linksIn = (body: JsonObject): string[] => {
  const found = new Set<string>()
  const add = (target: unknown): void => {
    if (typeof target !== 'string' || !/^\/[^/]/.test(target)) return
    const path = target.replace(/[#?].*$/s, '')
    if (path.split('/').some(part => part === '.' || part === '..')) return
    found.add(path)
  }
  const visit = (value: unknown, depth: number): void => {
    if (depth > 100) return
    if (Array.isArray(value)) for (const item of value) visit(item, depth + 1)
    if (!isObject(value)) return
    add(value['@odata.id'])
    add(value['@Redfish.ActionInfo'])
    for (const item of Object.values(value)) visit(item, depth + 1)
  }
  visit(body, 0)
  for (const place of registryPlaces(body)) add(place)
  return [...found]
}

/** Where a registry of BIOS attributes is: registry files name it by Uri, not by a link. */
const registryPlaces = (body: JsonObject): string[] => {
  const about = [text(body, 'Id'), text(body, 'Registry')].join(' ')
  if (!/bios|attribute/i.test(about)) return []
  const { Location: location } = body
  const places = (Array.isArray(location) ? location : [location]).filter(isObject)
  const english = places.filter(place => /^en\b/i.test(text(place, 'Language') ?? 'en'))
  return (english.length > 0 ? english : places).flatMap(
    place => link(place, 'Uri') ?? text(place, 'Uri') ?? text(object(place, 'Uri'), 'extref') ?? [],
  )
}
