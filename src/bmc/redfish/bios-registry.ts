import { toKatametalError } from '../../base/errors.js'
import type { AttributeRegistry } from '../../firmware/model.js'
import type { BmcCall } from '../model.js'
import { beginsAlike, matchRegistry, type RegistryFile } from './bios-registry-match.js'
import { parseAttributeRegistry } from './bios-registry-parse.js'
import type { RedfishClient } from './client.js'
import { array, isObject, link, type JsonObject, object, type RedfishResource, text } from './resource.js'
import { isLastingFailure } from './unreadable.js'

/** What the ladder found, and how; `registry` is undefined when there is none that can be read. */
export interface FoundRegistry {
  readonly registry: AttributeRegistry | undefined
  readonly evidence: string
}

/** The registry of a Bios resource that names none: most services have one whose Id begins so. */
const usualName = 'BiosAttributeRegistry'

/** Registries fetched, at most, when several may be meant. */
const mostAlike = 4

/** Files opened, at most, to find one by its `Registry` property when no name of a file fits. */
const mostFiles = 40

/**
 * Finds the attribute registry of a Bios resource and fetches it, once and in English. Reads as little as possible:
 * the collection, the files whose names fit, one registry (it may be megabytes). A registry outside /redfish/v1 is
 * fine; one of another origin is not asked for. Errors that may pass (busy, unreachable) are thrown, as a plan without
 * registry would be another plan; all others end in evidence.
 */
export const findRegistry = async (
  client: RedfishClient,
  root: RedfishResource,
  bios: RedfishResource,
  call: BmcCall,
): Promise<FoundRegistry> => {
  const named = nameOf(text(bios.body, 'AttributeRegistry'))
  const wanted = named ?? usualName
  const failures: string[] = []
  const opened = new Map<string, RedfishResource>()
  const matches = matchRegistry(wanted, await openFiles(client, root, wanted, opened, call))
  const found: FoundRegistry[] = []
  for (const { file, evidence } of matches.slice(0, mostAlike)) {
    const place = locationOf(opened.get(file.path) ?? (await tolerant(() => client.get(file.path, call), failures)))
    if (place === undefined) failures.push(`${file.id} says no place`)
    else {
      const registry = await fetchRegistry(client, place.uri, file.id, call, failures)
      if (registry !== undefined) found.push({ registry, evidence: `${evidence}, ${place.language}, at ${place.uri}` })
    }
  }
  const best = matches.length > 1 ? bestOf(found, bios, failures) : found[0]
  if (best !== undefined) return best
  // Dell keeps the registry below the Bios resource, whatever the files in the collection are called.
  const below = `${bios.path.replace(/[?#].*$/, '').replace(/\/$/, '')}/BiosRegistry`
  const registry = await fetchRegistry(client, below, wanted, call, failures)
  if (registry !== undefined) return { registry, evidence: `below the Bios resource, at ${below}` }
  const why = matches.length === 0 ? 'no registry file matches' : failures.join('; ')
  return { registry: undefined, evidence: `${named ?? 'no AttributeRegistry is named, and'} ${why}`.slice(0, 900) }
}

/** Of several that may be meant, the one that names the most of what is served, and at least half of it. */
const bestOf = (
  found: readonly FoundRegistry[],
  bios: RedfishResource,
  failures: string[],
): FoundRegistry | undefined => {
  const served = Object.keys(object(bios.body, 'Attributes'))
  const named = ({ registry }: FoundRegistry) => {
    const names = new Set(registry?.attributes.map(({ name }) => name))
    return served.filter(name => names.has(name)).length
  }
  const [best] = found.toSorted((a, b) => named(b) - named(a))
  if (best === undefined || named(best) * 2 < served.length) {
    failures.push('none of the registries that may be meant names what is served')
    return undefined
  }
  return { ...best, evidence: `${best.evidence}, and names ${named(best)} of the ${served.length} attributes` }
}

/** The candidates; those that had to be opened for it go into `opened`. */
const openFiles = async (
  client: RedfishClient,
  root: RedfishResource,
  wanted: string,
  opened: Map<string, RedfishResource>,
  call: BmcCall,
): Promise<RegistryFile[]> => {
  const paths = await registryPaths(client, root, call)
  const named = paths.filter(path => beginsAlike(wanted, lastPart(path)))
  const exact = named.filter(path => lastPart(path) === wanted)
  const files: RegistryFile[] = []
  for (const path of exact.length > 0 ? exact : named.length > 0 ? named : paths.slice(0, mostFiles)) {
    const file = exact.length > 0 ? undefined : await tolerant(() => client.get(path, call), [])
    if (file !== undefined) opened.set(path, file)
    const id = text(file?.body, 'Id') ?? lastPart(path)
    files.push({ path, id, registry: text(file?.body, 'Registry') })
  }
  return files
}

/** The members as links: with `$expand` or member by member all files would be fetched. */
const registryPaths = async (client: RedfishClient, root: RedfishResource, call: BmcCall): Promise<string[]> => {
  const paths: string[] = []
  let page: string | undefined = link(root.body, 'Registries') ?? '/redfish/v1/Registries'
  const seen = new Set<string>()
  while (page !== undefined && !seen.has(page)) {
    seen.add(page)
    const at: string = page
    const collection = await tolerant(() => client.tryGet(at, call), [])
    paths.push(...array(collection?.body, 'Members').flatMap(member => link(member) ?? []))
    page = link(collection?.body, 'Members@odata.nextLink')
  }
  return paths
}

const fetchRegistry = async (
  client: RedfishClient,
  path: string,
  id: string,
  call: BmcCall,
  failures: string[],
): Promise<AttributeRegistry | undefined> => {
  const resource = await tolerant(() => client.get(path, call), failures)
  if (resource === undefined) return undefined
  const registry = parseAttributeRegistry(resource.body, id)
  if (registry === undefined) failures.push(`${path} holds no attributes`)
  return registry
}

/** English, else one without language, else the first: names of values do not depend on it. */
const locationOf = (file: RedfishResource | undefined): { uri: string; language: string } | undefined => {
  const location = file?.body['Location']
  const places = (Array.isArray(location) ? location : [location]).filter(isObject).filter(hasUri)
  const chosen =
    places.find(place => /^en\b/i.test(text(place, 'Language') ?? '')) ??
    places.find(place => text(place, 'Language') === undefined) ??
    places[0]
  const uri = chosen === undefined ? undefined : uriOf(chosen)
  return uri === undefined ? undefined : { uri, language: text(chosen, 'Language') ?? 'no language' }
}

const hasUri = (place: JsonObject): boolean => uriOf(place) !== undefined
const uriOf = (place: JsonObject): string | undefined => link(place, 'Uri') ?? text(place, 'Uri')

/** By the standard a name; a few services write the path of the file or of the registry. */
const nameOf = (said: string | undefined): string | undefined =>
  said === undefined ? undefined : lastPart(said).replace(/\.json(\.gz)?$/i, '')

const lastPart = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) ?? path

/** Undefined, with the reason noted, for what will not be there next time either. */
const tolerant = async <T>(read: () => Promise<T>, failures: string[]): Promise<T | undefined> => {
  try {
    return await read()
  } catch (error) {
    if (!isLastingFailure(error)) throw error
    failures.push(toKatametalError(error).message)
    return undefined
  }
}
