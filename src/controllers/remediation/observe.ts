import { type Cluster, type Machine, machineHealthConditions } from '../../../api/cluster-api.js'
import {
  capiAnnotations,
  infrastructureGroup,
  providerIDOf,
  remediationTriesAnnotation,
} from '../../../api/infrastructure/group.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { KataMetalRemediation } from '../../../api/infrastructure/kata-metal-remediation.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { findCondition } from '../../kube/conditions.js'
import type { Node } from '../../kube/resource-types.js'
import { type Key, keyOf, type Store } from '../../kube/types.js'
import { ownerOfKind } from '../contract/owner.js'
import { hostKeyOf, isHeldBy } from '../machine/consumer.js'
import { clusterNameOf } from '../machine/observe.js'
import type { RemediationFacts } from './lifecycle.js'
import { isBack, isFenced, type NodeFence } from './node-fence.js'

/** What the remediation controller reads; kept up to date by informers. */
export interface RemediationSources {
  /** Needs {@link remediationIndexes}. */
  readonly objects: Store<KataMetalRemediation>
  readonly machines: Store<Machine>
  readonly clusters: Store<Cluster>
  readonly kataMetalMachines: Store<KataMetalMachine>
  readonly hosts: Store<BareMetalHost>
}

/** Indexes that the informer of KataMetalRemediations must be created with. */
export const remediationIndexes = {
  machine: (object: KataMetalRemediation): string[] => {
    const owner = ownerOfKind(object, 'Machine')?.name
    return owner === undefined ? [] : [`${object.metadata.namespace ?? ''}/${owner}`]
  },
} as const

/** Everything around one remediation. */
export interface RemediationScene {
  readonly object: KataMetalRemediation
  readonly machine: Machine | undefined
  readonly cluster: Cluster | undefined
  /** The host that the Machine holds, if it does. */
  readonly host: BareMetalHost | undefined
  readonly node: Node | undefined
  readonly nodesKnown: boolean
}

export const observe = (
  object: KataMetalRemediation,
  sources: RemediationSources,
  nodes: NodeFence,
): RemediationScene => {
  const namespace = object.metadata.namespace ?? ''
  const owner = ownerOfKind(object, 'Machine')?.name
  const machine = owner === undefined ? undefined : sources.machines.get(`${namespace}/${owner}`)
  const infrastructure = infrastructureOf(machine, sources)
  const clusterName = infrastructure === undefined ? machine?.spec?.clusterName : clusterNameOf(infrastructure, machine)
  const cluster = clusterName === undefined ? undefined : sources.clusters.get(`${namespace}/${clusterName}`)
  const host = hostOf(infrastructure, sources)
  return {
    object,
    machine,
    cluster,
    host,
    node: cluster === undefined || host === undefined ? undefined : nodes.findNode(keyOf(cluster), providerIDOf(host)),
    nodesKnown: cluster !== undefined && nodes.knows(keyOf(cluster)),
  }
}

const infrastructureOf = (
  machine: Machine | undefined,
  { kataMetalMachines }: RemediationSources,
): KataMetalMachine | undefined => {
  const reference = machine?.spec?.infrastructureRef
  return reference?.kind === 'KataMetalMachine' && reference.apiGroup === infrastructureGroup
    ? kataMetalMachines.get(`${machine?.metadata.namespace ?? ''}/${reference.name}`)
    : undefined
}

const hostOf = (
  infrastructure: KataMetalMachine | undefined,
  { hosts }: RemediationSources,
): BareMetalHost | undefined => {
  const key = hostKey(infrastructure)
  const host = key === undefined ? undefined : hosts.get(key)
  return host !== undefined && infrastructure !== undefined && isHeldBy(host, infrastructure) ? host : undefined
}

const hostKey = (infrastructure: KataMetalMachine | undefined): Key | undefined => {
  if (infrastructure?.spec.providerID !== undefined) return hostKeyOf(infrastructure.spec.providerID)
  const place = infrastructure?.status?.host
  return place === undefined
    ? undefined
    : `${place.namespace ?? infrastructure?.metadata.namespace ?? ''}/${place.name}`
}

/** How long a Node that cannot be fenced keeps its server off: the only API server may run on it. */
const fencingPatienceMs = 60_000

/** The scene in the terms of the lifecycle. `now` is in milliseconds since the epoch. */
export const factsOf = (scene: RemediationScene, now: number): RemediationFacts => {
  const { object, machine, host } = scene
  const { metadata, spec, status } = object
  return {
    phase: status?.phase,
    tries: triesOf(object),
    retryLimit: spec.strategy.retryLimit,
    overdue: status?.deadline !== undefined && now >= Date.parse(status.deadline),
    fencingOverdue: status?.since !== undefined && now >= Date.parse(status.since) + fencingPatienceMs,
    deleting: metadata.deletionTimestamp !== undefined,
    machineDeleting: machine === undefined || machine.metadata.deletionTimestamp !== undefined,
    health: healthOf(machine),
    byHealthCheck: metadata.annotations?.[capiAnnotations.clonedFromName] !== undefined,
    host: host === undefined ? 'None' : isInService(host) ? 'InService' : 'NotInService',
    power: powerOf(host),
    powerWish: host?.spec.online === false ? 'Off' : 'On',
    node: nodeFact(scene),
    ownerAsked: findCondition(machine?.status?.conditions, machineHealthConditions.ownerRemediated)?.status === 'False',
  }
}

export const triesOf = ({ metadata }: KataMetalRemediation): number => {
  const tries = Number(metadata.annotations?.[remediationTriesAnnotation] ?? '0')
  return Number.isSafeInteger(tries) && tries > 0 ? tries : 0
}

/** When the look must be repeated although nothing changes: the next deadline, in milliseconds since the epoch. */
export const nextDeadline = ({ status }: KataMetalRemediation): number | undefined => {
  const deadline = status?.deadline === undefined ? undefined : Date.parse(status.deadline)
  if (status?.phase === 'Fencing' && status.since !== undefined) return Date.parse(status.since) + fencingPatienceMs
  return status?.phase === 'Succeeded' || status?.phase === 'GivenUp' ? undefined : deadline
}

const healthOf = (machine: Machine | undefined): RemediationFacts['health'] => {
  const said = findCondition(machine?.status?.conditions, machineHealthConditions.healthCheckSucceeded)?.status
  return said === 'True' ? 'Healthy' : said === 'False' ? 'Unhealthy' : 'Unknown'
}

const isInService = ({ status }: BareMetalHost): boolean => status?.state === 'InService'

/** Only what the host controller saw after it knew the present wish. */
const powerOf = (host: BareMetalHost | undefined): RemediationFacts['power'] => {
  const { poweredOn, observedGeneration } = host?.status ?? {}
  if (poweredOn === undefined || observedGeneration !== host?.metadata.generation) return 'Unknown'
  return poweredOn ? 'On' : 'Off'
}

const nodeFact = ({ object, node, nodesKnown }: RemediationScene): RemediationFacts['node'] => {
  if (!nodesKnown) return 'Unknown'
  if (node === undefined) return 'Absent'
  if (!isFenced(node)) return 'Unfenced'
  const since = Date.parse(object.status?.lastRemediated ?? '')
  return isBack(node, object.status?.fencedBootID, since) ? 'Back' : 'Fenced'
}
