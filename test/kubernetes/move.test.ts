import { setTimeout as pause } from 'node:timers/promises'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { programFolder } from '../../hack/kubernetes/recipe.js'
import { allKinds } from '../../api/kinds.js'
import { type BareMetalHost, bareMetalHost } from '../../api/metal/bare-metal-host.js'
import { hostAnnotations } from '../../api/metal/group.js'
import { systemClock } from '../../src/base/clock.js'
import { silentLogger } from '../../src/base/log.js'
import { directApiAccess } from '../../src/kube/api-access.js'
import { clusters, machines, type Secret, secrets, typeOf } from '../../src/kube/resource-types.js'
import type { Machine } from '../../api/cluster-api.js'
import { type Bed, startBed } from '../../src/lab/kubernetes/bed.js'
import { installProvider } from '../../src/lab/kubernetes-lab.js'
import { startManagerFor } from '../../src/lab/lab-manager.js'
import { managerNamespace, managerServiceAccount } from '../../src/lab/provider-manifests.js'
import type { Manager } from '../../src/main.js'
import { deedsOf, powerAndBootDeeds } from '../conformance/deeds.js'
import { row } from '../conformance/row.js'
import { recordVersions, type Versions } from '../conformance/versions.js'
import { clusterctlFor } from './clusterctl.js'
import { type KubeadmSite, startKubeadmSite } from './kubeadm-site.js'
import { openRealPlatform, type RealPlatform } from './real.js'

describe('clusterctl move to another management cluster', () => {
  let platform: RealPlatform
  let kubeadm: KubeadmSite
  let target: Bed
  let manager: Manager | undefined
  let versions: Versions<BareMetalHost>
  let began: number

  beforeAll(async () => {
    platform = await openRealPlatform()
    kubeadm = await startKubeadmSite(platform, { personas: ['dell', 'hpe', 'lenovo'] })
    versions = await recordVersions(platform.client, typeOf(bareMetalHost), kubeadm.site.namespace)
    await kubeadm.scaleWorkers(1)
    await kubeadm.untilRunning('control-plane', 1, 180_000)
    await kubeadm.untilRunning('worker', 1, 180_000)
    const folder = join(await mkdtemp(join(tmpdir(), 'katametal-target-')), 'bed')
    target = await startBed({ programs: await programFolder(process.env), folder })
    await installProvider(target)
  }, 400_000)
  afterAll(async () => {
    await versions?.stop()
    await manager?.stop()
    await kubeadm?.stop()
    await target?.stop()
    await platform?.stop()
  })

  row(37, 'block-move stands on a host while something is written to it, and not at rest', async () => {
    const { site } = kubeadm
    const blocked = (host: BareMetalHost) => host.metadata.annotations?.[hostAnnotations.blockMove] !== undefined
    const seen = versions.seen.map(({ object }) => object)
    const writing = seen.filter(({ status }) => status?.state === 'Provisioning' && status.step === 'write')
    expect(writing.some(blocked)).toBe(true)
    const settled = await site.hosts.list({ namespace: site.namespace })
    expect(settled.filter(blocked)).toEqual([])
  })

  row(
    37,
    'everything arrives, nothing is left behind, and no server is asked for power or boot',
    async () => {
      const { site } = kubeadm
      const { namespace } = site
      const from = await clusterctlFor(platform.bed)
      await from.initialise()
      const to = await clusterctlFor(target)
      await to.initialise()
      await target.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
      const ids = (await site.machines.list({ namespace })).map(({ spec }) => spec?.providerID).sort()
      began = Date.now()
      await from.run(['move', '-n', namespace, '--kubeconfig', from.kubeconfig, '--to-kubeconfig', to.kubeconfig])
      for (const type of [clusters, machines, ...allKinds.map(typeOf)])
        expect(await platform.client.resource(type).list({ namespace })).toEqual([])
      const left = (await site.secrets.list({ namespace })).map(({ metadata }) => metadata.name)
      expect(left).toEqual([])
      const moved = await target.client.resource<Machine>(machines).list({ namespace })
      expect(moved.map(({ spec }) => spec?.providerID).sort()).toEqual(ids)
      const hosts = await target.client.resource<BareMetalHost>(typeOf(bareMetalHost)).list({ namespace })
      expect(hosts).toHaveLength(3)
      for (const { metadata } of site.fleet.machines.map(({ secret }) => secret))
        await target.client.resource<Secret>(secrets).get(namespace, metadata.name)
    },
    240_000,
  )

  row(
    37,
    'the manager over there rebuilds all status by looking',
    async () => {
      const { site } = kubeadm
      const { namespace } = site
      await site.stopManager()
      const access = directApiAccess(await target.credentialsOf(managerNamespace, managerServiceAccount))
      manager = await startManagerFor(site.fleet, {
        access,
        clock: systemClock,
        log: silentLogger,
        watchNamespace: namespace,
      })
      const hosts = target.client.resource<BareMetalHost>(typeOf(bareMetalHost))
      await site.until(
        'all hosts to be known again, and the Machines to run',
        async () => {
          const states = (await hosts.list({ namespace })).map(({ status }) => status?.state)
          const phases = (await target.client.resource<Machine>(machines).list({ namespace })).map(
            ({ status }) => status?.phase,
          )
          return (
            states.filter(state => state === 'InService').length === 2 &&
            states.filter(state => state === 'Available').length === 1 &&
            phases.length === 2 &&
            phases.every(phase => phase === 'Running')
          )
        },
        120_000,
      )
      await pause(3_000)
      const used = site.fleet.machines.filter(({ server }) => server.state === 'system')
      expect(used).toHaveLength(2)
      for (const server of used) expect(powerAndBootDeeds(server, began)).toEqual([])
      for (const { server } of site.fleet.machines) expect(server.journal.destructive.length).toBeLessThanOrEqual(1)
      expect(used.flatMap(server => deedsOf(server, began))).toEqual([])
    },
    240_000,
  )
})
