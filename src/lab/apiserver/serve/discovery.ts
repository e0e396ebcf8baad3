import type { JsonObject } from '../json.js'
import type { Registry } from '../registry.js'
import { type ApiResource, apiVersionOf } from '../resource.js'
import { reviewKinds } from './reviews.js'

/** What discovery tells about one resource, also for those that are not stored. */
type Described = Pick<
  ApiResource,
  | 'group'
  | 'version'
  | 'plural'
  | 'kind'
  | 'singular'
  | 'namespaced'
  | 'shortNames'
  | 'categories'
  | 'verbs'
  | 'subresources'
>

/**
 * The answer to a discovery path, in the aggregated form when `accept` asks for it (kubectl 1.27 and later does) and as
 * the older separate documents otherwise; undefined for other paths.
 */
export const discoveryOf = (
  registry: Registry,
  path: string,
  accept: string,
  address: string,
): JsonObject | undefined => {
  const described: Described[] = [...registry.all(), ...reviewKinds]
  const [root, group, version, ...rest] = path.split('/').filter(step => step !== '')
  if (rest.length > 0) return undefined
  const aggregated = accept.includes('apidiscovery.k8s.io') && accept.includes('v=v2;') ? aggregate : undefined
  const own = described.filter(resource => (root === 'api') === (resource.group === ''))
  if (root === 'api') {
    if (version !== undefined) return undefined
    if (group === undefined) return aggregated?.(own) ?? coreVersions(address)
    return resourceList(own, '', group)
  }
  if (root !== 'apis') return undefined
  if (group === undefined) return aggregated?.(own) ?? groupList(own)
  if (version === undefined) return groups(own).find(entry => entry['name'] === group)
  return resourceList(own, group, version)
}

/** The media type of the aggregated form. */
export const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

const coreVersions = (address: string): JsonObject => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
})

const versionsByGroup = (resources: readonly Described[]): Map<string, Set<string>> => {
  const found = new Map<string, Set<string>>()
  for (const { group, version } of resources) found.set(group, (found.get(group) ?? new Set()).add(version))
  return found
}

const groups = (resources: readonly Described[]): JsonObject[] =>
  [...versionsByGroup(resources)].map(([name, versions]) => {
    const list = [...versions].map(version => ({ groupVersion: `${name}/${version}`, version }))
    return { kind: 'APIGroup', apiVersion: 'v1', name, versions: list, preferredVersion: list[0] ?? null }
  })

const groupList = (resources: readonly Described[]): JsonObject => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groups(resources),
})

const resourceList = (all: readonly Described[], group: string, version: string): JsonObject | undefined => {
  const found = all.filter(resource => resource.group === group && resource.version === version)
  if (found.length === 0) return undefined
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: found.flatMap(resource => [
      {
        name: resource.plural,
        singularName: resource.singular,
        namespaced: resource.namespaced,
        kind: resource.kind,
        verbs: resource.verbs,
        ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
        ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
      },
      ...resource.subresources.map(subresource => ({
        name: `${resource.plural}/${subresource}`,
        singularName: '',
        namespaced: resource.namespaced,
        kind: resource.kind,
        verbs: ['get', 'patch', 'update'],
      })),
    ]),
  }
}

const aggregate = (resources: readonly Described[]): JsonObject => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: [...versionsByGroup(resources)].map(([group, versions]) => ({
    metadata: group === '' ? {} : { name: group },
    versions: [...versions].map(version => ({
      version,
      freshness: 'Current',
      resources: resources.filter(r => r.group === group && r.version === version).map(aggregated),
    })),
  })),
})

const aggregated = (resource: Described): JsonObject => {
  const responseKind = { group: resource.group, version: resource.version, kind: resource.kind }
  return {
    resource: resource.plural,
    responseKind,
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(resource.subresources.length === 0
      ? {}
      : {
          subresources: resource.subresources.map(subresource => ({
            subresource,
            responseKind,
            verbs: ['get', 'patch', 'update'],
          })),
        }),
  }
}
