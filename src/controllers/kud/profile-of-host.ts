import { type Cluster, clusterApiGroup } from '../../../api/cluster-api.js'
import { infrastructureGroup } from '../../../api/infrastructure/group.js'
import { type KataMetalCluster, kataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { KudProfile } from '../../../api/kud/kud-profile.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { clusterNameLabel } from '../../../api/metal/group.js'
import { KatametalError } from '../../base/errors.js'
import type { Key, Store } from '../../kube/types.js'
import { consumerKeyOf } from '../machine/consumer.js'

/** What says which KudProfile a host is made from; kept up to date by informers. */
export interface ProfileSources {
  readonly clusters: Pick<Store<Cluster>, 'get'>
  readonly kataMetalClusters: Pick<Store<KataMetalCluster>, 'get'>
  readonly kataMetalMachines: Pick<Store<KataMetalMachine>, 'get'>
  readonly kudProfiles: Pick<Store<KudProfile>, 'get'>
}

/** The profile of a host, and whether the host shall run Kata: all do but those whose Machine says `needs.kata: false`. */
export interface HostProfile {
  readonly profile: KudProfile
  readonly kata: boolean
}

/** Undefined when the cluster of the host names no profile. Throws KudProfileUnknown when it names one that is not there. */
export const profileOfHost = (host: BareMetalHost, sources: ProfileSources): HostProfile | undefined => {
  const cluster = clusterKeyOf(host)
  const profile = cluster === undefined ? undefined : profileOfCluster(cluster, sources)
  if (profile === undefined) return undefined
  const consumer = consumerKeyOf(host)
  const machine = consumer === undefined ? undefined : sources.kataMetalMachines.get(consumer)
  return { profile, kata: machine?.spec.needs?.kata !== false }
}

/** The Cluster (`<namespace>/<name>`) that consumes a host. */
export const clusterKeyOf = ({ metadata }: BareMetalHost): Key | undefined => {
  const name = metadata.labels?.[clusterNameLabel]
  return name === undefined ? undefined : `${metadata.namespace ?? ''}/${name}`
}

/** The profile that a Cluster names through its KataMetalCluster. Throws KudProfileUnknown. */
export const profileOfCluster = (
  cluster: Key,
  sources: Omit<ProfileSources, 'kataMetalMachines'>,
): KudProfile | undefined => {
  const infrastructure = infrastructureOf(sources.clusters.get(cluster))
  const object = infrastructure === undefined ? undefined : sources.kataMetalClusters.get(infrastructure)
  const name = object?.spec.kudProfileName
  if (object === undefined || name === undefined) return undefined
  const profile = sources.kudProfiles.get(`${object.metadata.namespace ?? ''}/${name}`)
  if (profile === undefined)
    throw new KatametalError('KudProfileUnknown', {
      about: `KataMetalCluster ${object.metadata.name}`,
      seen: `it names ${name}`,
    })
  return profile
}

const infrastructureOf = (cluster: Cluster | undefined): Key | undefined => {
  const reference = cluster?.spec?.infrastructureRef
  return cluster !== undefined &&
    cluster.apiVersion.startsWith(`${clusterApiGroup}/`) &&
    reference?.kind === kataMetalCluster.kind &&
    reference.apiGroup === infrastructureGroup
    ? `${cluster.metadata.namespace ?? ''}/${reference.name}`
    : undefined
}
