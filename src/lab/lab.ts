import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../api/meta.js'
import type { Clock } from '../base/clock.js'
import type { Logger } from '../base/log.js'
import { packageRoot } from '../base/package-root.js'
import { bootImageFrom } from '../deploy/boot-image.js'
import { createKubeClient } from '../kube/client.js'
import { directApiAccess } from '../kube/api-access.js'
import type { KubeClient } from '../kube/types.js'
import type { Checkpoint } from '../controllers/host/ports.js'
import { type Manager, startManager } from '../main.js'
import { type ApiServer, startApiServer } from './apiserver/api-server.js'
import type { PersonaName } from './bmc/personas/personas.js'
import type { ResourceTree } from './bmc/resource-tree.js'
import { clusterApiCrds } from './core/crds.js'
import { type CoreStandIn, startCoreStandIn } from './core/core-stand-in.js'
import { type Fleet, startFleet } from './fleet.js'
import { labBootImage } from './lab-boot-image.js'
import { type ImageServer, startImageServer } from './lab-image-server.js'
import { labCluster } from './lab-cluster.js'

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
export const managerNamespace = 'katametal-system'
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
  for (const manifest of await installManifests()) api.applyManifest(manifest)
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
    bmcTimings: { speed: options.speed },
  })
  stops.push(() => fleet.stop())

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

/** What `kubectl apply -f config/` would bring, and the stand-in's own CRDs. */
const installManifests = async (): Promise<object[]> => {
  const folders = ['config/crd', 'config/rbac'].map(folder => join(packageRoot(), folder))
  const documents: object[] = []
  for (const folder of folders)
    for (const file of (await readdir(folder)).filter(name => name.endsWith('.yaml')).sort())
      for (const document of parseAllDocuments(await readFile(join(folder, file), 'utf8')))
        documents.push(document.toJS() as object)
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: managerNamespace } }
  return [namespace, ...documents, ...clusterApiCrds]
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

/**
 * Starts a manager of the lab, with the rights of its ServiceAccount only, and tells the servers where to boot from the
 * network. Tests start several, one after the other; servers find the next one only at the `deployPort` of the first.
 */
export const startLabManager = async (
  api: ApiServer,
  fleet: Fleet,
  {
    clock,
    log,
    checkpoint,
    deployPort = 0,
    agentPatienceMs,
  }: Pick<LabOptions, 'clock' | 'log'> & {
    readonly checkpoint?: Checkpoint
    readonly deployPort?: number
    readonly agentPatienceMs?: number
  },
): Promise<Manager> => {
  const manager = await startManager({
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(agentPatienceMs === undefined ? {} : { agentPatienceMs }),
    access: directApiAccess({ server: api.url, ca: api.ca, token: api.addToken(managerUser) }),
    ownNamespace: managerNamespace,
    leaderElection: false,
    deploy: { address: '127.0.0.1', port: deployPort },
    bootImage: await bootImageFrom(labBootImage()),
    probes: { address: '127.0.0.1', port: 0 },
    concurrency: 16,
    clock,
    log: log.child({ room: 'manager' }),
  })
  await deployURL(manager)
  for (const { server } of fleet.machines) server.netbootURL = `${manager.deployURL() ?? ''}/v1/netboot`
  return manager
}

/** The manager opens its deploy server in the background. */
const deployURL = async (manager: Manager): Promise<void> => {
  for (let turn = 0; turn < 500 && manager.deployURL() === undefined; turn++)
    await Promise.race([new Promise(resolve => setTimeout(resolve, 20)), manager.done])
}

const withProfile = (manifest: KubeObject, firmwareProfileName: string): KubeObject =>
  manifest.kind === 'BareMetalHost' && 'spec' in manifest
    ? Object.assign({}, manifest, { spec: { ...(manifest.spec as object), firmwareProfileName } })
    : manifest
