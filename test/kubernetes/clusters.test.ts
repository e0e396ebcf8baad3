import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KataMetalMachine } from '../../api/infrastructure/kata-metal-machine.js'
import type { KubeObject } from '../../api/meta.js'
import { type Node, nodes } from '../../src/kube/resource-types.js'
import { powerAndBootDeeds } from '../conformance/deeds.js'
import { row } from '../conformance/row.js'
import { type KubeadmSite, startKubeadmSite } from './kubeadm-site.js'
import { openRealPlatform, type RealPlatform } from './real.js'

const zoneLabel = 'topology.kubernetes.io/zone'
const zones = ['rack-a', 'rack-b', 'rack-c']
const hook = (when: 'pre-drain' | 'pre-terminate') => `${when}.delete.hook.machine.cluster.x-k8s.io/test`

/** One cluster from its first server to its deletion, on six servers in three racks. */
describe('a cluster that kubeadm makes', () => {
  let platform: RealPlatform
  let kubeadm: KubeadmSite

  beforeAll(async () => {
    platform = await openRealPlatform()
    kubeadm = await startKubeadmSite(platform, {
      personas: ['dell', 'hpe', 'lenovo', 'supermicro', 'dell', 'dell'],
      adapt: withTemplateMetadata,
    })
    const { site } = kubeadm
    for (const [index, { name }] of site.fleet.machines.entries())
      await site.hosts.mergePatch(site.namespace, name, { metadata: { labels: { [zoneLabel]: zones[index % 3] } } })
  }, 180_000)
  afterAll(async () => {
    await kubeadm?.stop()
    await platform?.stop()
  })

  const marks = { labels: { 'test.katametal/label': 'given' }, annotations: { 'test.katametal/annotation': 'given' } }
  const withTemplateMetadata = (object: KubeObject): KubeObject => {
    if (object.kind !== 'KataMetalMachineTemplate' || !object.metadata.name.endsWith('-worker')) return object
    const { spec } = object as KubeObject & { spec: { template: object } }
    return { ...object, spec: { template: { metadata: marks, ...spec.template } } } as KubeObject
  }
  const objectsOf = async (role: 'control-plane' | 'worker'): Promise<KataMetalMachine[]> => {
    const machines = await kubeadm.machinesOf(role)
    return Promise.all(
      machines.map(({ metadata }) => kubeadm.site.kataMetalMachines.get(kubeadm.site.namespace, metadata.name)),
    )
  }
  /** A new template like the workers', and the MachineDeployment set to it. */
  const rollOut = async (template: string, strategy: object): Promise<void> => {
    const { site, deployment, deployments } = kubeadm
    const templates = { apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1', kind: 'KataMetalMachineTemplate' }
    await platform.apply({
      ...templates,
      metadata: { namespace: site.namespace, name: template },
      spec: { template: { spec: { image: site.images.image } } },
    } as KubeObject)
    await deployments.mergePatch(site.namespace, deployment, {
      spec: {
        rollout: { strategy: { type: 'RollingUpdate', rollingUpdate: strategy } },
        template: { spec: { infrastructureRef: { name: template } } },
      },
    })
  }
  const untilRolledOut = async (template: string, count: number): Promise<void> => {
    await kubeadm.site.until(
      `all workers to be of ${template}`,
      async () => {
        const machines = await kubeadm.machinesOf('worker')
        if (machines.length !== count || machines.some(({ status }) => status?.phase !== 'Running')) return undefined
        const objects = await objectsOf('worker')
        return objects.every(({ metadata }) => metadata.annotations?.['cluster.x-k8s.io/cloned-from-name'] === template)
      },
      240_000,
    )
  }

  it('starts with one control plane server', async () => {
    await kubeadm.untilRunning('control-plane', 1, 180_000)
    await kubeadm.site.untilObject(
      kubeadm.controlPlanes,
      kubeadm.controlPlane,
      'Available',
      ({ status }) => status?.conditions?.some(({ type, status: value }) => type === 'Available' && value === 'True'),
      120_000,
    )
  })

  row(10, 'three control plane servers stand in three failure domains', async () => {
    const { site } = kubeadm
    await kubeadm.controlPlanes.mergePatch(site.namespace, kubeadm.controlPlane, { spec: { replicas: 3 } })
    const machines = await kubeadm.untilRunning('control-plane', 3, 110_000)
    expect(machines.map(({ status }) => status?.failureDomain).sort()).toEqual(zones)
    for (const machine of machines) expect(machine.status?.failureDomain).toBe(machine.spec?.failureDomain)
  })

  row(18, 'workers lose the taint of uninitialized Nodes, and labels of their Machine reach the Node', async () => {
    await kubeadm.scaleWorkers(2)
    const [machine] = await kubeadm.untilRunning('worker', 2)
    const { site } = kubeadm
    await site.machines.mergePatch(site.namespace, machine!.metadata.name, {
      metadata: { labels: { 'node.cluster.x-k8s.io/shelf': 'top' } },
    })
    const workload = kubeadm.workload().resource<Node & { spec?: { taints?: { key: string }[] } }>(nodes)
    const node = await site.until('the label and no taint', async () => {
      const found = await workload.get(undefined, machine!.status?.nodeRef?.name ?? '')
      return found.metadata.labels?.['node.cluster.x-k8s.io/shelf'] === 'top' &&
        found.spec?.taints?.some(({ key }) => key === 'node.cluster.x-k8s.io/uninitialized') !== true
        ? found
        : undefined
    })
    expect(node.spec?.providerID).toBe(machine!.spec?.providerID)
  })

  row(19, 'the kubelet argument that the boot data renders is the providerID of the KataMetalMachine', async () => {
    const workload = kubeadm.workload().resource<Node>(nodes)
    for (const { metadata, spec } of await objectsOf('worker'))
      expect((await workload.get(undefined, metadata.name)).spec?.providerID).toBe(spec.providerID)
  })

  row(
    29,
    'labels and annotations of a template arrive, with where the object was cloned from, but no status',
    async () => {
      for (const { metadata, status } of await objectsOf('worker')) {
        expect(metadata.labels).toMatchObject(marks.labels)
        expect(metadata.annotations).toMatchObject({
          ...marks.annotations,
          'cluster.x-k8s.io/cloned-from-name': kubeadm.deployment,
          'cluster.x-k8s.io/cloned-from-groupkind': 'KataMetalMachineTemplate.infrastructure.cluster.x-k8s.io',
        })
        expect(Object.keys(status ?? {})).not.toContain('capacity')
      }
    },
  )

  it('is rolled out with a spare server: the new Machine comes first', async () => {
    await rollOut(`${kubeadm.deployment}-2`, { maxSurge: 1, maxUnavailable: 0 })
    await untilRolledOut(`${kubeadm.deployment}-2`, 2)
    await kubeadm.site.untilHosts('Available', 1)
  }, 300_000)

  it('is rolled out without a spare server: the old Machine goes first, and its server is used again', async () => {
    const { site } = kubeadm
    await kubeadm.scaleWorkers(3)
    await kubeadm.untilRunning('worker', 3)
    expect((await site.hosts.list({ namespace: site.namespace })).every(({ spec }) => spec.consumerRef)).toBe(true)
    await rollOut(`${kubeadm.deployment}-3`, { maxSurge: 0, maxUnavailable: 1 })
    await untilRolledOut(`${kubeadm.deployment}-3`, 3)
  }, 300_000)

  row(24, 'pre-drain and pre-terminate hooks hold the server until they are removed', async () => {
    const { site } = kubeadm
    const [machine] = await kubeadm.machinesOf('worker')
    const { name } = machine!.metadata
    const server = await site.serverOf(name)
    const began = Date.now()
    await site.machines.mergePatch(site.namespace, name, {
      metadata: { annotations: { [hook('pre-drain')]: 'test', [hook('pre-terminate')]: 'test' } },
    })
    await site.machines.delete(site.namespace, name)
    const held = async (): Promise<void> => {
      await pause(2_000)
      const object = await site.kataMetalMachines.get(site.namespace, name)
      expect(object.metadata.deletionTimestamp).toBeUndefined()
      expect(powerAndBootDeeds(server, began)).toEqual([])
    }
    await held()
    await site.machines.mergePatch(site.namespace, name, { metadata: { annotations: { [hook('pre-drain')]: null } } })
    await held()
    await site.machines.mergePatch(site.namespace, name, {
      metadata: { annotations: { [hook('pre-terminate')]: null } },
    })
    await site.untilGone(site.machines, name)
    expect(powerAndBootDeeds(server, began).length).toBeGreaterThan(0)
  })

  row(23, 'the Node is drained before anything is asked of the BMC', async () => {
    const { site } = kubeadm
    const [machine] = await kubeadm.untilRunning('worker', 3)
    const { name } = machine!.metadata
    const server = await site.serverOf(name)
    const began = Date.now()
    await site.machines.mergePatch(site.namespace, name, {
      metadata: { annotations: { [hook('pre-terminate')]: 'test' } },
    })
    await site.machines.delete(site.namespace, name)
    const workload = kubeadm.workload().resource<Node & { spec?: { unschedulable?: boolean } }>(nodes)
    await site.until('the Node to be cordoned', async () => (await workload.get(undefined, name)).spec?.unschedulable)
    expect(powerAndBootDeeds(server, began)).toEqual([])
    await site.machines.mergePatch(site.namespace, name, {
      metadata: { annotations: { [hook('pre-terminate')]: null } },
    })
    await site.untilGone(site.machines, name)
    expect(await workload.find(undefined, name)).toBeUndefined()
  })

  it('is scaled from three workers to one, and the servers come back', async () => {
    await kubeadm.scaleWorkers(1)
    await kubeadm.untilRunning('worker', 1)
    await kubeadm.site.untilHosts('Available', 2)
  })

  row(
    26,
    'a cluster with a control plane provider is deleted, and every server is Available again',
    async () => {
      const { site, cluster } = kubeadm
      await site.clusters.delete(site.namespace, cluster)
      await site.untilGone(site.clusters, cluster, 240_000)
      await site.untilHosts('Available')
      expect(await site.kataMetalMachines.list({ namespace: site.namespace })).toEqual([])
      expect(await site.kataMetalClusters.list({ namespace: site.namespace })).toEqual([])
      for (const { bmc, server } of site.fleet.machines) {
        expect(bmc.power).toBe('Off')
        expect(server.disks.every(({ installed }) => installed === undefined)).toBe(true)
      }
    },
    300_000,
  )
})
