import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { machineFinalizer } from '../../../api/infrastructure/group.js'
import { findCondition } from '../../kube/conditions.js'
import {
  clusterObject,
  hostObject,
  inventoryObject,
  kataMetalMachineObject,
  machineObject,
  ownerReference,
} from '../../../test/support/cluster-api-objects.js'
import { consumerRefOf } from './consumer.js'
import { aWhile, eventually, startWorld, type World } from '../../../test/support/cluster-api-world.js'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterEach(() => world.reset())
afterAll(() => world.stop())

const fresh = { finalizers: [], uid: undefined }
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A Machine with its bootstrap Secret and an owned KataMetalMachine of the same name. */
const addMachine = async (name: string, overrides: Parameters<typeof kataMetalMachineObject>[0] = {}) => {
  const { metadata } = await world.create(world.of.machines, machineObject({}, name))
  // A wrong uid would be a dangling reference: the garbage collector would take the object away.
  const ownerReferences = [{ ...ownerReference('Machine', name), uid: metadata.uid ?? '' }]
  await world.create(world.of.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${name}-bootstrap`, namespace: 'site' },
    data: { value: base64('#cloud-config') },
  })
  return world.create(
    world.of.kataMetalMachines,
    kataMetalMachineObject(
      { ...overrides, metadata: { ...fresh, ownerReferences, ...overrides.metadata } as object },
      name,
    ),
  )
}
const addHost = (name: string, overrides: Parameters<typeof hostObject>[1] = {}) =>
  world.create(world.of.hosts, hostObject(name, overrides))

const withoutUid = <T extends { metadata: object }>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, uid: undefined, resourceVersion: undefined },
})

const machine = (name: string) => world.of.kataMetalMachines.find('site', name)
const host = (name: string) => world.of.hosts.get('site', name)
const consumers = async () =>
  (await world.of.hosts.list({ namespace: 'site' })).flatMap(({ spec }) => spec.consumerRef?.name ?? [])
const reasonOf = async (name: string, type = 'Ready') =>
  findCondition((await machine(name))?.status?.conditions, type)?.reason
const messageOf = async (name: string, type: string) =>
  findCondition((await machine(name))?.status?.conditions, type)?.message
const until = (name: string, reason: string, type = 'Ready') =>
  eventually(`${type} of ${name} to be ${reason}`, async () => (await reasonOf(name, type)) === reason)
const report = (name: string, status: object) => world.of.hosts.mergePatchStatus('site', name, { status })

describe('the machine controller', () => {
  it('takes a Machine from its claim to a joined Node, and never says provisioned without a providerID', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addHost('h1', { metadata: { labels: { 'topology.kubernetes.io/zone': 'east' } } })
    await addMachine('blue-1')
    await world.startControllers()

    await until('blue-1', 'Provisioning')
    expect((await host('h1')).spec).toMatchObject({
      consumerRef: { kind: 'KataMetalMachine', name: 'blue-1' },
      userData: { name: 'blue-1-bootstrap' },
      image: { url: 'http://images.test/os.raw' },
      online: true,
    })
    expect((await machine('blue-1'))?.spec.providerID).toBeUndefined()

    await report('h1', { state: 'Provisioning', step: 'WriteImage' })
    await eventually('the step of the host', async () =>
      findCondition((await machine('blue-1'))?.status?.conditions, 'Ready')?.message.includes('WriteImage'),
    )
    await report('h1', { state: 'Joining', addresses: [{ type: 'InternalIP', address: '192.0.2.9' }] })
    await until('blue-1', 'Ready')
    expect(await machine('blue-1')).toMatchObject({
      spec: { providerID: 'katametal://site/h1' },
      status: {
        initialization: { provisioned: true },
        host: { name: 'h1', namespace: 'site' },
        addresses: [{ type: 'InternalIP', address: '192.0.2.9' }],
        failureDomain: 'east',
      },
    })
    expect(await reasonOf('blue-1', 'NodeJoined')).toBe('WaitingForNode')

    await world.of.machines.mergePatchStatus('site', 'blue-1', { status: { nodeRef: { name: 'blue-1' } } })
    await until('blue-1', 'NodeJoined', 'NodeJoined')
    expect(world.events.map(({ reason }) => reason)).toEqual(['HostClaimed', 'Provisioned'])

    const watched = (await machine('blue-1'))?.metadata.resourceVersion
    await report('h1', { state: 'InService', progress: { phase: 'x', step: 1, steps: 1 } })
    await aWhile()
    expect((await machine('blue-1'))?.metadata.resourceVersion).toBe(watched)
  })

  it('writes nothing at all before the object belongs to a Machine', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addHost('h1')
    const created = await addMachine('blue-1', { metadata: { ownerReferences: [] } })
    await world.startControllers()
    await aWhile()
    expect((await machine('blue-1'))?.metadata.resourceVersion).toBe(created.metadata.resourceVersion)
    expect(await consumers()).toEqual([])

    const { uid } = await world.of.machines.get('site', 'blue-1').then(({ metadata }) => metadata)
    await world.of.kataMetalMachines.mergePatch('site', 'blue-1', {
      metadata: { ownerReferences: [{ ...ownerReference('Machine', 'blue-1'), uid }] },
    })
    await until('blue-1', 'Provisioning')
  })

  it('waits at each gate with a reason of its own, and claims as soon as the last one opens', async () => {
    await world.create(world.of.clusters, clusterObject({ status: {} }))
    await addHost('h1')
    await addMachine('blue-1')
    await world.of.machines.mergePatch('site', 'blue-1', { spec: { bootstrap: { dataSecretName: null } } })
    await world.startControllers()
    await until('blue-1', 'WaitingForClusterInfrastructure')

    const status = (initialization: object) => ({ status: { initialization } })
    await world.of.clusters.mergePatchStatus('site', 'blue', status({ infrastructureProvisioned: true }))
    await until('blue-1', 'WaitingForControlPlaneInitialized')
    await world.of.clusters.mergePatchStatus('site', 'blue', status({ controlPlaneInitialized: true }))
    await until('blue-1', 'WaitingForBootstrapData')
    expect(await consumers()).toEqual([])
    await world.of.machines.mergePatch('site', 'blue-1', {
      spec: { bootstrap: { dataSecretName: 'blue-1-bootstrap' } },
    })
    await until('blue-1', 'Provisioning')
  })

  it('refuses bootstrap data that no image could read, before any host is touched', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addHost('h1')
    await addMachine('blue-1')
    await world.of.secrets.mergePatch('site', 'blue-1-bootstrap', { data: { format: base64('ignition') } })
    await world.startControllers()
    await until('blue-1', 'BootstrapFormatUnknown')
    await aWhile()
    expect(await consumers()).toEqual([])
    expect(world.events.filter(({ type }) => type === 'warning')).toHaveLength(1)
  })

  it('says why no host is free, and takes the first one that becomes free', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addHost('h1', { status: { state: 'Inspecting' } })
    await addHost('h2', { spec: { consumerRef: { kind: 'Other', name: 'x' } } })
    await addMachine('blue-1')
    await world.startControllers()
    await until('blue-1', 'NoHostAvailable')
    expect(await messageOf('blue-1', 'Ready')).toMatch(
      /^No free host matches \(1st of 1 waiting\): of 2 hosts 1 in use, 1 not Available\. Add a host/,
    )
    expect(await reasonOf('blue-1', 'HostClaimed')).toBe('WaitingForHost')
    await report('h1', { state: 'Available' })
    await until('blue-1', 'Provisioning')
    expect((await host('h1')).spec.consumerRef?.name).toBe('blue-1')
  })

  it('shows each waiting Machine its place, and serves them in the order in which they asked', async () => {
    await world.create(world.of.clusters, clusterObject())
    for (const name of ['h1', 'h2', 'h3']) await addHost(name, { spec: { consumerRef: { kind: 'Other', name: 'x' } } })
    const names = ['blue-1', 'blue-2', 'blue-3']
    for (const name of names) await addMachine(name)
    await world.startControllers()
    const places = (...expected: string[]) =>
      eventually(`the places to be ${expected.join(', ')}`, async () => {
        const waiting = names.slice(-expected.length)
        const messages = await Promise.all(waiting.map(name => messageOf(name, 'HostClaimed')))
        return messages.every((message, index) => message?.startsWith(`${expected[index] ?? ''} waiting for a host`))
      })
    await places('1st of 3', '2nd of 3', '3rd of 3')

    const free = (name: string) => world.of.hosts.mergePatch('site', name, { spec: { consumerRef: null } })
    await free('h2')
    await until('blue-1', 'Provisioning')
    await places('1st of 2', '2nd of 2')
    expect((await machine('blue-1'))?.status?.host?.name).toBe('h2')

    // Both at once: a place that is not known to be left yet must not keep the last one waiting.
    await Promise.all([free('h1'), free('h3')])
    await until('blue-2', 'Provisioning')
    await until('blue-3', 'Provisioning')
    expect((await consumers()).sort()).toEqual(names)
  })

  it('keeps the order of asking over a restart of the manager', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addHost('h1', { spec: { consumerRef: { kind: 'Other', name: 'x' } } })
    await addMachine('blue-1')
    const stop = await world.startControllers()
    await until('blue-1', 'NoHostAvailable')
    await stop()

    await world.of.hosts.mergePatch('site', 'h1', { spec: { consumerRef: null } })
    // Sorts before the other one, so that a new manager looks at it first, but asked later.
    await new Promise(resolve => setTimeout(resolve, 1_100))
    await addMachine('alpha-1')
    await world.startControllers()
    await until('blue-1', 'Provisioning')
    await until('alpha-1', 'NoHostAvailable')
    expect(await consumers()).toEqual(['blue-1'])
  })

  it('lets the next one have the host that was promised to a Machine which is deleted', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addHost('h1', { spec: { consumerRef: { kind: 'Other', name: 'x' } } })
    await addMachine('blue-1')
    await addMachine('blue-2')
    await world.startControllers()
    await until('blue-2', 'NoHostAvailable')
    await until('blue-1', 'NoHostAvailable')
    await world.of.kataMetalMachines.delete('site', 'blue-1')
    await eventually('blue-1 to be gone', async () => (await machine('blue-1')) === undefined)
    await eventually('the only place', async () => (await messageOf('blue-2', 'HostClaimed'))?.startsWith('1st of 1'))
    await world.of.hosts.mergePatch('site', 'h1', { spec: { consumerRef: null } })
    await until('blue-2', 'Provisioning')
  })

  it('does nothing while paused but say so, neither to claim nor to release', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addHost('h1')
    await addMachine('blue-1', { metadata: { annotations: { 'cluster.x-k8s.io/paused': 'no' } } })
    await world.startControllers()
    await until('blue-1', 'Paused', 'Paused')
    await aWhile()
    expect(await consumers()).toEqual([])
    expect((await machine('blue-1'))?.metadata.finalizers ?? []).toEqual([])
    expect((await machine('blue-1'))?.status?.conditions).toHaveLength(1)

    await world.of.kataMetalMachines.mergePatch('site', 'blue-1', {
      metadata: { annotations: { 'cluster.x-k8s.io/paused': null } },
    })
    await until('blue-1', 'Provisioning')
    expect(await reasonOf('blue-1', 'Paused')).toBe('NotPaused')

    await world.of.clusters.mergePatch('site', 'blue', { spec: { paused: true } })
    await until('blue-1', 'Paused', 'Paused')
    await world.of.kataMetalMachines.delete('site', 'blue-1')
    await aWhile()
    expect((await host('h1')).spec.image).toBeDefined()
    await report('h1', { poweredOn: true })
    await world.of.clusters.mergePatch('site', 'blue', { spec: { paused: false } })
    await until('blue-1', 'Releasing')
  })

  describe('when the object is deleted', () => {
    beforeEach(async () => {
      await world.create(world.of.clusters, clusterObject())
      await addHost('h1')
      await addMachine('blue-1', {
        metadata: { labels: { 'cluster.x-k8s.io/cluster-name': 'blue', 'cluster.x-k8s.io/set-name': 'workers' } },
      })
      await world.startControllers()
      await until('blue-1', 'Provisioning')
      await report('h1', { state: 'InService', poweredOn: true, installed: { url: 'x', time: '2026-01-01T00:00:00Z' } })
      await until('blue-1', 'Ready')
      await world.of.kataMetalMachines.delete('site', 'blue-1')
      await until('blue-1', 'Releasing')
    })

    const gone = () => eventually('blue-1 to be gone', async () => (await machine('blue-1')) === undefined)

    it('keeps host and object until the host is wiped and its power is off, then frees both', async () => {
      const emptied = await host('h1')
      expect(emptied.spec.image).toBeUndefined()
      expect(emptied.spec.online).toBe(false)
      expect(emptied.spec.consumerRef?.name).toBe('blue-1')
      await report('h1', { state: 'Deprovisioning', installed: null })
      await report('h1', { state: 'Available', poweredOn: true })
      await aWhile()
      expect(await machine('blue-1')).toBeDefined()
      expect(findCondition((await machine('blue-1'))?.status?.conditions, 'Ready')?.message).toContain('power')

      await report('h1', { poweredOn: false })
      await gone()
      expect(await host('h1')).toMatchObject({
        metadata: { annotations: { 'infrastructure.cluster.x-k8s.io/last-pool': 'blue/workers' } },
      })
      expect((await host('h1')).spec.consumerRef).toBeUndefined()
      expect((await host('h1')).metadata.labels?.['cluster.x-k8s.io/cluster-name']).toBeUndefined()
      expect(world.events.at(-1)?.reason).toBe('HostReleased')
    })

    it('lets go when the host object disappears', async () => {
      await world.of.hosts.delete('site', 'h1')
      await gone()
    })

    it('gives the host up when the annotation demands it, whatever its BMC says', async () => {
      await report('h1', { state: 'Deprovisioning' })
      await world.of.kataMetalMachines.mergePatch('site', 'blue-1', {
        metadata: { annotations: { 'infrastructure.cluster.x-k8s.io/force-release': '' } },
      })
      await gone()
      expect((await host('h1')).spec.consumerRef).toBeUndefined()
    })

    it('finishes although Machine, Cluster and bootstrap Secret are gone', async () => {
      await world.of.machines.delete('site', 'blue-1')
      await world.of.clusters.delete('site', 'blue')
      await world.of.secrets.delete('site', 'blue-1-bootstrap')
      await report('h1', { state: 'Available', poweredOn: false, installed: null })
      await gone()
    })
  })

  it('reports a lost host and claims no other behind its back', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addHost('h1')
    await addMachine('blue-1')
    await world.startControllers()
    await until('blue-1', 'Provisioning')
    await addHost('h2')
    await world.of.hosts.delete('site', 'h1')
    await until('blue-1', 'HostLost')
    await aWhile()
    expect(await consumers()).toEqual([])
  })

  it('claims one host only although the record of the claim fails, and finds it again after a restart', async () => {
    await world.create(world.of.clusters, clusterObject())
    await Promise.all(['h1', 'h2', 'h3'].map(name => addHost(name)))
    await addMachine('blue-1', { metadata: { finalizers: [machineFinalizer] } })
    world.api.faults.inject({ kind: 'fail', resource: 'katametalmachines', verb: 'patch' })
    const kill = await world.startControllers()
    await eventually('the claim on a host', async () => (await consumers()).length > 0)
    await aWhile()
    expect(await consumers()).toEqual(['blue-1'])
    expect((await machine('blue-1'))?.status).toBeUndefined()
    await kill()
    world.api.faults.clear()

    await world.startControllers()
    await until('blue-1', 'Provisioning')
    expect((await host((await machine('blue-1'))?.status?.host?.name ?? '')).spec.consumerRef?.name).toBe('blue-1')
    expect(await consumers()).toEqual(['blue-1'])
  })

  it('gives back what two claims for one machine left over', async () => {
    await world.create(world.of.clusters, clusterObject())
    const { metadata } = await addMachine('blue-1')
    const spec = { consumerRef: consumerRefOf(kataMetalMachineObject({ metadata })), image: { url: 'x' } }
    await addHost('h1', { spec })
    await addHost('h2', { spec, status: { state: 'Available', poweredOn: false } })
    await world.startControllers()
    await eventually('the second host to be free', async () => (await host('h2')).spec.consumerRef === undefined)
    expect((await machine('blue-1'))?.status?.host?.name).toBe('h1')
    expect((await host('h1')).spec).toMatchObject(spec)
    expect((await host('h2')).spec.image).toBeUndefined()
  })

  it('gives each host to one machine only when two managers race for few hosts', async () => {
    await world.create(world.of.clusters, clusterObject())
    const names = Array.from({ length: 8 }, (_, index) => `blue-${index}`)
    await Promise.all(names.map(name => addMachine(name)))
    await Promise.all([world.startControllers(), world.startControllers()])
    await Promise.all(['h1', 'h2', 'h3', 'h4', 'h5'].map(name => addHost(name)))
    await eventually('five machines to have a host', async () => (await consumers()).length === 5)
    await eventually('the claims to be recorded', async () => {
      const machines = await world.of.kataMetalMachines.list({ namespace: 'site' })
      return machines.filter(({ status }) => status?.host !== undefined).length === 5
    })
    await aWhile()
    const held = await consumers()
    expect(held).toHaveLength(5)
    expect(new Set(held).size).toBe(5)
    for (const name of names) {
      const recorded = (await machine(name))?.status?.host?.name
      if (recorded !== undefined) expect((await host(recorded)).spec.consumerRef?.name).toBe(name)
    }
  })

  it('rebuilds its status by looking when the object came from another management cluster', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addHost('h1', {
      metadata: { labels: { 'infrastructure.cluster.x-k8s.io/claimed-by': 'uid-on-the-source' } },
      spec: {
        image: { url: 'http://images.test/os.raw' },
        online: true,
        consumerRef: {
          apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
          kind: 'KataMetalMachine',
          name: 'blue-1',
          namespace: 'site',
          uid: 'uid-on-the-source',
        },
      },
      status: { state: 'Discovering' },
    })
    const moved = await addMachine('blue-1', { spec: { providerID: 'katametal://site/h1' } })
    const before = await host('h1')
    await world.startControllers()
    await until('blue-1', 'Ready')
    expect((await machine('blue-1'))?.status).toMatchObject({
      initialization: { provisioned: true },
      host: { name: 'h1' },
    })
    const after = await host('h1')
    expect(after.spec).toEqual({ ...before.spec, consumerRef: { ...before.spec.consumerRef, uid: moved.metadata.uid } })
  })

  it('takes a host when an inventory shows that it has what the machine needs', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addHost('h1')
    await addMachine('blue-1', { spec: { image: { url: 'x' }, needs: { cores: 16 } } })
    await world.startControllers()
    await until('blue-1', 'NoHostAvailable', 'HostClaimed')
    expect(findCondition((await machine('blue-1'))?.status?.conditions, 'HostClaimed')?.message).toContain(
      'cores unknown',
    )
    await world.of.inventories.create(withoutUid(inventoryObject('h1', { processors: { cores: 32 } })))
    await until('blue-1', 'Provisioning')
  })

  it('claims nothing rather than a host outside of the failure domain', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addHost('h1', { metadata: { labels: { 'topology.kubernetes.io/zone': 'east' } } })
    await addMachine('blue-1')
    await world.of.machines.mergePatch('site', 'blue-1', { spec: { failureDomain: 'west' } })
    await world.startControllers()
    await until('blue-1', 'NoHostAvailable', 'HostClaimed')
    expect(await consumers()).toEqual([])
    await world.of.hosts.mergePatch('site', 'h1', { metadata: { labels: { 'topology.kubernetes.io/zone': 'west' } } })
    await until('blue-1', 'Provisioning')
  })

  it('gives a rolling update the host of the Machine that it replaces', async () => {
    const labels = { 'cluster.x-k8s.io/cluster-name': 'blue', 'cluster.x-k8s.io/deployment-name': 'workers' }
    await world.create(world.of.clusters, clusterObject())
    await addHost('h9')
    await addMachine('old-1', { metadata: { labels } })
    await world.startControllers()
    await until('old-1', 'Provisioning')
    await report('h9', { state: 'InService', poweredOn: true })
    await until('old-1', 'Ready')
    await world.of.kataMetalMachines.delete('site', 'old-1')
    await until('old-1', 'Releasing')
    await addHost('h1', { status: { state: 'Inspecting' } })
    await report('h9', { state: 'Available', poweredOn: false })
    await eventually('old-1 to be gone', async () => (await machine('old-1')) === undefined)
    await report('h1', { state: 'Available' })
    await addMachine('new-1', { metadata: { labels } })
    await until('new-1', 'Provisioning')
    expect((await machine('new-1'))?.status?.host?.name).toBe('h9')
  })

  it('goes at once when it is deleted before it ever had a host', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addMachine('blue-1')
    await world.startControllers()
    await until('blue-1', 'NoHostAvailable', 'HostClaimed')
    await world.of.kataMetalMachines.delete('site', 'blue-1')
    await eventually('blue-1 to be gone', async () => (await machine('blue-1')) === undefined)
  })

  it('shows no word of the bootstrap data in events and conditions', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addHost('h1')
    await addMachine('blue-1')
    await world.of.secrets.mergePatch('site', 'blue-1-bootstrap', {
      data: { value: base64('#cloud-config hunter2'), format: base64('hunter2 ignition') },
    })
    await world.startControllers()
    await until('blue-1', 'BootstrapFormatUnknown')
    const shown = JSON.stringify([world.events, await machine('blue-1'), await host('h1')])
    expect(shown).not.toContain('hunter2')
    expect(shown).not.toContain(base64('#cloud-config hunter2'))
  })
})
