import { setTimeout as pause } from 'node:timers/promises'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type KataMetalRemediation, kataMetalRemediation } from '../../api/infrastructure/kata-metal-remediation.js'
import type { KubeObject } from '../../api/meta.js'
import { packageRoot } from '../../src/base/package-root.js'
import { type Node, nodes, typeOf } from '../../src/kube/resource-types.js'
import type { ResourceClient } from '../../src/kube/types.js'
import { parseManifests } from '../../src/lab/kubernetes/manifests.js'
import { row } from '../conformance/row.js'
import { type KubeadmSite, startKubeadmSite } from './kubeadm-site.js'
import { openRealPlatform, type RealPlatform } from './real.js'

type TaintedNode = Node & { spec?: { taints?: { key: string }[] } }

/** Of the shipped template: what a Node is given to start, and what a server takes at most, in seconds. */
const shippedStartup = 3600
const slowBoot = 1800
/** Real seconds here stand for so many there. */
const scale = 60

describe('health checks and remediation', () => {
  let platform: RealPlatform
  let kubeadm: KubeadmSite
  let remediations: ResourceClient<KataMetalRemediation>
  let workload: ResourceClient<TaintedNode>

  beforeAll(async () => {
    platform = await openRealPlatform()
    kubeadm = await startKubeadmSite(platform, { personas: ['dell', 'hpe', 'lenovo', 'supermicro'], workers: 2 })
    remediations = kubeadm.site.resource<KataMetalRemediation>(typeOf(kataMetalRemediation))
    await kubeadm.untilRunning('control-plane', 1, 180_000)
    await kubeadm.untilRunning('worker', 2, 180_000)
    workload = kubeadm.workload().resource<TaintedNode>(nodes)
  }, 360_000)
  afterAll(async () => {
    await kubeadm?.stop()
    await platform?.stop()
  })

  const check = (timeouts: { startup: number; condition: number }, retryLimit: number): KubeObject[] => {
    const { site, cluster, deployment } = kubeadm
    const metadata = { namespace: site.namespace, name: cluster }
    return [
      {
        apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
        kind: 'KataMetalRemediationTemplate',
        metadata,
        spec: { template: { spec: { strategy: { type: 'Reboot', retryLimit, timeoutSeconds: 60 } } } },
      },
      {
        apiVersion: 'cluster.x-k8s.io/v1beta2',
        kind: 'MachineHealthCheck',
        metadata,
        spec: {
          clusterName: cluster,
          selector: { matchLabels: { 'cluster.x-k8s.io/deployment-name': deployment } },
          checks: {
            nodeStartupTimeoutSeconds: timeouts.startup,
            unhealthyNodeConditions: [{ type: 'Ready', status: 'Unknown', timeoutSeconds: timeouts.condition }],
          },
          remediation: {
            templateRef: {
              apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
              kind: 'KataMetalRemediationTemplate',
              name: cluster,
            },
          },
        },
      },
    ] as unknown as KubeObject[]
  }
  /** What a node lifecycle controller says of a Node that has gone silent. */
  const silence = async (name: string): Promise<void> => {
    const { status } = await workload.get(undefined, name)
    const conditions = status?.conditions?.map(condition =>
      condition.type === 'Ready' ? { ...condition, status: 'Unknown', reason: 'NodeStatusUnknown' } : condition,
    )
    await workload.mergePatchStatus(undefined, name, { status: { conditions } })
  }
  const powerOffs = async (machine: string): Promise<number> =>
    (await kubeadm.site.serverOf(machine)).bmc.journal.events.filter(({ what }) => what === 'power is Off').length

  row(
    39,
    'two Nodes that fall silent together are each power cycled once and fenced, and the requests go',
    async () => {
      const { site } = kubeadm
      await platform.apply(...check({ startup: 3600, condition: 1 }, 1))
      const names = (await kubeadm.machinesOf('worker')).map(({ metadata }) => metadata.name)
      const before = await Promise.all(names.map(powerOffs))
      const fenced = new Set<string>()
      const requested = new Set<string>()
      await Promise.all(names.map(silence))
      await site.until(
        'both to be brought back',
        async () => {
          for (const name of names) {
            const taints = (await workload.find(undefined, name))?.spec?.taints ?? []
            if (taints.some(({ key }) => key === 'node.kubernetes.io/out-of-service')) fenced.add(name)
            if ((await remediations.find(site.namespace, name)) !== undefined) requested.add(name)
          }
          const left = await remediations.list({ namespace: site.namespace })
          return requested.size === 2 && left.length === 0
        },
        180_000,
      )
      expect([...fenced].sort()).toEqual([...names].sort())
      expect(await Promise.all(names.map(powerOffs))).toEqual(before.map(count => count + 1))
      expect((await kubeadm.untilRunning('worker', 2)).map(({ metadata }) => metadata.name).sort()).toEqual(
        names.sort(),
      )
      for (const name of names)
        expect((await workload.get(undefined, name)).spec?.taints ?? []).not.toContainEqual(
          expect.objectContaining({ key: 'node.kubernetes.io/out-of-service' }),
        )
    },
    240_000,
  )

  row(
    39,
    'a Node that does not come back is handed to its owner, which replaces the Machine',
    async () => {
      const { site } = kubeadm
      await platform.apply(...check({ startup: 3600, condition: 1 }, 0))
      const [victim] = (await kubeadm.machinesOf('worker')).map(({ metadata }) => metadata.name)
      let ill = true
      const spell = (async () => {
        while (ill) {
          await silence(victim!).catch(() => undefined)
          await pause(500)
        }
      })()
      await site.until(
        'the Machine to be given up',
        async () => {
          const found = await site.machines.find(site.namespace, victim!)
          return found === undefined || found.metadata.deletionTimestamp !== undefined
        },
        240_000,
      )
      ill = false
      await spell
      await site.untilGone(site.machines, victim!, 120_000)
      const machines = await kubeadm.untilRunning('worker', 2, 120_000)
      expect(machines.map(({ metadata }) => metadata.name)).not.toContain(victim)
    },
    400_000,
  )

  row(38, 'the shipped health check gives a Node an hour, and waits for conditions before it acts', async () => {
    for (const flavor of ['cluster-template', 'cluster-template-kata']) {
      const text = await readFile(join(packageRoot(), 'config/clusterctl', `${flavor}.yaml`), 'utf8')
      const shipped = parseManifests(text.replace(/\$\{\w+:=([^}]*)\}/g, '$1').replace(/\$\{\w+\}/g, 'x')).find(
        ({ kind }) => kind === 'MachineHealthCheck',
      ) as KubeObject & {
        spec: { checks: { nodeStartupTimeoutSeconds: number; unhealthyMachineConditions?: object[] } }
      }
      expect(shipped.spec.checks.nodeStartupTimeoutSeconds).toBe(shippedStartup)
      expect(shipped.spec.checks.unhealthyMachineConditions).toBeUndefined()
    }
  })

  row(
    38,
    'scaled by sixty, a boot of half an hour is not remediated, and a Node that is gone is',
    async () => {
      const { site } = kubeadm
      await platform.apply(...check({ startup: shippedStartup / scale, condition: 300 }, 0))
      const began = Date.now()
      for (const { server } of site.fleet.machines)
        if (server.state === 'off') server.delayNextPost((slowBoot / scale) * 1000)
      await kubeadm.scaleWorkers(3)
      const slow = await site.until('a third Machine', async () => {
        const machines = await kubeadm.machinesOf('worker')
        return machines.length === 3 ? machines.find(({ status }) => status?.phase !== 'Running') : undefined
      })
      await site.untilPhase(slow.metadata.name, 'Running', 120_000)
      expect(Date.now() - began).toBeGreaterThan((slowBoot / scale) * 1000)
      expect(await remediations.list({ namespace: site.namespace })).toEqual([])
      await workload.delete(undefined, slow.metadata.name)
      await site.until(
        'a request for the Machine without a Node',
        () => remediations.find(site.namespace, slow.metadata.name),
        120_000,
      )
    },
    240_000,
  )
})
