import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import { findCondition, isTrue } from '../../kube/conditions.js'
import { type Key, keyOf } from '../../kube/types.js'
import { isPaused } from '../contract/paused.js'
import { clusterNameOf, failureDomainLabelOf, type MachineSources, ownerOf, poolOf } from './observe.js'
import type { Wish } from './select.js'
import type { Waiter } from './turn.js'

/** What a machine asks for, as the caches know it. */
export const wishOf = (object: KataMetalMachine, sources: MachineSources): Wish => {
  const owner = ownerOf(object, sources)
  return {
    spec: object.spec,
    failureDomain: owner?.spec?.failureDomain,
    failureDomainLabel: failureDomainLabelOf(clusterOf(object, sources), sources.kataMetalClusters),
    pool: poolOf(object, owner),
  }
}

export const waiterOf = (object: KataMetalMachine, sources: MachineSources): Waiter => ({
  key: keyOf(object),
  since: object.metadata.creationTimestamp ?? '',
  wish: wishOf(object, sources),
})

/**
 * The machines of a namespace that wait for a host: those that this process found to (`seekers`) and those whose status
 * says so, which a manager before this one wrote. Who is paused waits for nothing.
 */
export const waitersIn = (namespace: string, seekers: ReadonlySet<Key>, sources: MachineSources): Waiter[] =>
  sources.objects
    .byIndex('namespace', namespace)
    .filter(object => (seekers.has(keyOf(object)) || saysWaiting(object)) && mayBeServed(object, sources))
    .map(object => waiterOf(object, sources))

/** Whether status says that nothing but a host is missing. */
export const saysWaiting = ({ metadata, spec, status }: KataMetalMachine): boolean =>
  metadata.deletionTimestamp === undefined &&
  spec.providerID === undefined &&
  status?.host === undefined &&
  isTrue(status?.conditions, 'BootstrapDataReady') &&
  findCondition(status?.conditions, 'Ready')?.reason === 'NoHostAvailable'

const mayBeServed = (object: KataMetalMachine, sources: MachineSources): boolean =>
  object.metadata.deletionTimestamp === undefined && !isPaused(object, clusterOf(object, sources))

const clusterOf = (object: KataMetalMachine, sources: MachineSources) => {
  const name = clusterNameOf(object, ownerOf(object, sources))
  return name === undefined ? undefined : sources.clusters.get(`${object.metadata.namespace ?? ''}/${name}`)
}
