import type { Cluster, Machine } from '../../../api/cluster-api.js'
import { controlPlaneLabel } from '../../../api/cluster-api.js'
import { forceReleaseAnnotation, machineFinalizer, providerIDOf } from '../../../api/infrastructure/group.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { hostAnnotations } from '../../../api/metal/group.js'
import { ownerOfKind } from '../contract/owner.js'
import { isPaused } from '../contract/paused.js'
import { isHeldBy } from './consumer.js'

/** All that a decision looks at. */
export interface MachineFacts {
  readonly object: KataMetalMachine
  /** The Machine behind the ownerReference. */
  readonly owner: Machine | undefined
  readonly cluster: Cluster | undefined
  /** Hosts whose consumerRef names the object, and the one that its providerID or status names. */
  readonly hosts: readonly BareMetalHost[]
}

/** What a KataMetalMachine waits for before it may claim a host. */
export type Gate = 'WaitingForClusterInfrastructure' | 'WaitingForControlPlaneInitialized' | 'WaitingForBootstrapData'

/** Why a recorded host no longer serves. */
export type Loss = 'Gone' | 'NotClaimed' | 'ClaimedByOther'

export type MachineDecision =
  /** Nothing may be written. */
  | { readonly act: 'Ignore' }
  /** Only the condition Paused may be written. */
  | { readonly act: 'ReportPaused' }
  | { readonly act: 'AddFinalizer' }
  | { readonly act: 'RemoveFinalizer' }
  | { readonly act: 'Wait'; readonly gate: Gate }
  | { readonly act: 'Claim'; readonly dataSecretName: string }
  /** The host came along with `clusterctl move` or a restore: make its consumerRef say so, change nothing else. */
  | { readonly act: 'Adopt'; readonly host: BareMetalHost }
  /** Publish what became of the claimed host; give `surplus` back, which a claim interrupted at the wrong time left. */
  | { readonly act: 'Follow'; readonly host: BareMetalHost; readonly surplus: readonly BareMetalHost[] }
  | { readonly act: 'ReportLost'; readonly hostName: string; readonly loss: Loss }
  | { readonly act: 'Release'; readonly hosts: readonly BareMetalHost[]; readonly force: boolean }

/**
 * What to do with a KataMetalMachine, in the order of the Cluster API contract: owner, pause, deletion, finalizer, gates,
 * host. Pure. Decisions that rest on the absence of a host (Claim, ReportLost, RemoveFinalizer) must be made from a live
 * read, because a cache may not have seen the claim yet.
 */
export const decide = (facts: MachineFacts): MachineDecision => {
  const { object, owner, cluster } = facts
  const deleting = object.metadata.deletionTimestamp !== undefined
  const finalized = object.metadata.finalizers?.includes(machineFinalizer) === true
  if (deleting && !finalized) return { act: 'Ignore' }
  if (!deleting && (ownerOfKind(object, 'Machine') === undefined || owner === undefined || cluster === undefined))
    return { act: 'Ignore' }
  if (isPaused(object, cluster)) return { act: 'ReportPaused' }
  if (deleting) return decideDeletion(facts)
  if (!finalized) return { act: 'AddFinalizer' }
  return decideHost(facts) ?? decideClaim(facts)
}

const decideDeletion = ({ object, hosts }: MachineFacts): MachineDecision => {
  const annotations = object.metadata.annotations ?? {}
  const held = hosts.filter(host => isHeldBy(host, object))
  if (held.length === 0 || Object.hasOwn(annotations, hostAnnotations.deleteForMove)) return { act: 'RemoveFinalizer' }
  return { act: 'Release', hosts: held, force: Object.hasOwn(annotations, forceReleaseAnnotation) }
}

const decideHost = ({ object, hosts }: MachineFacts): MachineDecision | undefined => {
  const held = hosts.filter(host => isHeldBy(host, object)).sort(byName)
  const named = namedHost(object)
  if (named === undefined) {
    const [host, ...surplus] = held
    return host === undefined ? undefined : { act: 'Follow', host, surplus }
  }
  const host = hosts.find(candidate => providerIDOf(candidate) === named.providerID)
  if (host === undefined) return { act: 'ReportLost', hostName: named.name, loss: 'Gone' }
  if (isHeldBy(host, object) && host.spec.consumerRef?.uid === object.metadata.uid)
    return { act: 'Follow', host, surplus: held.filter(other => other !== host) }
  if (isHeldBy(host, object) || isOrphanOf(host, object)) return { act: 'Adopt', host }
  const loss = host.spec.consumerRef === undefined ? 'NotClaimed' : 'ClaimedByOther'
  return { act: 'ReportLost', hostName: named.name, loss }
}

/** The host on record: by providerID, which outlives `clusterctl move`, else by status. */
const namedHost = (object: KataMetalMachine): { name: string; providerID: string } | undefined => {
  const { providerID } = object.spec
  if (providerID !== undefined) return { name: providerID.slice(providerID.lastIndexOf('/') + 1), providerID }
  const recorded = object.status?.host
  if (recorded === undefined) return undefined
  const namespace = recorded.namespace ?? object.metadata.namespace
  const metadata = { name: recorded.name, ...(namespace === undefined ? {} : { namespace }) }
  return { name: recorded.name, providerID: providerIDOf({ metadata }) }
}

/** A host that lost its consumerRef but still carries the installed system of the machine. */
const isOrphanOf = (host: BareMetalHost, object: KataMetalMachine): boolean =>
  object.spec.providerID !== undefined &&
  host.spec.consumerRef === undefined &&
  host.metadata.deletionTimestamp === undefined &&
  (host.status?.state === 'InService' || host.status?.state === 'Servicing')

const decideClaim = ({ owner, cluster }: MachineFacts): MachineDecision => {
  if (cluster?.status?.initialization?.infrastructureProvisioned !== true)
    return { act: 'Wait', gate: 'WaitingForClusterInfrastructure' }
  const dataSecretName = owner?.spec?.bootstrap?.dataSecretName
  if (dataSecretName !== undefined) return { act: 'Claim', dataSecretName }
  return { act: 'Wait', gate: bootstrapGate(owner, cluster) }
}

/** Workers get bootstrap data only once a control plane exists that they can join. */
export const bootstrapGate = (owner: Machine | undefined, cluster: Cluster): Gate =>
  owner?.metadata.labels?.[controlPlaneLabel] === undefined &&
  cluster.status?.initialization?.controlPlaneInitialized !== true
    ? 'WaitingForControlPlaneInitialized'
    : 'WaitingForBootstrapData'

const byName = (a: BareMetalHost, b: BareMetalHost): number => (a.metadata.name < b.metadata.name ? -1 : 1)
