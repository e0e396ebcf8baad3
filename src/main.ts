import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { Cluster, Machine } from '../api/cluster-api.js'
import { type KataMetalCluster, kataMetalCluster } from '../api/infrastructure/kata-metal-cluster.js'
import { type KataMetalMachine, kataMetalMachine } from '../api/infrastructure/kata-metal-machine.js'
import {
  type KataMetalMachineTemplate,
  kataMetalMachineTemplate,
} from '../api/infrastructure/kata-metal-machine-template.js'
import { type KataMetalRemediation, kataMetalRemediation } from '../api/infrastructure/kata-metal-remediation.js'
import { type BareMetalHost, bareMetalHost } from '../api/metal/bare-metal-host.js'
import { type FirmwareProfile, firmwareProfile } from '../api/metal/firmware-profile.js'
import { type KudProfile, kudProfile } from '../api/kud/kud-profile.js'
import { clusterNameLabel } from '../api/metal/group.js'
import { type HostFirmware, hostFirmware } from '../api/metal/host-firmware.js'
import { type HostInventory, hostInventory } from '../api/metal/host-inventory.js'
import { type Clock, rfc3339 } from './base/clock.js'
import { KatametalError, toKatametalError } from './base/errors.js'
import type { Logger } from './base/log.js'
import { Metrics } from './base/metrics.js'
import { createBmc } from './bmc/bmc.js'
import { createBmcCache } from './bmc/session-cache.js'
import { loadVendors } from './bmc/vendors.js'
import { createClusterController } from './controllers/cluster/controller.js'
import { createHostController, hostControllerIndexes } from './controllers/host/controller.js'
import { secretLabel } from './controllers/host/credentials.js'
import type { Checkpoint, FirmwarePort } from './controllers/host/ports.js'
import { createNodeLayer } from './controllers/kud/node-layer.js'
import { kataOf } from './controllers/kud/kata-of.js'
import { createProfileController } from './controllers/kud/profile-controller.js'
import { createProofController } from './controllers/kud/proof-controller.js'
import { createMachineController } from './controllers/machine/controller.js'
import { hostIndexes, machineIndexes } from './controllers/machine/observe.js'
import { createRemediationController } from './controllers/remediation/controller.js'
import { remediationIndexes } from './controllers/remediation/observe.js'
import { createTemplateController } from './controllers/template/controller.js'
import { createWorkloadClusters } from './controllers/workload/workload-clusters.js'
import type { BootImages } from './deploy/media-routes.js'
import { writeNetbootFiles } from './deploy/netboot-files.js'
import { startDeployServer } from './deploy/server.js'
import { loadFirmwareKnowledge, loadShippedProfiles } from './firmware/data.js'
import { planFirmware } from './firmware/plan.js'
import { proveByRunningSystem } from './firmware/proof.js'
import type { ApiAccess } from './kube/api-access.js'
import { createKubeClient } from './kube/client.js'
import { createEventRecorder } from './kube/events.js'
import { createInformer } from './kube/informer.js'
import { createLeaderElector } from './kube/lease.js'
import { clusters, machines, type Secret, secrets, typeOf } from './kube/resource-types.js'
import type { Informer, KubeClient } from './kube/types.js'
import { readIdentity } from './manager-identity.js'
import { startProbes } from './manager-probes.js'

export interface ManagerOptions {
  readonly access: ApiAccess
  /** Where the manager runs: its Lease and its own keys are kept there. */
  readonly ownNamespace: string
  /** Only look at objects of this namespace. */
  readonly watchNamespace?: string
  /** Only look at Cluster API objects whose label cluster.x-k8s.io/watch-filter has this value. */
  readonly watchFilter?: string
  readonly leaderElection: boolean
  readonly deploy: { readonly address: string; readonly port: number; readonly advertisedURL?: string }
  readonly bootImages: BootImages
  /** Where to write what DHCP and TFTP servers need for network boot (netboot-files.ts); nothing when absent. */
  readonly netbootFolder?: string
  /** Where to serve /metrics, /healthz and /readyz; not at all when absent. */
  readonly probes?: { readonly address: string; readonly port: number }
  /** Hosts worked on at once. */
  readonly concurrency: number
  /** See HostControllerParts.agentPatienceMs; 15 minutes when absent. */
  readonly agentPatienceMs?: number
  /** See HostControllerParts.checkpoint; for tests. */
  readonly checkpoint?: Checkpoint
  readonly clock: Clock
  readonly log: Logger
}

