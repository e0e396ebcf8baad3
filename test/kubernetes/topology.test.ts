import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { Machine } from '../../api/cluster-api.js'
import { kataMetalMachineTemplate } from '../../api/infrastructure/kata-metal-machine-template.js'
import { typeOf } from '../../src/kube/resource-types.js'
import { freePorts } from '../../src/lab/kubernetes/ports.js'
import { row } from '../conformance/row.js'
import { ConformanceSite } from '../conformance/site.js'
import { clusterctlFor } from './clusterctl.js'
import { type AnyObject, deployments } from './kubeadm-site.js'
import { openRealPlatform, type RealPlatform } from './real.js'

/** etcd of its control plane is kubeadm's own here, so the control plane is never called healthy; its Machine runs. */
describe('a Cluster of the shipped ClusterClass', () => {
  let platform: RealPlatform
  let site: ConformanceSite
  const cluster = 'classy'

  beforeAll(async () => {
    platform = await openRealPlatform()
    site = await ConformanceSite.start(platform, { personas: ['dell', 'hpe', 'lenovo'] })
    await site.untilHosts('Available')
    const clusterctl = await clusterctlFor(platform.bed)
    await clusterctl.initialise()
    const [port = 0] = await freePorts(1)
    const text = await clusterctl.run(
      [
        ...['generate', 'cluster', cluster, '--infrastructure', 'katametal:v0.1.0', '--flavor', 'topology'],
        ...['--kubeconfig', clusterctl.kubeconfig, '--target-namespace', site.namespace],
        ...['--kubernetes-version', 'v1.36.0', '--control-plane-machine-count', '1', '--worker-machine-count', '1'],
      ],
      undefined,
      {
        KATAMETAL_ENDPOINT_HOST: '127.0.0.1',
        KATAMETAL_ENDPOINT_PORT: String(port),
        KATAMETAL_IMAGE_URL: site.images.image.url,
        KATAMETAL_IMAGE_CHECKSUM: site.images.image.checksum,
      },
    )
    await site.until('the webhooks to take it', () =>
      platform.bed.kubectl(['apply', '--server-side', '-f', '-'], text).then(
        () => true,
        () => false,
      ),
    )
  }, 240_000)
  afterAll(async () => {
    await site?.stop()
    await platform?.stop()
  })

  const workers = async (): Promise<Machine[]> =>
    site.machines.list({ namespace: site.namespace, labelSelector: 'cluster.x-k8s.io/deployment-name' })
  const untilWorker = (what: string, test: (machine: Machine) => boolean): Promise<Machine> =>
    site.until(
      what,
      async () => {
        const [machine, ...others] = await workers()
        return machine?.status?.phase === 'Running' && others.length === 0 && test(machine) ? machine : undefined
      },
      180_000,
    )

  row(
    31,
    'its Machines run, and then nothing is applied over and over',
    async () => {
      await untilWorker('the worker to run', () => true)
      const versionsOf = async (): Promise<string> => {
        const shown = [
          ...(await site.kataMetalClusters.list({ namespace: site.namespace })),
          ...(await site.resource(typeOf(kataMetalMachineTemplate)).list({ namespace: site.namespace })),
          ...(await site.resource(deployments).list({ namespace: site.namespace })),
        ]
        return shown.map(({ metadata }) => `${metadata.name} ${metadata.generation ?? 0}`).join()
      }
      const before = await versionsOf()
      await pause(6_000)
      expect(await versionsOf()).toBe(before)
    },
    240_000,
  )

  row(
    31,
    'a change of what the class is given makes a new template and rolls the workers out',
    async () => {
      const old = (await workers())[0]!.metadata.name
      const templateOf = async (): Promise<unknown> => {
        const [deployment] = await site.resource<AnyObject>(deployments).list({ namespace: site.namespace })
        const spec = deployment?.spec as { template: { spec: { infrastructureRef: { name: string } } } }
        return spec.template.spec.infrastructureRef.name
      }
      const before = await templateOf()
      const found = (await site.clusters.get(site.namespace, cluster)) as unknown as {
        spec: { topology: { variables: { name: string; value: unknown }[] } }
      }
      const variables = found.spec.topology.variables.map(variable =>
        variable.name === 'firmwareProfile' ? { ...variable, value: 'kata-sriov' } : variable,
      )
      await site.clusters.mergePatch(site.namespace, cluster, { spec: { topology: { variables } } })
      const worker = await untilWorker('another worker to run', ({ metadata }) => metadata.name !== old)
      expect(await templateOf()).not.toBe(before)
      const { spec } = await site.kataMetalMachines.get(site.namespace, worker.metadata.name)
      expect(spec.firmwareProfileName).toBe('kata-sriov')
    },
    240_000,
  )
})
