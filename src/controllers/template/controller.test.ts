import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ObjectMeta } from '../../../api/meta.js'
import { clusterObject, hostObject, inventoryObject } from '../../../test/support/cluster-api-objects.js'
import { aWhile, eventually, startWorld, type World } from '../../../test/support/cluster-api-world.js'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterEach(() => world.reset())
afterAll(() => world.stop())

const addTemplate = (metadata: Partial<ObjectMeta> = {}) =>
  world.of.templates.create({
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
    kind: 'KataMetalMachineTemplate',
    metadata: { name: 'workers', namespace: 'site', ...metadata },
    spec: { template: { spec: { needs: { cores: 4 } } } },
  })
const addHost = async (name: string, cores: number) => {
  await world.create(world.of.hosts, hostObject(name))
  const inventory = inventoryObject(name, { processors: { cores }, memory: { totalMiB: 1024 } })
  await world.of.inventories.create({
    ...inventory,
    metadata: { name, namespace: 'site' },
  })
}
const cpu = async () => (await world.of.templates.get('site', 'workers')).status?.capacity?.['cpu']
const untilCpu = (value: string) => eventually(`cpu ${value}`, async () => (await cpu()) === value)

describe('the template controller', () => {
  it('tells what a Node offers, and again when hosts come, change or go', async () => {
    await addTemplate()
    await world.startControllers()
    await untilCpu('4')
    await addHost('h1', 32)
    await untilCpu('32')
    await addHost('h2', 16)
    await untilCpu('16')
    await world.of.hosts.delete('site', 'h2')
    await untilCpu('32')
    const settled = (await world.of.templates.get('site', 'workers')).metadata.resourceVersion
    await world.of.hosts.mergePatchStatus('site', 'h1', { status: { step: 'x' } })
    await aWhile()
    expect((await world.of.templates.get('site', 'workers')).metadata.resourceVersion).toBe(settled)
  })

  it('writes nothing while the Cluster that owns the template is paused', async () => {
    const cluster = await world.create(world.of.clusters, clusterObject({ spec: { paused: true } }))
    const owner = {
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'Cluster',
      name: 'blue',
      uid: cluster.metadata.uid ?? '',
    }
    await addTemplate({ ownerReferences: [owner] })
    await world.startControllers()
    await aWhile()
    expect(await cpu()).toBeUndefined()
    await world.of.clusters.mergePatch('site', 'blue', { spec: { paused: false } })
    await untilCpu('4')
  })
})
