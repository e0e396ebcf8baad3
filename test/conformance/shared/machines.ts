import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { machineFinalizer } from '../../../api/infrastructure/group.js'
import { type KataMetalMachine, kataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import { conditionSchema } from '../../../api/meta.js'
import { findCondition, isTrue } from '../../../src/kube/conditions.js'
import { nodes, typeOf } from '../../../src/kube/resource-types.js'
import { powerAndBootDeeds } from '../deeds.js'
import type { Platform } from '../platform.js'
import { row } from '../row.js'
import { ConformanceSite } from '../site.js'
import { recordVersions, type Versions } from '../versions.js'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Rows about a KataMetalMachine until its Node is there. Each server is used once. */
export const machineRows = (platform: () => Platform): void => {
  describe('KataMetalMachine', () => {
    let site: ConformanceSite
    let versions: Versions<KataMetalMachine>
    const name = (suffix: string): string => `${site.namespace}-${suffix}`

    beforeAll(async () => {
      site = await ConformanceSite.start(platform(), {
        personas: ['dell', 'hpe', 'lenovo', 'supermicro', 'dell', 'dell', 'dell'],
      })
      versions = await recordVersions(platform().client, typeOf(kataMetalMachine), site.namespace)
      await site.untilHosts('Available')
    })
    afterAll(async () => {
      await versions.stop()
      await site.stop()
    })

    const aWhile = (): Promise<void> => pause(platform().kind === 'real' ? 1_500 : 300)
    const reasonOf = ({ status }: KataMetalMachine, type = 'Ready') => findCondition(status?.conditions, type)?.reason

    row(15, 'nothing is asked of a BMC before the Cluster has infrastructure and there is bootstrap data', async () => {
      const began = Date.now()
      await site.addCluster('gated', { infrastructure: { spec: { controlPlaneEndpoint: undefined } } })
      await site.addMachine(name('gated'), { cluster: 'gated', controlPlane: true })
      await site.untilObject(
        site.kataMetalMachines,
        name('gated'),
        'waits for the Cluster',
        object => reasonOf(object) === 'WaitingForClusterInfrastructure',
      )
      await site.addCluster('dataless')
      await site.addMachine(name('dataless'), { cluster: 'dataless', controlPlane: true, bootstrapped: false })
      await site.untilObject(
        site.kataMetalMachines,
        name('dataless'),
        'misses its Secret',
        object =>
          reasonOf(object) === 'UserDataMissing' && reasonOf(object, 'BootstrapDataReady') === 'UserDataMissing',
      )
      await aWhile()
      expect(site.fleet.machines.flatMap(machine => powerAndBootDeeds(machine, began))).toEqual([])
      await site.machines.delete(site.namespace, name('gated'))
      await site.machines.delete(site.namespace, name('dataless'))
      await site.untilGone(site.kataMetalMachines, name('gated'))
      await site.untilGone(site.kataMetalMachines, name('dataless'))
    })

    row(18, 'core finds the Node by its providerID, and the Machine runs', async () => {
      await site.addCluster('blue')
      await site.addMachine(name('cp'), { cluster: 'blue', controlPlane: true })
      const machine = await site.untilPhase(name('cp'), 'Running', 120_000)
      expect(machine.status?.nodeRef?.name).toBe(name('cp'))
      const node = await site.nodes.get(undefined, name('cp'))
      expect(node.spec?.providerID).toBe(machine.spec?.providerID)
    })

    row(19, 'the rendered boot data gives the kubelet the providerID of spec', async () => {
      const { spec } = await site.kataMetalMachines.get(site.namespace, name('cp'))
      const { server } = await site.serverOf(name('cp'))
      const metaData = server.disks.flatMap(({ installed }) => installed?.bootData?.metaData ?? [])
      expect(metaData.join()).toContain(spec.providerID)
    })

    row(20, 'addresses and failure domain of the host are those of the Machine', async () => {
      const { status } = await site.kataMetalMachines.get(site.namespace, name('cp'))
      expect(status?.addresses).not.toEqual([])
      const machine = await site.untilObject(
        site.machines,
        name('cp'),
        'addresses',
        ({ status: mirrored }) => JSON.stringify(mirrored?.addresses) === JSON.stringify(status?.addresses),
      )
      expect(machine.status?.failureDomain).toBe(status?.failureDomain)
    })

    row(20, 'a host is taken only from the failure domain that the Machine asks for', async () => {
      const free = site.fleet.machines.find(({ server }) => server.state === 'off')!
      await site.hosts.mergePatch(site.namespace, free.name, {
        metadata: { labels: { 'topology.kubernetes.io/zone': 'rack-7' } },
      })
      await site.addMachine(name('nowhere'), { cluster: 'blue', machine: { spec: { failureDomain: 'rack-99' } } })
      await site.untilObject(
        site.kataMetalMachines,
        name('nowhere'),
        'no host',
        object => reasonOf(object) === 'NoHostAvailable',
      )
      await site.addMachine(name('rack7'), { cluster: 'blue', machine: { spec: { failureDomain: 'rack-7' } } })
      const machine = await site.untilPhase(name('rack7'), 'Running', 120_000)
      expect((await site.serverOf(name('rack7'))).name).toBe(free.name)
      expect(machine.status?.failureDomain).toBe('rack-7')
      const nowhere = await site.kataMetalMachines.get(site.namespace, name('nowhere'))
      expect(nowhere.status?.host).toBeUndefined()
      await site.machines.delete(site.namespace, name('nowhere'))
      await site.untilGone(site.machines, name('nowhere'))
    })

    row(
      13,
      'the finalizer comes after the ownerReference, and what changes a server comes after the finalizer',
      async () => {
        const seen = versions.seen.filter(({ object }) => object.metadata.name === name('cp'))
        for (const { object } of seen)
          if (object.metadata.finalizers?.includes(machineFinalizer))
            expect(object.metadata.ownerReferences?.some(({ kind }) => kind === 'Machine')).toBe(true)
        const finalized = seen.find(({ object }) => object.metadata.finalizers?.includes(machineFinalizer))!
        const created = seen[0]!
        const deeds = powerAndBootDeeds(await site.serverOf(name('cp')), created.time)
        expect(deeds.length).toBeGreaterThan(0)
        expect(Math.min(...deeds.map(({ time }) => time))).toBeGreaterThanOrEqual(finalized.time)
      },
    )

    row(16, 'no version of a KataMetalMachine is provisioned and has no providerID', async () => {
      const provisioned = versions.seen.filter(({ object }) => object.status?.initialization?.provisioned === true)
      expect(provisioned.length).toBeGreaterThan(0)
      for (const { object } of provisioned) expect(object.spec.providerID).toBeDefined()
    })

    row(
      17,
      'every host has a providerID of its own, and it outlives a restart of the manager and an inspection',
      async () => {
        const before = await site.kataMetalMachines.list({ namespace: site.namespace })
        const ids = before.flatMap(({ spec }) => spec.providerID ?? [])
        expect(ids.length).toBeGreaterThan(1)
        expect(new Set(ids).size).toBe(ids.length)
        const { name: host } = await site.serverOf(name('cp'))
        await site.stopManager()
        await site.hosts.mergePatch(site.namespace, host, {
          metadata: { annotations: { 'metal.akraino.org/inspect': '', 'metal.akraino.org/retry-now': '' } },
        })
        await site.startManager()
        await site.untilObject(
          site.hosts,
          host,
          'looked at again',
          ({ metadata }) => metadata.annotations?.['metal.akraino.org/retry-now'] === undefined,
        )
        const after = await site.kataMetalMachines.list({ namespace: site.namespace })
        expect(after.flatMap(({ spec }) => spec.providerID ?? []).sort()).toEqual(ids.sort())
      },
    )

    row(19, 'a Node that came without a providerID is given it, and one with another is left alone', async () => {
      const userData = (node: string): Record<string, string> => ({ value: base64(`#cloud-config\n{}\n# ${node}\n`) })
      await platform().apply({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: name('other') },
        spec: { providerID: 'other://cloud/1' },
      } as never)
      for (const suffix of ['bare', 'other'])
        await site.addMachine(name(suffix), { cluster: 'blue', bootstrap: userData(suffix) })
      await platform().apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: name('bare') } })
      const { spec } = await site.untilObject(
        site.kataMetalMachines,
        name('bare'),
        'provisioned',
        ({ status }) => status?.initialization?.provisioned,
        120_000,
      )
      const node = await site.untilObject(
        site.nodes,
        name('bare'),
        'a providerID',
        ({ spec: own }) => own?.providerID !== undefined,
      )
      expect(node.spec?.providerID).toBe(spec.providerID)
      await site.untilObject(
        site.kataMetalMachines,
        name('other'),
        'provisioned',
        ({ status }) => status?.initialization?.provisioned,
        120_000,
      )
      await aWhile()
      expect((await site.nodes.get(undefined, name('other'))).spec?.providerID).toBe('other://cloud/1')
      await site.resource(nodes).delete(undefined, name('other'))
    })

    row(
      22,
      'bootstrap data arrives byte for byte, from a Secret that the user gave, and is not served again',
      async () => {
        const text = `#cloud-config\n# ${'ünïcode '.repeat(4)}\r\nruncmd: [ "true" ]\n\n`
        await site.addMachine(name('bytes'), {
          cluster: 'blue',
          bootstrap: { value: base64(text), format: base64('cloud-config') },
        })
        const { server } = await site.serverOf(name('bytes'))
        const arrived = await site.until(
          'boot data on the disk',
          async () => server.disks.flatMap(({ installed }) => installed?.bootData ?? [])[0],
          120_000,
        )
        expect(Buffer.from(arrived.userData, 'base64').toString()).toBe(text)
        await site.until('the first boot to be told', async () => server.journal.happened.includes('phoned home'))
        const again = await fetch(arrived.phoneHomeURL.replace(/phone-home.*$/, 'bootdata')).catch(() => undefined)
        expect(again?.ok ?? false).toBe(false)
      },
    )

    row(22, 'a format that no image can use is refused by name', async () => {
      await site.addMachine(name('format'), {
        cluster: 'blue',
        bootstrap: { value: base64('x'), format: base64('windows-answers') },
      })
      const refused = await site.untilObject(
        site.kataMetalMachines,
        name('format'),
        'refused',
        object => reasonOf(object, 'BootstrapDataReady') === 'BootstrapFormatUnknown',
      )
      expect(refused.status?.host).toBeUndefined()
      await site.machines.delete(site.namespace, name('format'))
      await site.untilGone(site.machines, name('format'))
    })

    row(21, 'every condition ever shown is valid, and changes its time only with its status', async () => {
      const known = new Map<string, { status: string; time: string }>()
      for (const { object } of versions.seen)
        for (const condition of object.status?.conditions ?? []) {
          conditionSchema.parse(condition)
          expect(condition.reason).toMatch(/^[A-Z]/)
          expect(condition.observedGeneration ?? 0).toBeLessThanOrEqual(object.metadata.generation ?? 0)
          const key = `${object.metadata.uid ?? ''} ${condition.type}`
          const last = known.get(key)
          if (last?.status === condition.status) expect(condition.lastTransitionTime).toBe(last.time)
          known.set(key, { status: condition.status, time: condition.lastTransitionTime })
        }
      expect(known.size).toBeGreaterThan(5)
    })

    row(21, 'Ready is the InfrastructureReady of the Machine', async () => {
      await site.untilObject(site.machines, name('cp'), 'InfrastructureReady', ({ status }) =>
        isTrue(status?.conditions, 'InfrastructureReady'),
      )
      const object = await site.kataMetalMachines.get(site.namespace, name('cp'))
      expect(isTrue(object.status?.conditions, 'Ready')).toBe(true)
    })
  })
}
