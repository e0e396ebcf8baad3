import type { BmcCall } from '../model.js'
import { boolean, comparablePath, type JsonObject, number, object } from './resource.js'

/**
 * Which kinds of collection a service expands (DSP0266 7.3.1). What it offers in the service root is tried once for
 * each kind; kinds that failed are remembered, and where nothing ever worked two failures are enough for all.
 */
export interface Expansion {
  /** The query to ask for the collection with; undefined where that is known not to work. */
  queryFor(collection: string, call: BmcCall): Promise<string | undefined>
  worked(collection: string): void
  failed(collection: string): void
}

/** `offered` gives the query of {@link expandQuery}. */
export const createExpansion = (offered: (call: BmcCall) => Promise<string | undefined>): Expansion => {
  const failing = new Set<string>()
  let everWorked = false
  return {
    queryFor: async (collection, call) => {
      if (failing.has(kindOf(collection)) || (!everWorked && failing.size >= enoughFailures)) return undefined
      return offered(call)
    },
    worked: collection => {
      everWorked = true
      failing.delete(kindOf(collection))
    },
    failed: collection => void failing.add(kindOf(collection)),
  }
}

const enoughFailures = 2

/**
 * The query that asks for the members of a collection in full, one level deep, by ServiceRoot
 * ProtocolFeaturesSupported.ExpandQuery; undefined when the service offers none.
 */
export const expandQuery = (root: JsonObject): string | undefined => {
  const offered = object(root, 'ProtocolFeaturesSupported', 'ExpandQuery')
  const levels = boolean(offered, 'Levels') === true && (number(offered, 'MaxLevels') ?? 1) >= 1 ? '($levels=1)' : ''
  if (boolean(offered, 'NoLinks') === true) return `$expand=.${levels}`
  if (boolean(offered, 'ExpandAll') === true) return `$expand=*${levels}`
  return undefined
}

export const withQuery = (path: string, query: string): string => `${path}${path.includes('?') ? '&' : '?'}${query}`

const kindOf = (collection: string): string =>
  comparablePath(collection.split('?')[0] ?? '')
    .split('/')
    .at(-1) ?? ''
