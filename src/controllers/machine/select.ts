import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { hostAnnotations } from '../../../api/metal/group.js'
import type { HostInventory } from '../../../api/metal/host-inventory.js'
import { findCondition } from '../../kube/conditions.js'
import { claimMarks } from './annotations.js'
import { selectorMatches } from './label-selector.js'
import { type HostSize, type Shortcoming, shortcomingOf, sizeOf } from './needs.js'

/** What a KataMetalMachine asks for; everything that selection looks at. */
export interface Wish {
  readonly spec: Pick<KataMetalMachine['spec'], 'hostSelector' | 'needs' | 'image'>
  /** Machine.spec.failureDomain: there or not at all. */
  readonly failureDomain: string | undefined
  /** Host label whose value is the failure domain (KataMetalCluster.spec.failureDomainLabel). */
  readonly failureDomainLabel: string
  /** `<cluster>/<pool>` of the Machine; the host that this pool used last is preferred. */
  readonly pool: string | undefined
}

/** Why a host was left out, in the words of the NoHostAvailable message. */
export type Exclusion =
  | 'not matched by spec.hostSelector'
  | 'in another failure domain'
  | 'in use'
  | 'being deleted'
  | 'paused or detached'
  | 'externally provisioned'
  | 'not Available'
  | 'with an unreachable BMC'
  | 'without an image'
  | 'promised to those who wait longer'
  | Shortcoming

export interface Selection {
  /** Best first; the order depends on nothing but the input. */
  readonly candidates: readonly BareMetalHost[]
  readonly excluded: Map<Exclusion, number>
}

/**
 * The free hosts that satisfy a wish. Hosts that the pool used last come first (a rolling update without spare servers
 * gets its own host back), those that another pool may want back come last; then the smallest that does, so that large
 * ones stay free for those who need them; then by name.
 */
export const selectHosts = (
  wish: Wish,
  hosts: readonly BareMetalHost[],
  inventoryOf: (host: BareMetalHost) => HostInventory | undefined,
): Selection => {
  const excluded = new Map<Exclusion, number>()
  const fitting: { host: BareMetalHost; size: HostSize }[] = []
  for (const host of hosts) {
    const size = sizeOf(host, inventoryOf(host))
    const exclusion = exclusionOf(wish, host, size)
    if (exclusion === undefined) fitting.push({ host, size })
    else excluded.set(exclusion, (excluded.get(exclusion) ?? 0) + 1)
  }
  fitting.sort(
    (a, b) =>
      poolRank(a.host, wish.pool) - poolRank(b.host, wish.pool) ||
      (a.size.memoryBytes ?? 0) - (b.size.memoryBytes ?? 0) ||
      (a.size.cores ?? 0) - (b.size.cores ?? 0) ||
      compareNames(a.host.metadata.name, b.host.metadata.name),
  )
  return { candidates: fitting.map(({ host }) => host), excluded }
}

/** Why the host cannot be claimed for the wish. What the user chose comes first, so that counts speak of it. */
export const exclusionOf = (wish: Wish, host: BareMetalHost, size: HostSize): Exclusion | undefined =>
  unsuitability(wish, host, size) ?? occupationOf(host)

/** Why the host could not serve the wish even if it were free. */
export const unsuitability = (wish: Wish, host: BareMetalHost, size: HostSize): Exclusion | undefined => {
  const { labels } = host.metadata
  if (!selectorMatches(wish.spec.hostSelector, labels)) return 'not matched by spec.hostSelector'
  if (wish.failureDomain !== undefined && labels?.[wish.failureDomainLabel] !== wish.failureDomain)
    return 'in another failure domain'
  return (
    shortcomingOf(wish.spec.needs, host, size) ??
    (wish.spec.image === undefined && host.spec.image === undefined ? 'without an image' : undefined)
  )
}

/** Why the host is not free. Whoever claims it must also win the optimistic write. */
export const occupationOf = (host: BareMetalHost): Exclusion | undefined => {
  const annotations = host.metadata.annotations ?? {}
  if (host.metadata.deletionTimestamp !== undefined) return 'being deleted'
  if (host.spec.consumerRef !== undefined) return 'in use'
  if (host.spec.externallyProvisioned === true) return 'externally provisioned'
  if (Object.hasOwn(annotations, hostAnnotations.paused) || Object.hasOwn(annotations, hostAnnotations.detached))
    return 'paused or detached'
  if (host.status?.state !== 'Available') return 'not Available'
  return findCondition(host.status.conditions, 'BMCReachable')?.status === 'False'
    ? 'with an unreachable BMC'
    : undefined
}

/** The message of NoHostAvailable: how many hosts there are, and why each was left out. */
export const describeExclusions = (excluded: ReadonlyMap<Exclusion, number>): string => {
  const total = [...excluded.values()].reduce((sum, count) => sum + count, 0)
  if (total === 0) return 'there is no BareMetalHost in the namespace'
  const reasons = [...excluded].sort(([a, m], [b, n]) => n - m || compareNames(a, b))
  return `of ${total} host${total === 1 ? '' : 's'} ${reasons.map(([why, count]) => `${count} ${why}`).join(', ')}`
}

const poolRank = (host: BareMetalHost, pool: string | undefined): number => {
  const last = host.metadata.annotations?.[claimMarks.lastPool]
  if (last === undefined) return 1
  return last === pool ? 0 : 2
}

const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
