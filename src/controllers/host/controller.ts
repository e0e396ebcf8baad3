import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { clusterNameLabel } from '../../../api/metal/group.js'
import type { KataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import type { KudProfile } from '../../../api/kud/kud-profile.js'
import type { KubeObject } from '../../../api/meta.js'
import type { FirmwareProfile } from '../../../api/metal/firmware-profile.js'
import type { HostFirmware } from '../../../api/metal/host-firmware.js'
import type { HostInventory } from '../../../api/metal/host-inventory.js'
import type { Cluster } from '../../../api/cluster-api.js'
import type { Metrics } from '../../base/metrics.js'
import { type Controller, createController } from '../../kube/controller.js'
import type { Secret } from '../../kube/resource-types.js'
import { type Change, type Informer, type Key, keyOf } from '../../kube/types.js'
import { bmcIndex } from './observe.js'
import { ownChildren } from './own-children.js'
import type { HostControllerParts } from './ports.js'
import { createHostReconcile } from './reconcile.js'
import { bmcKeyOf } from './twin.js'

export interface HostControllerOptions {
  readonly parts: Omit<HostControllerParts, 'stores' | 'wake'>
  /** Run by the caller. `hosts` needs the indexes {@link hostControllerIndexes}. */
  readonly informers: {
    readonly hosts: Informer<BareMetalHost>
    readonly inventories: Informer<HostInventory>
    readonly firmwares: Informer<HostFirmware>
    readonly profiles: Informer<FirmwareProfile>
    readonly secrets: Informer<Secret>
    readonly clusters: Informer<Cluster>
    readonly kataMetalClusters: Informer<KataMetalCluster>
    readonly kudProfiles: Informer<KudProfile>
  }
  readonly metrics: Metrics
  /** Hosts worked on at once. */
  readonly concurrency: number
}

/** Indexes that the informer of BareMetalHosts must be created with. */
export const hostControllerIndexes = {
  [bmcIndex]: (host: BareMetalHost): string[] => [bmcKeyOf(host)],
  secret: (host: BareMetalHost): string[] => secretNames(host).map(name => `${host.metadata.namespace ?? ''}/${name}`),
  firmwareProfile: (host: BareMetalHost): string[] => {
    const name = host.spec.firmwareProfileName
    return name === undefined ? [] : [`${host.metadata.namespace ?? ''}/${name}`]
  },
  hostCluster: (host: BareMetalHost): string[] => {
    const name = host.metadata.labels?.[clusterNameLabel]
    return name === undefined ? [] : [`${host.metadata.namespace ?? ''}/${name}`]
  },
} as const

/** A controller and a way to wake one of its hosts from outside (agent reports, Nodes of workload clusters). */
export interface HostController {
  readonly controller: Controller
  readonly wake: (key: Key) => void
}

/**
 * Reconciles BareMetalHosts. Woken by themselves, their inventory and firmware, and by everything whose change may end
 * a back-off: their Secrets, their profile, their Cluster, their agent and their Node.
 */
export const createHostController = ({
  parts,
  informers,
  metrics,
  concurrency,
}: HostControllerOptions): HostController => {
  const { hosts } = informers
  const wake = (key: Key): void => {
    host.woken(key)
    controller.enqueue(key)
  }
  const inventories = ownChildren(informers.inventories.store, parts.clients.inventories)
  const firmwares = ownChildren(informers.firmwares.store, parts.clients.firmwares)
  const host = createHostReconcile({
    ...parts,
    clients: { ...parts.clients, inventories: inventories.client, firmwares: firmwares.client },
    stores: {
      hosts: hosts.store,
      inventories: inventories.store,
      firmwares: firmwares.store,
      profiles: informers.profiles.store,
      secrets: informers.secrets.store,
    },
    wake,
  })
  const controller = createController({
    name: 'baremetalhost',
    reconcile: host.reconcile,
    concurrency,
    deadlineMs: 300_000,
    clock: parts.clock,
    log: parts.log,
    metrics,
  })
  const wakeAll = (found: readonly BareMetalHost[]): Key[] =>
    found.map(object => {
      host.woken(keyOf(object))
      return keyOf(object)
    })

  controller.watch(hosts, (object, change) => {
    if (isChangeOfWish(change)) host.woken(keyOf(object))
    const left = bmcLeftBy(change)
    return [
      ...(isOwnReport(change) ? [] : [keyOf(object)]),
      ...(left === undefined ? [] : wakeAll(hosts.store.byIndex(bmcIndex, left))),
    ]
  })
  controller.watch(informers.inventories, object => (inventories.wrote(object) ? [] : [keyOf(object)]))
  controller.watch(informers.firmwares, object => (firmwares.wrote(object) ? [] : [keyOf(object)]))
  controller.watch(informers.secrets, (secret, change) =>
    change.type === 'added' || change.previous?.metadata.resourceVersion !== secret.metadata.resourceVersion
      ? wakeAll(hosts.store.byIndex('secret', keyOf(secret)))
      : [],
  )
  controller.watch(informers.profiles, profile => wakeAll(hosts.store.byIndex('firmwareProfile', keyOf(profile))))
  // Only what is being installed asks for a profile, which may have been missing.
  for (const source of [informers.kudProfiles, informers.kataMetalClusters] as Informer<KubeObject>[])
    controller.watch(source, ({ metadata }, { type, object, previous }) =>
      type === 'updated' && previous?.metadata.generation === object.metadata.generation
        ? []
        : wakeAll(
            hosts.store
              .list()
              .filter(host => host.metadata.namespace === metadata.namespace && host.status?.state === 'Provisioning'),
          ),
    )
  controller.watch(informers.clusters, (cluster, { previous }) =>
    previous !== undefined && previous.spec?.paused === cluster.spec?.paused
      ? []
      : wakeAll(hosts.store.byIndex('hostCluster', keyOf(cluster))),
  )
  return { controller, wake }
}

/** Spec, annotations or deletion changed: what status alone does must not end a back-off. */
const isChangeOfWish = ({ type, object, previous }: Change<BareMetalHost>): boolean =>
  type === 'updated' &&
  previous !== undefined &&
  (previous.metadata.generation !== object.metadata.generation ||
    previous.metadata.deletionTimestamp !== object.metadata.deletionTimestamp ||
    JSON.stringify(previous.metadata.annotations) !== JSON.stringify(object.metadata.annotations))

/**
 * Only status changed, which nobody else writes: whoever wrote it has decided already when to look again, and looking
 * at once would ask the BMC the same a second time.
 */
const isOwnReport = ({ type, object, previous }: Change<BareMetalHost>): boolean =>
  type === 'updated' && previous !== undefined && wishOf(previous) === wishOf(object)

/** Everything of a host that others write. */
const wishOf = ({ metadata, spec }: BareMetalHost): string => {
  const { labels, annotations, finalizers, ownerReferences, deletionTimestamp } = metadata
  return JSON.stringify([labels, annotations, finalizers, ownerReferences, deletionTimestamp, spec])
}

/** The BMC that a host does not manage any more: who waits for it may have it. */
const bmcLeftBy = ({ type, object, previous }: Change<BareMetalHost>): string | undefined => {
  if (type === 'deleted') return bmcKeyOf(object)
  return previous === undefined || previous.spec.bmc.address === object.spec.bmc.address
    ? undefined
    : bmcKeyOf(previous)
}

const secretNames = ({ spec }: BareMetalHost): string[] =>
  [
    spec.bmc.credentialsName,
    spec.userData?.name,
    spec.metaData?.name,
    spec.networkData?.name,
    spec.preprovisioningNetworkDataName,
  ].filter(name => name !== undefined)
