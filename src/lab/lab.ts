import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeObject } from '../../api/meta.js'
import type { Clock } from '../base/clock.js'
import type { Logger } from '../base/log.js'
import { createKubeClient } from '../kube/client.js'
import { directApiAccess } from '../kube/api-access.js'
import type { KubeClient } from '../kube/types.js'
import type { Manager } from '../main.js'
import { type ApiServer, startApiServer } from './apiserver/api-server.js'
import type { PersonaName } from './bmc/personas/personas.js'
import type { ResourceTree } from './bmc/resource-tree.js'
import { clusterApiCrds } from './core/crds.js'
import { type CoreStandIn, startCoreStandIn } from './core/core-stand-in.js'
import { startKubelets } from './core/kubelets.js'
import { type Fleet, startFleet } from './fleet.js'
import { type ImageServer, startImageServer } from './lab-image-server.js'
import { labCluster } from './lab-cluster.js'
import { type ManagerSettings, startManagerFor } from './lab-manager.js'
import { managerNamespace, providerManifests } from './provider-manifests.js'

export interface LabOptions {
  /** Everything that the lab writes is below this folder; it is made and removed by the lab. */
  readonly folder: string
  /** How many servers; without captured trees they take turns through the built-in makes. */
  readonly hosts: number
  /** The makes of the built-in servers; all of them when absent. */
  readonly personas?: readonly PersonaName[]
  /** Captured trees instead of the built-in servers. */
  readonly trees?: readonly { readonly name: string; readonly tree: ResourceTree }[]
  /** How many Machines to ask for, the first of them as control plane; 0 leaves all hosts Available. */
  readonly machines: number
  /** All simulated durations are divided by this. */
  readonly speed: number
  /** Before each answer of a BMC, in milliseconds of real machines; none when absent. */
  readonly bmcLatency?: number
  /** Firmware profile for every host. */
  readonly firmwareProfile: string
  /** Start the manager in this process; tests and the bench may start their own. */
  readonly manager: boolean
  /** Has the last word on what is applied for the hosts and the cluster; undefined leaves the manifest out. */
  readonly adapt?: (manifest: KubeObject) => object | undefined
  readonly clock: Clock
  readonly log: Logger
}

/** The running lab: everything but the manager is simulated. */
export interface Lab {
  readonly api: ApiServer
  readonly client: KubeClient
  readonly fleet: Fleet
  readonly images: ImageServer
  readonly manager: Manager | undefined
  /** Path of a kubeconfig with all rights. */
  readonly kubeconfigPath: string
  /** Path of the kubeconfig of the manager's ServiceAccount. */
  readonly managerKubeconfigPath: string
  /** Stops everything and removes the folder. Never throws. */
  stop(): Promise<void>
}

export const labNamespace = 'default'
export const managerUser = {
  name: `system:serviceaccount:${managerNamespace}:katametal-manager`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${managerNamespace}`, 'system:authenticated'],
}
const admin = { name: 'lab-admin', groups: ['system:masters', 'system:authenticated'] }

/** Starts the lab and applies its hosts and, when asked, its cluster. Cleans up after itself when it fails half-way. */
export const startLab = async (options: LabOptions): Promise<Lab> => {
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each().catch(() => undefined)
  }
  try {
    return await build(options, stops, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

const build = async (options: LabOptions, stops: (() => Promise<void>)[], stop: () => Promise<void>): Promise<Lab> => {
  const { clock, log, folder } = options
  await mkdir(folder, { recursive: true })
  stops.push(() => rm(folder, { recursive: true, force: true }))

  const api = await startApiServer({ clock, log: log.child({ room: 'apiserver' }), rbac: true })
  stops.push(() => api.stop())
  for (const manifest of [...(await providerManifests()), ...clusterApiCrds]) api.applyManifest(manifest)
  const adminKubeconfig = api.kubeconfig(admin)
  const kubeconfigPath = join(folder, 'kubeconfig')
  const managerKubeconfigPath = join(folder, 'manager.kubeconfig')
  await writeFile(kubeconfigPath, adminKubeconfig, { mode: 0o600 })
  await writeFile(managerKubeconfigPath, api.kubeconfig(managerUser), { mode: 0o600 })

  const client = createKubeClient(directApiAccess({ server: api.url, ca: api.ca, token: api.addToken(admin) }), {
    clock,
  })
  stops.push(() => client.close())

  const images = await startImageServer()
  stops.push(() => images.stop())

  const core = await startStandIn(api, client, adminKubeconfig, options)
  stops.push(() => core.stop())

  const fleet = await startFleet({
    ...(options.trees === undefined ? { count: options.hosts } : { trees: options.trees }),
    ...(options.personas === undefined ? {} : { personas: options.personas }),
    clock,
    log: log.child({ room: 'fleet' }),
    namespace: labNamespace,
    serverTimings: { speed: options.speed },
    bmcTimings: { speed: options.speed, latency: options.bmcLatency ?? 0 },
  })
  stops.push(() => fleet.stop())

  const kubelets = startKubelets({
    client,
    servers: fleet.machines,
    podMs: 1_500 / options.speed,
    clock,
    log: log.child({ room: 'kubelets' }),
  })
  stops.push(() => kubelets.stop())

  const manager = options.manager ? await startLabManager(api, fleet, options) : undefined
  if (manager !== undefined) stops.push(() => manager.stop())

  const manifests = [
    ...fleet.manifests.map(manifest => withProfile(manifest, options.firmwareProfile)),
    ...(options.machines === 0
      ? []
      : labCluster({ machines: options.machines, image: images.image, namespace: labNamespace })),
  ]
  for (const manifest of manifests) {
    const adapted = options.adapt === undefined ? manifest : options.adapt(manifest)
    if (adapted !== undefined) api.applyManifest(adapted)
  }

  return { api, client, fleet, images, manager, kubeconfigPath, managerKubeconfigPath, stop }
}

const startStandIn = (
  api: ApiServer,
  client: KubeClient,
  kubeconfig: string,
  { clock, log }: LabOptions,
): Promise<CoreStandIn> =>
  startCoreStandIn({
    client,
    join: { server: api.url, ca: api.ca, token: api.addToken({ name: 'lab-nodes', groups: ['system:masters'] }) },
    kubeconfig,
    clock,
    log,
  })

/** A manager of the lab for the embedded API server, with the rights of its ServiceAccount only. */
export const startLabManager = (
  api: ApiServer,
  fleet: Fleet,
  options: Omit<ManagerSettings, 'access'>,
): Promise<Manager> =>
  startManagerFor(fleet, {
    ...options,
    access: directApiAccess({ server: api.url, ca: api.ca, token: api.addToken(managerUser) }),
  })

/** The manifest of a host with a firmware profile; others as they are. */
export const withProfile = (manifest: KubeObject, firmwareProfileName: string): KubeObject =>
  manifest.kind === 'BareMetalHost' && 'spec' in manifest
    ? Object.assign({}, manifest, { spec: { ...(manifest.spec as object), firmwareProfileName } })
    : manifest
