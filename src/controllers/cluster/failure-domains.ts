import type { KataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'

type FailureDomain = NonNullable<NonNullable<KataMetalCluster['status']>['failureDomains']>[number]

/** As many as the schema takes. */
const mostDomains = 100

/**
 * The failure domains of a cluster: the values of a label of the hosts in its namespace, sorted by name. All of them
 * may hold control plane Machines, since a control plane provider spreads only over those that say so.
 */
export const failureDomainsOf = (hosts: readonly BareMetalHost[], label: string): FailureDomain[] => {
  const values = hosts.flatMap(({ metadata }) => {
    const value = metadata.deletionTimestamp === undefined ? metadata.labels?.[label] : undefined
    return value === undefined || value === '' ? [] : [value]
  })
  return [...new Set(values)]
    .sort()
    .slice(0, mostDomains)
    .map(name => ({ name, controlPlane: true }))
}
