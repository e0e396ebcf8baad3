import { type Cluster, type Machine, machinePoolLabels } from '../../../api/cluster-api.js'
import type { KataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { clusterNameLabel } from '../../../api/metal/group.js'
import type { HostInventory } from '../../../api/metal/host-inventory.js'
import type { ReadYourWrites } from '../../kube/read-your-writes.js'
import { type Key, keyOf, type ResourceClient, type Store } from '../../kube/types.js'
import { ownerOfKind } from '../contract/owner.js'
import { claimMarks } from './annotations.js'
import { consumerKeyOf, hostKeyOf } from './consumer.js'
import type { MachineDecision, MachineFacts } from './decide.js'

/** What the machine controller reads; kept up to date by informers. */
export interface MachineSources {
  /** Needs {@link machineIndexes}. */
  readonly objects: Store<KataMetalMachine>
  readonly machines: Store<Machine>
  readonly clusters: Store<Cluster>
  readonly kataMetalClusters: Store<KataMetalCluster>
  /** Needs {@link hostIndexes}. */
  readonly hosts: Store<BareMetalHost>
  readonly inventories: Store<HostInventory>
}

/** Indexes that the informer of BareMetalHosts must be created with. */
export const hostIndexes = {
  consumer: (host: BareMetalHost): string[] => {
    const key = consumerKeyOf(host)
    return key === undefined ? [] : [key]
  },
  namespace: (host: BareMetalHost): string[] => [host.metadata.namespace ?? ''],
} as const

/** Indexes that the informer of KataMetalMachines must be created with. */
export const machineIndexes = {
  cluster: (object: KataMetalMachine): string[] => {
    const name = object.metadata.labels?.[clusterNameLabel]
    return name === undefined ? [] : [`${object.metadata.namespace ?? ''}/${name}`]
  },
  namespace: (object: KataMetalMachine): string[] => [object.metadata.namespace ?? ''],
} as const

/** The facts as the caches know them. */
export const observe = (
  object: KataMetalMachine,
  sources: MachineSources,
  written: ReadYourWrites<BareMetalHost>,
): MachineFacts => {
  const namespace = object.metadata.namespace ?? ''
  const owner = ownerOf(object, sources)
  const clusterName = clusterNameOf(object, owner)
  const recorded = recordedHostKey(object)
  const named = recorded === undefined ? undefined : sources.hosts.get(recorded)
  const held = sources.hosts.byIndex('consumer', keyOf(object))
  return {
    object,
    owner,
    cluster: clusterName === undefined ? undefined : sources.clusters.get(`${namespace}/${clusterName}`),
    hosts: unique([...held, ...(named === undefined ? [] : [named])]).map(host => written.latest(host)),
  }
}

/** The Machine behind the ownerReference, as far as the cache knows it. */
export const ownerOf = (
  object: KataMetalMachine,
  { machines }: Pick<MachineSources, 'machines'>,
): Machine | undefined => {
  const name = ownerOfKind(object, 'Machine')?.name
  return name === undefined ? undefined : machines.get(`${object.metadata.namespace ?? ''}/${name}`)
}

/** The same with hosts read from the API server: an old cache cannot tell that a host is absent or free. */
export const observeLive = async (
  facts: MachineFacts,
  hosts: ResourceClient<BareMetalHost>,
  signal: AbortSignal,
): Promise<MachineFacts> => {
  const { object } = facts
  const { namespace, uid } = object.metadata
  const recorded = recordedHostKey(object)?.split('/')
  const [claimed, named] = await Promise.all([
    hosts.list({
      ...(namespace === undefined ? {} : { namespace }),
      labelSelector: `${claimMarks.claimedBy}=${uid ?? ''}`,
      signal,
    }),
    recorded?.[1] === undefined ? undefined : hosts.find(recorded[0], recorded[1], { signal }),
  ])
  const live = [...claimed, ...(named === undefined ? [] : [named])]
  const gone = (host: BareMetalHost): boolean => keyOf(host) === recorded?.join('/') && named === undefined
  return { ...facts, hosts: unique([...live, ...facts.hosts.filter(host => !gone(host))]) }
}

/** Decisions that are wrong when a host exists, or is ours, without the cache knowing. */
export const restsOnAbsence = ({ act }: MachineDecision): boolean =>
  act === 'Claim' || act === 'ReportLost' || act === 'RemoveFinalizer'

export const clusterNameOf = (object: KataMetalMachine, owner: Machine | undefined): string | undefined =>
  owner?.metadata.labels?.[clusterNameLabel] ?? owner?.spec?.clusterName ?? object.metadata.labels?.[clusterNameLabel]

/** `<cluster>/<pool>`: the set of Machines that takes turns on the same hosts in a rolling update. */
export const poolOf = (object: KataMetalMachine, owner: Machine | undefined): string | undefined => {
  const labels = { ...object.metadata.labels, ...owner?.metadata.labels }
  const pool = machinePoolLabels.map(label => labels[label]).find(name => name !== undefined)
  return pool === undefined ? undefined : `${clusterNameOf(object, owner) ?? ''}/${pool}`
}

/** Host label that holds the failure domain of the cluster's hosts. */
export const failureDomainLabelOf = (cluster: Cluster | undefined, known: Store<KataMetalCluster>): string => {
  const name = cluster?.spec?.infrastructureRef?.name
  const infrastructure = name === undefined ? undefined : known.get(`${cluster?.metadata.namespace ?? ''}/${name}`)
  return infrastructure?.spec.failureDomainLabel ?? 'topology.kubernetes.io/zone'
}

const recordedHostKey = (object: KataMetalMachine): Key | undefined => {
  const { providerID } = object.spec
  if (providerID !== undefined) return hostKeyOf(providerID)
  const host = object.status?.host
  return host === undefined ? undefined : `${host.namespace ?? object.metadata.namespace ?? ''}/${host.name}`
}

/** One per key; the first counts. */
const unique = (hosts: readonly BareMetalHost[]): BareMetalHost[] => [
  ...new Map([...hosts].reverse().map(host => [keyOf(host), host])).values(),
]