/** A running manager. */
export interface Manager {
  /** Base URL of the deploy server, once this manager leads. */
  readonly deployURL: () => string | undefined
  readonly probesURL: string | undefined
  readonly metrics: Metrics
  /** Rejects when the lease is lost or something fatal happens; resolves after `stop`. */
  readonly done: Promise<void>
  /** Ends all work, logs out of all BMCs, and releases the lease. */
  stop(): Promise<void>
}

/**
 * Builds the parts of the manager and starts them. The only place that wires. Throws KatametalError when the API server
 * cannot be used.
 */
export const startManager = async (options: ManagerOptions): Promise<Manager> => {
  const { clock, log, access } = options
  const metrics = new Metrics()
  metrics.collectProcess()
  const client = createKubeClient(access, { clock, metrics })
  const end = new AbortController()
  // Informers, controllers and calls all listen to the one signal that ends the manager.
  setMaxListeners(0, end.signal)
  let deployURL: string | undefined
  let leading = false
  const probes = await startProbes(options.probes, metrics, () => leading || !options.leaderElection)

  const lead = async (signal: AbortSignal): Promise<void> => {
    await runControllers(options, client, metrics, signal, url => {
      deployURL = url
      leading = true
    })
  }
  const elector = createLeaderElector({
    client,
    namespace: options.ownNamespace,
    name: 'katametal-manager',
    identity: randomUUID(),
    clock,
    log,
    metrics,
  })
  const done = (options.leaderElection ? elector.run(end.signal, lead) : lead(end.signal)).finally(async () => {
    leading = false
    await probes?.stop()
    await client.close()
  })
  done.catch((error: unknown) => log.error({ err: toKatametalError(error) }, 'the manager ended'))
  return {
    deployURL: () => deployURL,
    probesURL: probes?.url,
    metrics,
    done,
    stop: async () => {
      end.abort(new KatametalError('Cancelled', { about: 'manager' }))
      await done.catch(() => undefined)
    },
  }
}

