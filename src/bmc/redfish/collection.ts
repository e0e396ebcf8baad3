import { type KatametalError, toKatametalError } from '../../base/errors.js'
import type { BmcCall } from '../model.js'
import type { Members } from './client.js'
import { type Expansion, withQuery } from './expansion.js'
import { inTurns } from './in-turns.js'
import { array, comparablePath, isObject, link } from './resource.js'
import type { Problem, RedfishResource } from './resource.js'

type Get = (path: string, call: BmcCall) => Promise<RedfishResource>

/** Reads collections member by member, or in one go where the service can and has not failed to before. */
export interface CollectionReader {
  read(collection: string, call: BmcCall): Promise<Members>
  /**
   * The resources at many links, each once and in their order. Many that live in one collection are read with it in
   * one go where the service can; what that does not bring is read by itself.
   */
  all(paths: readonly string[], call: BmcCall): Promise<Members>
}

/** More pages than any collection of a server has; a service that links its pages in a circle ends here. */
const maxPages = 1000

export const createCollectionReader = (get: Get, expansion: Expansion): CollectionReader => {
  /** A service that cannot do with the query may say so by any status, 404 among them. */
  const firstPage = async (collection: string, call: BmcCall): Promise<RedfishResource> => {
    const query = await expansion.queryFor(collection, call)
    if (query === undefined) return get(collection, call)
    try {
      const page = await get(withQuery(collection, query), call)
      const members = array(page.body, 'Members')
      if (members.length > 0) expansion[members.every(isReference) ? 'failed' : 'worked'](collection)
      if (Array.isArray(page.body['Members'])) return page
    } catch (error) {
      if (endsEverything(error)) throw error
    }
    const page = await get(collection, call)
    expansion.failed(collection)
    return page
  }

  const pages = async (collection: string, call: BmcCall, problems: Problem[]): Promise<readonly unknown[]> => {
    const members: unknown[] = []
    const seen = new Set<string>()
    for (let page = await firstPage(collection, call); seen.size < maxPages; ) {
      members.push(...array(page.body, 'Members'))
      const next = link(page.body, 'Members@odata.nextLink') ?? link(page.body, '@odata.nextLink')
      if (next === undefined || seen.has(next)) break
      seen.add(next)
      try {
        page = await get(next, call)
      } catch (error) {
        problems.push(problemOf(next, error))
        break
      }
    }
    return members
  }

  const byItself = async (path: string, call: BmcCall, problems: Problem[]): Promise<RedfishResource | undefined> => {
    try {
      return await get(path, call)
    } catch (error) {
      problems.push(problemOf(path, error))
      return undefined
    }
  }

  /** What a collection brings in one go, by path; nothing where it does not expand. Its failure is no problem. */
  const together = async (collection: string, call: BmcCall): Promise<readonly RedfishResource[]> => {
    const query = await expansion.queryFor(collection, call)
    if (query === undefined) return []
    try {
      const { body } = await get(withQuery(collection, query), call)
      return array(body, 'Members').flatMap(one => (isReference(one) ? [] : (whole(one, collection) ?? [])))
    } catch (error) {
      if (endsEverything(error)) throw error
      return []
    }
  }

  return {
    read: async (collection, call) => {
      const problems: Problem[] = []
      const members = distinct(await pages(collection, call, problems))
      const resources = await inTurns(members, async member => {
        if (!isReference(member)) return whole(member, collection)
        const path = link(member)
        return path === undefined ? undefined : byItself(path, call, problems)
      })
      return { resources, problems }
    },
    all: async (paths, call) => {
      const problems: Problem[] = []
      const wanted = new Map(paths.map(path => [comparablePath(path), path]))
      const brought = new Map<string, RedfishResource>()
      for (const collection of crowded([...wanted.values()]))
        for (const one of await together(collection, call)) brought.set(comparablePath(one.path), one)
      const resources = await inTurns(
        [...wanted],
        async ([key, path]) => brought.get(key) ?? (await byItself(path, call, problems)),
      )
      return { resources, problems }
    },
  }
}

/** Collections that hold enough of the paths to be worth a request that may be in vain. */
const crowded = (paths: readonly string[]): readonly string[] => {
  const counts = new Map<string, number>()
  for (const path of paths) {
    const parent = path.replace(/\/+$/, '').replace(/\/[^/]*$/, '')
    counts.set(parent, (counts.get(parent) ?? 0) + 1)
  }
  return [...counts].filter(([, count]) => count >= 4).map(([parent]) => parent)
}

/**
 * The problem that an error of one resource is. What concerns the BMC as a whole is thrown again: to go on asking
 * for the rest would be useless or harmful.
 */
export const problemOf = (about: string, error: unknown): Problem => {
  if (endsEverything(error)) throw error
  const { message } = toKatametalError(error)
  return { about: about.slice(0, 1024), message: message.slice(0, 1024) }
}

const endsEverything = (error: unknown): error is KatametalError => {
  const { kind, code } = toKatametalError(error)
  return kind === 'cancelled' || kind === 'unreachable' || endingCodes.has(code)
}

const endingCodes = new Set([
  'BMCLoginRefused',
  'BMCSessionLimit',
  'BMCCertificateRefused',
  'DeadlineExceeded',
  'Internal',
])

/** Whether a member of a collection only says where it is. */
export const isReference = (member: unknown): boolean =>
  typeof member === 'string' || (isObject(member) && Object.keys(member).every(key => key === '@odata.id'))

const whole = (member: unknown, collection: string): RedfishResource | undefined => {
  if (!isObject(member)) return undefined
  const etag = member['@odata.etag']
  return {
    path: link(member) ?? collection,
    etag: typeof etag === 'string' && etag !== '' ? etag : undefined,
    body: member,
  }
}

/** Some services list one member many times over. */
const distinct = (members: readonly unknown[]): readonly unknown[] => {
  const seen = new Set<string>()
  return members.filter(member => {
    const path = link(member)
    const key = path === undefined ? undefined : comparablePath(path)
    if (key === undefined) return true
    const first = !seen.has(key)
    seen.add(key)
    return first
  })
}
