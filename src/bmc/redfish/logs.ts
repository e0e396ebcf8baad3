import type { BmcCall, LogEntry, LogQuery, LogReadings, ReadProblem } from '../model.js'
import type { RedfishClient } from './client.js'
import { isReference, problemOf } from './collection.js'
import type { RedfishContext } from './context.js'
import { inTurns } from './in-turns.js'
import { logEntry, merged, newestFirst } from './log-entries.js'
import { array, comparablePath, link, number, type RedfishResource, text } from './resource.js'

/**
 * The newest entries of the event logs that the system and its manager keep. Only as many pages are read as it takes;
 * logs of hundreds of thousands of entries exist. Throws only what concerns the BMC as a whole.
 */
export const readLogs = async (
  client: RedfishClient,
  context: RedfishContext,
  query: LogQuery,
  call: BmcCall,
): Promise<LogReadings> => {
  const problems: ReadProblem[] = []
  const services = await logServices(client, context, call, problems)
  const wanted = services.filter(({ id }) => query.log === undefined || isNamed(id, query.log))
  const logs: (readonly LogEntry[])[] = []
  for (const { id, entries } of wanted) {
    try {
      logs.push(await newestOf({ client, call, problems, log: id, limit: query.limit }, entries))
    } catch (error) {
      problems.push(problemOf(entries, error))
    }
  }
  return { entries: merged(logs).slice(0, query.limit), logs: services.map(one => one.id), problems }
}

const isNamed = (id: string, name: string): boolean =>
  [id, id.replace(/^.*\//, '')].some(one => one.toLowerCase() === name.toLowerCase())

interface LogService {
  readonly id: string
  /** Path of its entries. */
  readonly entries: string
}

/** Of the system and of its manager; where both link to one log, it is there once. Diagnostic dumps are no logs. */
const logServices = async (
  client: RedfishClient,
  { system, manager }: RedfishContext,
  call: BmcCall,
  problems: ReadProblem[],
): Promise<readonly LogService[]> => {
  const found = new Map<string, LogService & { readonly owner: string }>()
  for (const [owner, resource] of Object.entries({ System: system, Manager: manager })) {
    const path = link(resource?.body, 'LogServices')
    try {
      const members = await client.members(path, call)
      problems.push(...members.problems)
      for (const { body, path: own } of members.resources) {
        const entries = link(body, 'Entries')
        if (entries === undefined || isDumps(body)) continue
        found.set(comparablePath(entries), { id: text(body, 'Id') ?? own.split('/').at(-1) ?? own, entries, owner })
      }
    } catch (error) {
      problems.push(problemOf(path ?? '', error))
    }
  }
  const services = [...found.values()]
  const shared = (id: string) => services.filter(one => one.id === id).length > 1
  // Some services give all their logs one Id.
  return services.map(({ id, entries, owner }) => ({ id: shared(id) ? `${owner}/${id}` : id, entries }))
}

const isDumps = (body: unknown): boolean => /Dump/i.test(text(body, 'Id') ?? '')

interface LogReading {
  readonly client: RedfishClient
  readonly call: BmcCall
  readonly problems: ReadProblem[]
  readonly log: string
  readonly limit: number
}

const newestOf = async (reading: LogReading, entries: string): Promise<readonly LogEntry[]> => {
  const members = await newestMembers(reading, entries)
  const whole = await inTurns(members, async member => {
    if (!isReference(member)) return logEntry(member, reading.log)
    const path = link(member)
    return path === undefined ? undefined : entryAt(reading, path)
  })
  return newestFirst(whole).slice(0, reading.limit)
}

const entryAt = async ({ client, call, problems, log }: LogReading, path: string): Promise<LogEntry | undefined> => {
  try {
    return logEntry((await client.get(path, call)).body, log)
  } catch (error) {
    problems.push(problemOf(path, error))
    return undefined
  }
}

/** At least the newest `limit` members, and of mere references no more than these, as each costs a request. */
const newestMembers = async (reading: LogReading, entries: string): Promise<readonly unknown[]> => {
  const { client, call, limit } = reading
  const first = (await client.tryGet(entries, call)) ?? { path: entries, etag: undefined, body: {} }
  const oldestFirst = isOldestFirst(array(first.body, 'Members'))
  const start = oldestFirst ? await lastPages(reading, first) : first
  const members = await following(reading, start, oldestFirst ? mostMembers : limit)
  if (!members.some(isReference)) return members
  return oldestFirst ? members.slice(-limit) : members.slice(0, limit)
}

/** A log that counts no further than this within the pages that are read is given up on: its newest stay unread. */
const mostMembers = 20_000

/** The page that the newest `limit` entries begin on, where the service pages by `$skip`; else the first. */
const lastPages = async (
  { client, call, limit, problems }: LogReading,
  first: RedfishResource,
): Promise<RedfishResource> => {
  const next = nextPage(first)
  const count = number(first.body, 'Members@odata.count')
  if (next === undefined || count === undefined || !/[?&]\$skip=\d+/.test(next)) return first
  try {
    return await client.get(next.replace(/(\$skip=)\d+/, `$1${Math.max(0, count - limit)}`), call)
  } catch (error) {
    problems.push(problemOf(next, error))
    return first
  }
}

/** Members of `start` and the pages after it, until there are `enough`. A page that cannot be read ends it. */
const following = async (
  { client, call, problems }: LogReading,
  start: RedfishResource,
  enough: number,
): Promise<readonly unknown[]> => {
  const members: unknown[] = []
  const seen = new Set<string>()
  for (let page = start; ; ) {
    members.push(...array(page.body, 'Members'))
    const next = nextPage(page)
    if (next === undefined || seen.has(next) || members.length >= enough) return members
    seen.add(next)
    try {
      page = await client.get(next, call)
    } catch (error) {
      problems.push(problemOf(next, error))
      return members
    }
  }
}

const nextPage = ({ body }: RedfishResource): string | undefined =>
  link(body, 'Members@odata.nextLink') ?? link(body, '@odata.nextLink')

/** By the numbers at the end of their paths, which count up on all services that number; else by their times. */
const isOldestFirst = (members: readonly unknown[]): boolean => {
  const ordered = newestFirst(members.map(member => logEntry(member, '')))
  const first = members[0]
  return members.length > 1 && first !== undefined && ordered[0]?.id !== logEntry(first, '').id
}