/** Runs everything that only the leader may do, until the signal is aborted. */
const runControllers = async (
  options: ManagerOptions,
  client: KubeClient,
  metrics: Metrics,
  signal: AbortSignal,
  started: (deployURL: string) => void,
): Promise<void> => {
  const { clock, log, deploy, ownNamespace, concurrency } = options
  setMaxListeners(0, signal)
  const identity = await readIdentity(client, ownNamespace, deploy, clock, signal)
  const deployServer = await startDeployServer({
    ...deploy,
    tls: identity.tls,
    ca: identity.authority.cert,
    tokenKey: identity.tokenKey,
    bootImages: options.bootImages,
    clock,
    log,
  })
  await offerNetworkBoot(options, deployServer.url, identity.authority.cert)
  const vendors = await loadVendors()
  const suites = new Map<string, string>()
  const bmcs = createBmcCache({
    clock,
    log,
    open: (address, bmcAccess, fallbackAddress) =>
      createBmc({ address, fallbackAddress, access: bmcAccess, clock, log, vendors, suites }),
  })
  const common = {
    clock,
    log,
    metrics,
    ...(options.watchNamespace === undefined ? {} : { namespace: options.watchNamespace }),
  }
  const filtered = {
    ...common,
    ...(options.watchFilter === undefined
      ? {}
      : { labelSelector: `cluster.x-k8s.io/watch-filter=${options.watchFilter}` }),
  }
  const informers = {
    hosts: createInformer<BareMetalHost>(client, typeOf(bareMetalHost), {
      ...common,
      indexes: { ...hostIndexes, ...hostControllerIndexes },
    }),
    inventories: createInformer<HostInventory>(client, typeOf(hostInventory), common),
    firmwares: createInformer<HostFirmware>(client, typeOf(hostFirmware), common),
    profiles: createInformer<FirmwareProfile>(client, typeOf(firmwareProfile), common),
    secrets: createInformer<Secret>(client, secrets, { ...common, labelSelector: secretLabel }),
    kudProfiles: createInformer<KudProfile>(client, typeOf(kudProfile), common),
    clusters: createInformer<Cluster>(client, clusters, common),
    machines: createInformer<Machine>(client, machines, common),
    kataMetalClusters: createInformer<KataMetalCluster>(client, typeOf(kataMetalCluster), filtered),
    kataMetalMachines: createInformer<KataMetalMachine>(client, typeOf(kataMetalMachine), {
      ...filtered,
      indexes: machineIndexes,
    }),
    templates: createInformer<KataMetalMachineTemplate>(client, typeOf(kataMetalMachineTemplate), filtered),
    remediations: createInformer<KataMetalRemediation>(client, typeOf(kataMetalRemediation), {
      ...filtered,
      indexes: remediationIndexes,
    }),
  }
  const events = createEventRecorder(client, { component: 'katametal', instance: 'manager', clock, log })
  const workloads = createWorkloadClusters({
    client,
    clusters: informers.clusters,
    clock,
    log,
    onNodeChange: host => {
      hostController.wake(host)
      remediation.nodeChanged(host)
      kataProof.wake(host)
    },
  })
  const profileSources = {
    clusters: informers.clusters.store,
    kataMetalClusters: informers.kataMetalClusters.store,
    kataMetalMachines: informers.kataMetalMachines.store,
    kudProfiles: informers.kudProfiles.store,
  }
  const kataProof = createProofController({
    hosts: informers.hosts,
    profiles: informers.kudProfiles,
    sources: profileSources,
    workloads,
    clock,
    log,
    metrics,
  })
  const remediation = createRemediationController({ client, informers, nodes: workloads, events, clock, log, metrics })
  const clusterOf = (host: BareMetalHost): string =>
    `${host.metadata.namespace ?? ''}/${host.metadata.labels?.[clusterNameLabel] ?? ''}`
  const hostController = createHostController({
    parts: {
      clock,
      log,
      chance: Math.random,
      newID: randomUUID,
      clients: {
        hosts: client.resource<BareMetalHost>(typeOf(bareMetalHost)),
        inventories: client.resource<HostInventory>(typeOf(hostInventory)),
        firmwares: client.resource<HostFirmware>(typeOf(hostFirmware)),
        secrets: client.resource<Secret>(secrets),
      },
      bmcs,
      deploy: deployServer,
      firmware: firmwarePort(),
      nodeLayer: createNodeLayer(profileSources),
      nodes: {
        find: (host, providerID) => {
          const node = workloads.findNode(clusterOf(host), providerID)
          if (node === undefined) return undefined
          const ready = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
          return { name: node.metadata.name, ready: ready === true, ...kataOf(host, node, profileSources) }
        },
      },
      events,
      agentPatienceMs: options.agentPatienceMs ?? 15 * 60_000,
      ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
      consumingClusterPaused: host => informers.clusters.store.get(clusterOf(host))?.spec?.paused === true,
    },
    informers,
    metrics,
    concurrency,
  })
  deployServer.onNews(host => hostController.wake(host))
  const controllers = [
    hostController.controller,
    kataProof.controller,
    createProfileController({ client, informers, sources: profileSources, workloads, clock, log, metrics }),
    createMachineController({ client, informers, workloads, events, clock, log, metrics }),
    createClusterController({ client, informers, events, clock, log, metrics }),
    remediation.controller,
    createTemplateController({ client, informers, clock, log, metrics }),
  ]
  started(deployServer.url)
  log.info({ deploy: deployServer.url, server: client.server }, 'the manager works')
  try {
    await Promise.all([
      ...Object.values(informers).map(informer => (informer as Informer<never>).run(signal)),
      ...controllers.map(controller => controller.run(signal)),
    ])
  } finally {
    await deployServer.stop()
    await workloads.close()
    await bmcs.close()
    await events.flush(AbortSignal.timeout(2_000))
  }
}

/** Files of netboot-files.ts, when they are wanted and the boot image has the program for them. */
const offerNetworkBoot = async ({ netbootFolder, bootImages, clock }: ManagerOptions, url: string, ca: string) => {
  if (netbootFolder === undefined) return
  if (bootImages.efi === undefined)
    throw new KatametalError('FileInvalid', {
      about: '--boot-image',
      seen: 'network boot needs boot.efi: name the folder',
    })
  const discovery = `${url}/v1/netboot`
  await writeNetbootFiles(netbootFolder, bootImages.efi, { version: 1, discovery, ca, time: rfc3339(clock.now()) })
}

const firmwarePort = (): FirmwarePort => {
  const knowledge = loadFirmwareKnowledge()
  const shipped = loadShippedProfiles()
  return {
    shipped: name => shipped.get(name),
    plan: (profile, snapshot) => {
      const { rows, changes, reboots, obstacles } = planFirmware(profile, snapshot, knowledge)
      return { rows: [...rows], changes, reboots, impossible: obstacles.map(({ message }) => message) }
    },
    proveByRunningSystem,
  }
}
