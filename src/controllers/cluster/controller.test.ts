import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  clusterObject,
  hostObject,
  kataMetalClusterObject,
  kataMetalMachineObject,
  ownerReference,
} from '../../../test/support/cluster-api-objects.js'
import { aWhile, eventually, startWorld, type World } from '../../../test/support/cluster-api-world.js'
import { findCondition } from '../../kube/conditions.js'

let world: World

beforeAll(async () => {
  world = await startWorld()
  await world.startControllers()
})
afterAll(() => world.stop())

/** A Cluster and its KataMetalCluster, owned by it unless said otherwise. */
const add = async (
  name: string,
  {
    cluster = {},
    object = {},
    owned = true,
  }: {
    cluster?: Parameters<typeof clusterObject>[0]
    object?: Parameters<typeof kataMetalClusterObject>[0] & object
    owned?: boolean
  } = {},
) => {
  const { metadata } = await world.create(world.of.clusters, clusterObject(cluster, name))
  const ownerReferences = owned ? [{ ...ownerReference('Cluster', name, false), uid: metadata.uid ?? '' }] : []
  return world.create(
    world.of.kataMetalClusters,
    kataMetalClusterObject({ ...object, metadata: { ownerReferences, ...object.metadata } }, name),
  )
}
const find = (name: string) => world.of.kataMetalClusters.find('site', name)
const ready = async (name: string) => findCondition((await find(name))?.status?.conditions, 'Ready')
const until = (name: string, reason: string) =>
  eventually(`Ready of ${name} to be ${reason}`, async () => (await ready(name))?.reason === reason)

describe('the cluster controller', () => {
  it('is provisioned by the endpoint of the Cluster, and shows the failure domains of the hosts', async () => {
    await world.create(
      world.of.hosts,
      hostObject('h1', { metadata: { labels: { 'topology.kubernetes.io/zone': 'b' } } }),
    )
    await world.create(
      world.of.hosts,
      hostObject('h2', { metadata: { labels: { 'topology.kubernetes.io/zone': 'a' } } }),
    )
    await add('blue')
    await until('blue', 'Ready')
    expect(await find('blue')).toMatchObject({
      metadata: { finalizers: ['katametalcluster.infrastructure.cluster.x-k8s.io'] },
      status: {
        initialization: { provisioned: true },
        failureDomains: [
          { name: 'a', controlPlane: true },
          { name: 'b', controlPlane: true },
        ],
      },
    })
    await world.of.hosts.mergePatch('site', 'h2', { metadata: { labels: { 'topology.kubernetes.io/zone': 'c' } } })
    await eventually('the new failure domain', async () =>
      (await find('blue'))?.status?.failureDomains?.some(({ name }) => name === 'c'),
    )
  })

  it('waits for an endpoint that it never invents, and keeps provisioned once it had one', async () => {
    await add('green', { cluster: { spec: {} } })
    await until('green', 'ControlPlaneEndpointMissing')
    expect((await find('green'))?.status?.initialization).toBeUndefined()
    const spec = { controlPlaneEndpoint: { host: '192.0.2.8', port: 6443 } }
    await world.of.kataMetalClusters.mergePatch('site', 'green', { spec })
    await until('green', 'Ready')
    await world.of.kataMetalClusters.mergePatch('site', 'green', { spec: { controlPlaneEndpoint: null } })
    await until('green', 'ControlPlaneEndpointMissing')
    expect((await find('green'))?.status?.initialization?.provisioned).toBe(true)
  })

  it('touches neither what has no owner yet nor what somebody else manages', async () => {
    const ownerless = await add('lonely', { owned: false })
    const managed = await add('managed', {
      object: { metadata: { annotations: { 'cluster.x-k8s.io/managed-by': '' } } },
    })
    await aWhile()
    expect((await find('lonely'))?.metadata.resourceVersion).toBe(ownerless.metadata.resourceVersion)
    expect((await find('managed'))?.metadata.resourceVersion).toBe(managed.metadata.resourceVersion)
  })

  it('only says that it is paused while its Cluster is', async () => {
    const endpoint = { controlPlaneEndpoint: { host: '192.0.2.1', port: 6443 } }
    const infrastructureRef = { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'KataMetalCluster', name: 'still' }
    await add('still', { cluster: { spec: { ...endpoint, infrastructureRef, paused: true } } })
    await eventually(
      'Paused',
      async () => findCondition((await find('still'))?.status?.conditions, 'Paused')?.status === 'True',
    )
    expect((await find('still'))?.status?.conditions).toHaveLength(1)
    expect((await find('still'))?.metadata.finalizers).toBeUndefined()
    await world.of.clusters.mergePatch('site', 'still', { spec: { paused: false } })
    await until('still', 'Ready')
  })

  it('outlives its machines', async () => {
    await add('red')
    await until('red', 'Ready')
    const cluster = { 'cluster.x-k8s.io/cluster-name': 'red' }
    await world.create(
      world.of.kataMetalMachines,
      kataMetalMachineObject({ metadata: { labels: cluster, ownerReferences: [], finalizers: [] } }, 'red-1'),
    )
    await world.of.kataMetalClusters.delete('site', 'red')
    await until('red', 'WaitingForMachines')
    expect((await ready('red'))?.message).toContain('red-1')
    await world.of.kataMetalMachines.delete('site', 'red-1')
    await eventually('red to be gone', async () => (await find('red')) === undefined)
  })
})
