import type { Machine } from '../../api/cluster-api.js'
import type { KubeObject } from '../../api/meta.js'
import { systemClock } from '../../src/base/clock.js'
import { directApiAccess } from '../../src/kube/api-access.js'
import { createKubeClient } from '../../src/kube/client.js'
import type { KubeClient, ResourceClient, ResourceType } from '../../src/kube/types.js'
import { type KubeadmClusterOptions, kubeadmCluster } from '../../src/lab/kubernetes/kubeadm-cluster.js'
import { freePorts } from '../../src/lab/kubernetes/ports.js'
import { ConformanceSite, type SiteOptions } from '../conformance/site.js'
import type { RealPlatform } from './real.js'

const type = (group: string, kind: string): ResourceType => ({
  group,
  version: 'v1beta2',
  plural: `${kind.toLowerCase()}s`,
  kind,
  namespaced: true,
})

export const controlPlanes = type('controlplane.cluster.x-k8s.io', 'KubeadmControlPlane')
export const deployments = type('cluster.x-k8s.io', 'MachineDeployment')

/** An object of Cluster API, as far as suites look into it. */
export interface AnyObject extends KubeObject {
  readonly spec?: Record<string, unknown>
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string }[]
    readonly [field: string]: unknown
  }
}

/** A site with a cluster that kubeadm makes. */
export interface KubeadmSite {
  readonly site: ConformanceSite
  readonly cluster: string
  readonly deployment: string
  readonly controlPlane: string
  readonly port: number
  readonly controlPlanes: ResourceClient<AnyObject>
  readonly deployments: ResourceClient<AnyObject>
  /** With all rights on the workload cluster; its API server must run. */
  workload(): KubeClient
  /** Machines of the control plane or of the MachineDeployment that are not being deleted. */
  machinesOf(role: 'control-plane' | 'worker'): Promise<Machine[]>
  /** Waits until so many of them are Running, and no others are left. */
  untilRunning(role: 'control-plane' | 'worker', count: number, ms?: number): Promise<Machine[]>
  scaleWorkers(replicas: number): Promise<void>
  stop(): Promise<void>
}

export interface KubeadmSiteOptions extends SiteOptions {
  readonly controlPlanes?: number
  readonly workers?: number
  readonly machine?: KubeadmClusterOptions['machine']
  /** Changes what is applied for the cluster. */
  readonly adapt?: (object: KubeObject) => KubeObject
}

export const startKubeadmSite = async (
  platform: RealPlatform,
  options: KubeadmSiteOptions = {},
): Promise<KubeadmSite> => {
  const site = await ConformanceSite.start(platform, options)
  const { namespace } = site
  const cluster = namespace.replace('site-', 'kubeadm-')
  const [port = 0] = await freePorts(1)
  const objects = await kubeadmCluster({
    namespace,
    name: cluster,
    port,
    controlPlanes: options.controlPlanes ?? 1,
    workers: options.workers ?? 0,
    machine: { image: site.images.image, ...options.machine },
  })
  await site.untilHosts('Available')
  await platform.apply(...objects.map(options.adapt ?? (object => object)))
  const selectors = {
    'control-plane': 'cluster.x-k8s.io/control-plane',
    worker: 'cluster.x-k8s.io/deployment-name',
  } as const
  const clients: KubeClient[] = []
  const machinesOf = async (role: keyof typeof selectors): Promise<Machine[]> => {
    const labelSelector = `cluster.x-k8s.io/cluster-name=${cluster},${selectors[role]}`
    return site.machines.list({ namespace, labelSelector })
  }
  const deploymentClient = site.resource<AnyObject>(deployments)
  return {
    site,
    cluster,
    deployment: `${cluster}-worker`,
    controlPlane: `${cluster}-control-plane`,
    port,
    controlPlanes: site.resource<AnyObject>(controlPlanes),
    deployments: deploymentClient,
    workload: () => {
      const access = platform.bed.workloads.at(port)
      if (access === undefined) throw new Error('the API server of the workload cluster does not run')
      const client = createKubeClient(directApiAccess(access), { clock: systemClock })
      clients.push(client)
      return client
    },
    machinesOf,
    untilRunning: (role, count, ms = 120_000) =>
      site.until(
        `${count} Machines of the ${role} to run`,
        async () => {
          const found = await machinesOf(role)
          return found.length === count && found.every(({ status }) => status?.phase === 'Running') ? found : undefined
        },
        ms,
      ),
    scaleWorkers: async replicas => {
      await deploymentClient.mergePatch(namespace, `${cluster}-worker`, { spec: { replicas } })
    },
    stop: async () => {
      await Promise.all(clients.map(client => client.close()))
      await site.stop()
    },
  }
}
