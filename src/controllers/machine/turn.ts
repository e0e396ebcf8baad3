import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { HostInventory } from '../../../api/metal/host-inventory.js'
import { type Key, keyOf } from '../../kube/types.js'
import { sizeOf } from './needs.js'
import { exclusionOf, occupationOf, selectHosts, unsuitability, type Wish } from './select.js'

/** A KataMetalMachine that waits for a host. */
export interface Waiter {
  readonly key: Key
  /** Its creationTimestamp (RFC 3339): who asked first is served first, also after a restart of the manager. */
  readonly since: string
  readonly wish: Wish
}

/** Where a waiter stands among those who could use the same hosts. */
export interface Turn {
  /** From 1. */
  readonly position: number
  readonly waiting: number
}

type InventoryOf = (host: BareMetalHost) => HostInventory | undefined

/**
 * Keys of the free hosts that those who asked earlier get: each of them, the first first, the one that it would choose.
 * A host that nobody ahead can use is nobody's, so that one large wish never keeps small ones from small hosts.
 */
export const promisedHosts = (
  own: Waiter,
  others: readonly Waiter[],
  hosts: readonly BareMetalHost[],
  inventoryOf: InventoryOf,
): ReadonlySet<Key> => {
  const promised = new Set<Key>()
  const ahead = others.filter(other => isAhead(other, own)).sort(compareWaiters)
  let free = ahead.length === 0 ? [] : hosts.filter(host => occupationOf(host) === undefined)
  for (const { wish } of ahead) {
    if (free.length === 0) break
    const [chosen] = selectHosts(wish, free, inventoryOf).candidates
    if (chosen === undefined) continue
    promised.add(keyOf(chosen))
    free = free.filter(host => host !== chosen)
  }
  return promised
}

/**
 * The place in the queue; undefined when no host of the namespace, free or not, could ever serve the wish. Only those
 * count who could use one of the same hosts.
 */
export const turnOf = (
  own: Waiter,
  others: readonly Waiter[],
  hosts: readonly BareMetalHost[],
  inventoryOf: InventoryOf,
): Turn | undefined => {
  const suits = (wish: Wish, host: BareMetalHost): boolean =>
    unsuitability(wish, host, sizeOf(host, inventoryOf(host))) === undefined
  const suitable = hosts.filter(host => suits(own.wish, host))
  if (suitable.length === 0) return undefined
  const rivals = others.filter(({ key, wish }) => key !== own.key && suitable.some(host => suits(wish, host)))
  return { position: 1 + rivals.filter(rival => isAhead(rival, own)).length, waiting: 1 + rivals.length }
}

/** `2nd of 3 waiting`. */
export const describeTurn = ({ position, waiting }: Turn): string =>
  `${position}${ordinal(position)} of ${waiting} waiting`

/** Whether a host that was read again may be claimed by the waiter, given what is promised to others. */
export const mayHave = (
  { wish }: Waiter,
  promised: ReadonlySet<Key>,
  host: BareMetalHost,
  inventoryOf: InventoryOf,
): boolean => !promised.has(keyOf(host)) && exclusionOf(wish, host, sizeOf(host, inventoryOf(host))) === undefined

const isAhead = (other: Waiter, own: Waiter): boolean => other.key !== own.key && compareWaiters(other, own) < 0

const compareWaiters = (a: Waiter, b: Waiter): number =>
  Date.parse(a.since) - Date.parse(b.since) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

const ordinal = (number: number): string => {
  const tens = number % 100
  if (tens >= 11 && tens <= 13) return 'th'
  return ['th', 'st', 'nd', 'rd'][number % 10] ?? 'th'
}
