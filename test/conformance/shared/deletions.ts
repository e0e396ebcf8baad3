import { afterAll, beforeAll, describe, expect } from 'vitest'
import { forceReleaseAnnotation } from '../../../api/infrastructure/group.js'
import { type KataMetalCluster, kataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import { type KataMetalMachine, kataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import { hostFinalizer } from '../../../api/metal/group.js'
import { type HostFirmware, hostFirmware } from '../../../api/metal/host-firmware.js'
import { type HostInventory, hostInventory } from '../../../api/metal/host-inventory.js'
import { findCondition } from '../../../src/kube/conditions.js'
import { typeOf } from '../../../src/kube/resource-types.js'
import type { Platform } from '../platform.js'
import { row } from '../row.js'
import { ConformanceSite } from '../site.js'
import { recordVersions, type Versions } from '../versions.js'

/** Rows about how things end. */
export const deletionRows = (platform: () => Platform): void => {
  describe('the end', () => {
    let site: ConformanceSite
    let machines: Versions<KataMetalMachine>
    let clusters: Versions<KataMetalCluster>
    const name = (suffix: string): string => `${site.namespace}-${suffix}`

    beforeAll(async () => {
      site = await ConformanceSite.start(platform(), { personas: ['dell', 'hpe', 'lenovo', 'supermicro'] })
      machines = await recordVersions(platform().client, typeOf(kataMetalMachine), site.namespace)
      clusters = await recordVersions(platform().client, typeOf(kataMetalCluster), site.namespace)
      await site.untilHosts('Available')
      await site.addCluster('red')
      await site.addMachine(name('cp'), { cluster: 'red', controlPlane: true })
      await site.untilPhase(name('cp'), 'Running')
      await site.addMachine(name('worker'), { cluster: 'red' })
      await site.untilPhase(name('worker'), 'Running')
    })
    afterAll(async () => {
      await machines.stop()
      await clusters.stop()
      await site.stop()
    })
    const goneAt = (versions: Versions<KataMetalMachine | KataMetalCluster>, object: string): number =>
      versions.seen.find(({ type, object: seen }) => type === 'DELETED' && seen.metadata.name === object)?.time ??
      Number.NaN

    row(23, 'the KataMetalMachine goes when the server is off and wiped, and the Node only after it', async () => {
      const { server, bmc } = await site.serverOf(name('worker'))
      const nodesSeen = site.until('the Node to go', async () =>
        (await site.nodes.find(undefined, name('worker'))) === undefined ? Date.now() : undefined,
      )
      await site.machines.delete(site.namespace, name('worker'))
      await site.untilGone(site.machines, name('worker'))
      const off = bmc.journal.events.filter(({ what }) => what === 'power is Off').at(-1)?.time ?? Number.NaN
      expect(off).toBeLessThanOrEqual(goneAt(machines, name('worker')))
      expect(await nodesSeen).toBeGreaterThanOrEqual(goneAt(machines, name('worker')))
      expect(bmc.power).toBe('Off')
      expect(server.disks.every(({ installed }) => installed === undefined)).toBe(true)
      await site.untilHosts('Available', 3)
    })

    row(21, 'Ready is mirrored while the Machine is being deleted, too', async () => {
      const shown = machines
        .of(name('worker'))
        .flatMap(({ metadata, status }) =>
          metadata.deletionTimestamp === undefined ? [] : [findCondition(status?.conditions, 'Ready')],
        )
      expect(shown.some(ready => ready?.status === 'False' && ready.reason === 'Releasing')).toBe(true)
    })

    row(25, 'a Machine whose bootstrap Secret is gone can be deleted', async () => {
      await site.addMachine(name('secretless'), { cluster: 'red' })
      await site.untilPhase(name('secretless'), 'Running')
      await site.secrets.delete(site.namespace, `${name('secretless')}-bootstrap`)
      await site.machines.delete(site.namespace, name('secretless'))
      await site.untilGone(site.machines, name('secretless'))
    })

    row(25, 'a Machine that never had a host can be deleted', async () => {
      await site.addMachine(name('hostless'), {
        cluster: 'red',
        infrastructure: { spec: { image: site.images.image, hostSelector: { matchLabels: { none: 'such' } } } },
      })
      await site.untilObject(
        site.kataMetalMachines,
        name('hostless'),
        'no host',
        ({ status }) => findCondition(status?.conditions, 'Ready')?.reason === 'NoHostAvailable',
      )
      await site.machines.delete(site.namespace, name('hostless'))
      await site.untilGone(site.machines, name('hostless'))
    })

    row(25, 'a Machine whose host object is gone can be deleted', async () => {
      await site.addMachine(name('lost'), { cluster: 'red' })
      await site.untilPhase(name('lost'), 'Running')
      const { name: host, bmc } = await site.serverOf(name('lost'))
      await site.hosts.mergePatch(site.namespace, host, {
        metadata: { annotations: { 'metal.akraino.org/detached': '' } },
      })
      await site.hosts.delete(site.namespace, host)
      await site.untilGone(site.hosts, host)
      await site.untilObject(
        site.kataMetalMachines,
        name('lost'),
        'says so',
        ({ status }) => findCondition(status?.conditions, 'HostClaimed')?.reason === 'HostLost',
      )
      await site.machines.delete(site.namespace, name('lost'))
      await site.untilGone(site.machines, name('lost'))
      // Detached: the server was left as it was.
      expect(bmc.power).toBe('On')
    })

    row(25, 'a Machine whose BMC is dead says so, and the annotation ends it', async () => {
      await site.addMachine(name('dead'), { cluster: 'red' })
      await site.untilPhase(name('dead'), 'Running')
      const { bmc } = await site.serverOf(name('dead'))
      await bmc.stop()
      await site.machines.delete(site.namespace, name('dead'))
      await site.untilObject(
        site.kataMetalMachines,
        name('dead'),
        'says what is awaited',
        ({ status }) => {
          const ready = findCondition(status?.conditions, 'Ready')
          return ready?.reason === 'Releasing' && /BMC/.test(ready.message)
        },
        90_000,
      )
      await site.kataMetalMachines.mergePatch(site.namespace, name('dead'), {
        metadata: { annotations: { [forceReleaseAnnotation]: '' } },
      })
      await site.untilGone(site.machines, name('dead'))
    })

    row(40, 'ownerReferences of what a host owns are restored, in the current version', async () => {
      const [host] = (await site.hosts.list({ namespace: site.namespace })).filter(
        ({ status }) => status?.state === 'Available',
      )
      const inventories = platform().client.resource<HostInventory>(typeOf(hostInventory))
      const firmwares = platform().client.resource<HostFirmware>(typeOf(hostFirmware))
      const { name: hostName, uid } = host!.metadata
      for (const resource of [inventories, firmwares]) {
        await resource.mergePatch(site.namespace, hostName, { metadata: { ownerReferences: null } })
        const restored = await site.until(`${resource.type.kind} to be owned`, async () => {
          const found = await resource.get(site.namespace, hostName)
          return found.metadata.ownerReferences === undefined ? undefined : found
        })
        expect(restored.metadata.ownerReferences).toMatchObject([
          { apiVersion: 'metal.akraino.org/v1alpha1', kind: 'BareMetalHost', name: hostName, uid },
        ])
      }
    })

    row(40, 'what a host owns goes with it', async () => {
      const [host] = (await site.hosts.list({ namespace: site.namespace })).filter(
        ({ status }) => status?.state === 'Available',
      )
      const hostName = host!.metadata.name
      expect(host!.metadata.finalizers).toContain(hostFinalizer)
      await site.hosts.delete(site.namespace, hostName)
      await site.untilGone(site.hosts, hostName)
      await site.untilGone(platform().client.resource(typeOf(hostInventory)), hostName)
      await site.untilGone(platform().client.resource(typeOf(hostFirmware)), hostName)
      await site.applyHosts(hostName)
      await site.untilObject(site.hosts, hostName, 'Available', ({ status }) => status?.state === 'Available')
    })

    row(26, 'the infrastructure of a Cluster goes after its Machines, and the hosts come back', async () => {
      await site.addMachine(name('last'), { cluster: 'red' })
      await site.untilPhase(name('last'), 'Running')
      const used = [await site.serverOf(name('cp')), await site.serverOf(name('last'))]
      await site.clusters.delete(site.namespace, 'red')
      await site.untilGone(site.clusters, 'red', 120_000)
      expect(goneAt(machines, name('last'))).toBeLessThanOrEqual(goneAt(clusters, 'red'))
      expect(goneAt(machines, name('cp'))).toBeLessThanOrEqual(goneAt(clusters, 'red'))
      expect(await site.machines.list({ namespace: site.namespace })).toEqual([])
      expect(await site.kataMetalMachines.list({ namespace: site.namespace })).toEqual([])
      for (const { name: host } of used) {
        const { spec } = await site.untilObject(
          site.hosts,
          host,
          'Available',
          ({ status }) => status?.state === 'Available',
        )
        expect(spec.consumerRef).toBeUndefined()
        expect(spec.image).toBeUndefined()
      }
    })
  })
}
