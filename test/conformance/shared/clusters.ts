import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { clusterFinalizer } from '../../../api/infrastructure/group.js'
import { typeOf } from '../../../src/kube/resource-types.js'
import { kataMetalCluster, type KataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import { isTrue, findCondition } from '../../../src/kube/conditions.js'
import type { Platform } from '../platform.js'
import { row } from '../row.js'
import { ConformanceSite } from '../site.js'
import { recordVersions } from '../versions.js'

/** Long enough for a controller to have done what it must not do. */
const aWhileOn = ({ kind }: Platform) => pause(kind === 'real' ? 1_500 : 300)

/** Rows about KataMetalCluster. */
export const clusterRows = (platform: () => Platform): void => {
  describe('KataMetalCluster', () => {
    let site: ConformanceSite
    beforeAll(async () => {
      site = await ConformanceSite.start(platform(), { personas: ['dell', 'hpe'], applyHosts: false })
    })
    afterAll(() => site.stop())

    const aWhile = () => aWhileOn(platform())
    const provisioned = ({ status }: KataMetalCluster) => status?.initialization?.provisioned

    row(6, 'it is left alone until a Cluster owns it, and then goes on', async () => {
      await platform().apply(site.kataMetalCluster('lonely'))
      const before = await site.kataMetalClusters.get(site.namespace, 'lonely')
      await aWhile()
      const after = await site.kataMetalClusters.get(site.namespace, 'lonely')
      expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion)
      await platform().apply(site.cluster('lonely'))
      const owned = await site.untilObject(site.kataMetalClusters, 'lonely', 'provisioned', provisioned)
      expect(owned.metadata.ownerReferences).toMatchObject([{ kind: 'Cluster', name: 'lonely' }])
      expect(owned.metadata.labels).toMatchObject({ 'cluster.x-k8s.io/cluster-name': 'lonely' })
      expect(owned.metadata.finalizers).toEqual([clusterFinalizer])
    })

    row(7, 'an ownerReference is an owner, whether or not it says controller', async () => {
      await site.addCluster('plain')
      const plain = await site.untilObject(site.kataMetalClusters, 'plain', 'provisioned', provisioned)
      expect(plain.metadata.ownerReferences?.[0]?.controller ?? false).toBe(false)
      await site.addCluster('controlled', {
        infrastructure: { metadata: { annotations: { 'cluster.x-k8s.io/paused': '' } } },
      })
      const { metadata } = await site.untilObject(
        site.kataMetalClusters,
        'controlled',
        'owned',
        ({ metadata }) => metadata.ownerReferences !== undefined,
      )
      await site.kataMetalClusters.mergePatch(site.namespace, 'controlled', {
        metadata: {
          ownerReferences: [{ ...metadata.ownerReferences![0], controller: true }],
          annotations: { 'cluster.x-k8s.io/paused': null },
        },
      })
      await site.untilObject(site.kataMetalClusters, 'controlled', 'provisioned', provisioned)
    })

    row(8, 'an endpoint given here is copied to the Cluster', async () => {
      const controlPlaneEndpoint = { host: '192.0.2.7', port: 7443 }
      await site.addCluster('ours', { infrastructure: { spec: { controlPlaneEndpoint } } })
      const cluster = await site.untilObject(
        site.clusters,
        'ours',
        'endpoint copied',
        ({ spec }) => spec?.controlPlaneEndpoint?.host !== undefined,
      )
      expect(cluster.spec?.controlPlaneEndpoint).toEqual(controlPlaneEndpoint)
    })

    row(8, 'an endpoint given on the Cluster alone is enough', async () => {
      await site.addCluster('theirs', {
        cluster: { spec: { controlPlaneEndpoint: { host: '192.0.2.8', port: 6443 } } },
        infrastructure: { spec: { controlPlaneEndpoint: undefined } },
      })
      await site.untilObject(site.kataMetalClusters, 'theirs', 'provisioned', provisioned)
    })

    row(8, 'without an endpoint it stays unprovisioned and says what is missing', async () => {
      await site.addCluster('nowhere', { infrastructure: { spec: { controlPlaneEndpoint: undefined } } })
      const object = await site.untilObject(
        site.kataMetalClusters,
        'nowhere',
        'a reason',
        ({ status }) => findCondition(status?.conditions, 'Ready')?.reason === 'ControlPlaneEndpointMissing',
      )
      await aWhile()
      expect(provisioned(object)).not.toBe(true)
    })

    row(9, 'what was once provisioned stays provisioned on the Cluster', async () => {
      await site.addCluster('latched')
      await site.untilObject(
        site.clusters,
        'latched',
        'provisioned',
        ({ status }) => status?.initialization?.infrastructureProvisioned,
      )
      await site.kataMetalClusters.mergePatchStatus(site.namespace, 'latched', {
        status: { initialization: { provisioned: false } },
      })
      await aWhile()
      const cluster = await site.clusters.get(site.namespace, 'latched')
      expect(cluster.status?.initialization?.infrastructureProvisioned).toBe(true)
    })

    row(10, 'failure domains are the label values of the hosts, mirrored to the Cluster in order', async () => {
      await site.addCluster('racks')
      const [one, other] = site.fleet.machines
      await site.applyHosts()
      for (const [machine, rack] of [
        [one!, 'rack-b'],
        [other!, 'rack-a'],
      ] as const)
        await site.hosts.mergePatch(site.namespace, machine.name, {
          metadata: { labels: { 'topology.kubernetes.io/zone': rack } },
        })
      const cluster = await site.untilObject(
        site.clusters,
        'racks',
        'two failure domains',
        ({ status }) => status?.failureDomains?.length === 2,
      )
      expect(cluster.status?.failureDomains).toMatchObject([
        { name: 'rack-a', controlPlane: true },
        { name: 'rack-b', controlPlane: true },
      ])
    })

    row(
      11,
      'an externally managed one is not touched, and its Cluster goes on by what somebody else writes',
      async () => {
        await site.addCluster('foreign', {
          infrastructure: { metadata: { annotations: { 'cluster.x-k8s.io/managed-by': 'somebody' } } },
        })
        const before = await site.untilObject(
          site.kataMetalClusters,
          'foreign',
          'owned',
          ({ metadata }) => metadata.ownerReferences !== undefined,
        )
        await aWhile()
        const after = await site.kataMetalClusters.get(site.namespace, 'foreign')
        expect(after).toMatchObject({ metadata: { resourceVersion: before.metadata.resourceVersion } })
        expect(after.metadata.finalizers).toBeUndefined()
        await site.kataMetalClusters.mergePatchStatus(site.namespace, 'foreign', {
          status: { initialization: { provisioned: true } },
        })
        await site.untilObject(
          site.clusters,
          'foreign',
          'provisioned',
          ({ status }) => status?.initialization?.infrastructureProvisioned,
        )
      },
    )

    row(12, 'a paused one is written to for its condition Paused only, at creation, change and deletion', async () => {
      const versions = await recordVersions<KataMetalCluster>(
        platform().client,
        typeOf(kataMetalCluster),
        site.namespace,
      )
      await site.addCluster('paused', { cluster: { spec: { paused: true } } })
      // Core itself stands still as well, so the ownerReference is given by hand.
      const { metadata } = await site.clusters.get(site.namespace, 'paused')
      await site.kataMetalClusters.mergePatch(site.namespace, 'paused', {
        metadata: {
          ownerReferences: [
            { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Cluster', name: 'paused', uid: metadata.uid },
          ],
          labels: { 'cluster.x-k8s.io/cluster-name': 'paused' },
        },
      })
      const held = await site.untilObject(site.kataMetalClusters, 'paused', 'condition Paused', ({ status }) =>
        isTrue(status?.conditions, 'Paused'),
      )
      expect(findCondition(held.status?.conditions, 'Paused')).toMatchObject({
        reason: 'Paused',
        observedGeneration: held.metadata.generation,
      })
      await aWhile()
      for (const { status, metadata } of versions.of('paused')) {
        expect(metadata.finalizers).toBeUndefined()
        expect(Object.keys(status ?? {}).filter(key => key !== 'conditions')).toEqual([])
        expect((status?.conditions ?? []).map(({ type }) => type).filter(type => type !== 'Paused')).toEqual([])
      }
      await site.clusters.mergePatch(site.namespace, 'paused', { spec: { paused: null } })
      const freed = await site.untilObject(site.kataMetalClusters, 'paused', 'provisioned', provisioned)
      expect(findCondition(freed.status?.conditions, 'Paused')).toMatchObject({ status: 'False', reason: 'NotPaused' })
      await site.kataMetalClusters.mergePatch(site.namespace, 'paused', {
        metadata: { annotations: { 'cluster.x-k8s.io/paused': 'any value' } },
      })
      await site.untilObject(site.kataMetalClusters, 'paused', 'paused by annotation', ({ status }) =>
        isTrue(status?.conditions, 'Paused'),
      )
      await site.kataMetalClusters.delete(site.namespace, 'paused')
      await aWhile()
      const kept = await site.kataMetalClusters.get(site.namespace, 'paused')
      expect(kept.metadata.finalizers).toEqual([clusterFinalizer])
      await site.kataMetalClusters.mergePatch(site.namespace, 'paused', {
        metadata: { annotations: { 'cluster.x-k8s.io/paused': null } },
      })
      await site.untilGone(site.kataMetalClusters, 'paused')
      await versions.stop()
    })
  })
}
