import { join } from 'node:path'
import type { Clock } from '../base/clock.js'
import type { Logger } from '../base/log.js'
import { packageRoot } from '../base/package-root.js'
import { directApiAccess } from '../kube/api-access.js'
import type { Manager } from '../main.js'
import type { PersonaName } from './bmc/personas/personas.js'
import type { ResourceTree } from './bmc/resource-tree.js'
import { type Fleet, startFleet } from './fleet.js'
import { type Bed, startBed } from './kubernetes/bed.js'
import { kubeadmCluster } from './kubernetes/kubeadm-cluster.js'
import { kubeadmNodes } from './kubernetes/kubeadm-node.js'
import { readManifests } from './kubernetes/manifests.js'
import { freePorts } from './kubernetes/ports.js'
import { labNamespace, withProfile } from './lab.js'
import { type ImageServer, startImageServer } from './lab-image-server.js'
import { startManagerFor } from './lab-manager.js'
import { managerNamespace, managerServiceAccount, providerManifests } from './provider-manifests.js'

export interface KubernetesLabOptions {
  /** Where hack/kubernetes put the programs. */
  readonly programs: string
  /** Everything that the lab writes is below this folder; it is made and removed by the lab. */
  readonly folder: string
  readonly hosts: number
  readonly personas?: readonly PersonaName[]
  readonly trees?: readonly { readonly name: string; readonly tree: ResourceTree }[]
  /** How many Machines to ask for: a control plane of one, the others in a MachineDeployment; 0 makes no cluster. */
  readonly machines: number
  readonly speed: number
  readonly firmwareProfile: string
  readonly clock: Clock
  readonly log: Logger
}

/** The lab with a real API server and the real Cluster API controllers; only servers, BMCs and kubelets are simulated. */
export interface KubernetesLab {
  readonly bed: Bed
  readonly client: Bed['client']
  readonly fleet: Fleet
  readonly images: ImageServer
  readonly manager: Manager
  readonly kubeconfigPath: string
  stop(): Promise<void>
}

/** Starts everything and applies the hosts and, when asked, a cluster. Cleans up after itself when it fails half-way. */
export const startKubernetesLab = async (options: KubernetesLabOptions): Promise<KubernetesLab> => {
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

const build = async (
  options: KubernetesLabOptions,
  stops: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<KubernetesLab> => {
  const { programs, folder, clock, log, speed } = options
  const bed = await startBed({ programs, folder: join(folder, 'kubernetes') })
  stops.push(() => bed.stop())
  await installProvider(bed)
  const images = await startImageServer()
  stops.push(() => images.stop())
  const fleet = await startFleet({
    ...(options.trees === undefined ? { count: options.hosts } : { trees: options.trees }),
    ...(options.personas === undefined ? {} : { personas: options.personas }),
    clock,
    log: log.child({ room: 'fleet' }),
    namespace: labNamespace,
    serverTimings: { speed },
    bmcTimings: { speed },
    nodeApi: kubeadmNodes(bed.workloads),
  })
  stops.push(() => fleet.stop())
  const access = directApiAccess(await bed.credentialsOf(managerNamespace, managerServiceAccount))
  const manager = await startManagerFor(fleet, { access, clock, log })
  stops.push(() => manager.stop())
  const cluster = options.machines === 0 ? [] : await labKubeadmCluster(options.machines, images)
  await bed.apply(...fleet.manifests.map(manifest => withProfile(manifest, options.firmwareProfile)), ...cluster)
  return { bed, client: bed.client, fleet, images, manager, kubeconfigPath: bed.kubeconfigPath, stop }
}

/** Applies what the provider consists of but its Deployment: CRDs, roles and admission policies. */
export const installProvider = async (bed: Bed): Promise<void> => {
  await bed.apply(...(await providerManifests()))
  await bed.kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '-l', 'cluster.x-k8s.io/provider'])
  await bed.apply(...(await readManifests(join(packageRoot(), 'config/policies'))))
}

const labKubeadmCluster = async (machines: number, { image }: ImageServer) => {
  const [port = 0] = await freePorts(1)
  return kubeadmCluster({
    namespace: labNamespace,
    name: 'edge',
    port,
    controlPlanes: 1,
    workers: machines - 1,
    machine: { image, needs: { kata: true } },
  })
}
