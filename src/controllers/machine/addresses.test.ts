import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import {
  clusterObject,
  hostObject,
  kataMetalMachineObject,
  machineObject,
  ownerReference,
} from '../../../test/support/cluster-api-objects.js'
import { aWhile, eventually, startWorld, type World } from '../../../test/support/cluster-api-world.js'
import { ipamCrds } from '../../../test/support/ipam-crds.js'
import { findCondition } from '../../kube/conditions.js'
import { type IPAddress, type IPAddressClaim, ipAddressClaims, ipAddresses } from '../../kube/resource-types.js'
import type { ResourceClient } from '../../kube/types.js'

let world: World
let claims: ResourceClient<IPAddressClaim>
let addresses: ResourceClient<IPAddress>

beforeAll(async () => {
  world = await startWorld()
  for (const crd of ipamCrds) world.api.applyManifest(crd)
  claims = world.client.resource(ipAddressClaims)
  addresses = world.client.resource(ipAddresses)
})
afterEach(async () => {
  await world.reset()
  for (const { metadata } of await claims.list()) await claims.delete('site', metadata.name)
  for (const { metadata } of await addresses.list()) await addresses.delete('site', metadata.name)
})
afterAll(() => world.stop())

const poolRef = { apiGroup: 'ipam.cluster.x-k8s.io', kind: 'InClusterIPPool', name: 'rack1' }
const addMachine = async (spec: Partial<KataMetalMachine['spec']> = {}) => {
  await world.create(world.of.clusters, clusterObject())
  await world.create(world.of.hosts, hostObject('h1', { spec: { bootMACAddress: '02:00:00:00:00:01' } }))
  const { metadata } = await world.create(world.of.machines, machineObject())
  await world.of.secrets.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'blue-1-bootstrap', namespace: 'site' },
    data: { value: Buffer.from('#cloud-config').toString('base64') },
  })
  return world.create(
    world.of.kataMetalMachines,
    kataMetalMachineObject({
      metadata: {
        finalizers: [],
        ownerReferences: [{ ...ownerReference('Machine', 'blue-1'), uid: metadata.uid ?? '' }],
      },
      spec: {
        image: { url: 'x' },
        addressesFromPools: [{ name: 'main', poolRef, nameservers: ['192.0.2.53'] }],
        ...spec,
      },
    }),
  )
}
const claim = () => eventually('the claim', () => claims.find('site', 'blue-1-main'))
const ready = async () =>
  findCondition((await world.of.kataMetalMachines.find('site', 'blue-1'))?.status?.conditions, 'Ready')
const consumer = async () => (await world.of.hosts.get('site', 'h1')).spec.consumerRef?.name
/** What an IPAM provider does. */
const answer = async () => {
  await addresses.create({
    apiVersion: 'ipam.cluster.x-k8s.io/v1beta2',
    kind: 'IPAddress',
    metadata: { name: 'rack1-7', namespace: 'site' },
    spec: { address: '192.0.2.7', prefix: 24, gateway: '192.0.2.1' },
  })
  await claims.mergePatchStatus('site', 'blue-1-main', { status: { addressRef: { name: 'rack1-7' } } })
}

describe('a machine with an address from a pool', () => {
  it('claims it, says what it waits for, and claims no host before it has it', async () => {
    const object = await addMachine()
    await world.startControllers()
    expect(await claim()).toMatchObject({
      metadata: {
        labels: { 'cluster.x-k8s.io/cluster-name': 'blue' },
        ownerReferences: [
          {
            kind: 'KataMetalMachine',
            name: 'blue-1',
            uid: object.metadata.uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: { clusterName: 'blue', poolRef },
    })
    await eventually('the reason', async () => (await ready())?.reason === 'WaitingForAddress')
    await claims.mergePatchStatus('site', 'blue-1-main', {
      status: {
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'PoolExhausted',
            message: 'No address is left.',
            lastTransitionTime: '2026-01-01T00:00:00Z',
          },
        ],
      },
    })
    await eventually('the word of the pool', async () => (await ready())?.message.includes('PoolExhausted'))
    expect((await ready())?.message).toBe(
      'IPAddressClaim blue-1-main has no address of InClusterIPPool rack1 yet (PoolExhausted: No address is left).',
    )
    expect(await consumer()).toBeUndefined()

    await answer()
    await eventually('the host to be claimed', async () => (await consumer()) === 'blue-1')
    expect((await world.of.hosts.get('site', 'h1')).spec.addresses).toEqual([
      { address: '192.0.2.7', prefix: 24, gateway: '192.0.2.1', nameservers: ['192.0.2.53'] },
    ])
  })

  it('keeps the address until the host is given back, and leaves none on it', async () => {
    await addMachine()
    await world.startControllers()
    await claim()
    await answer()
    await eventually('the host to be claimed', async () => (await consumer()) === 'blue-1')
    await world.of.hosts.mergePatchStatus('site', 'h1', { status: { state: 'InService', poweredOn: true } })
    await world.of.kataMetalMachines.delete('site', 'blue-1')
    await aWhile()
    expect(await claims.find('site', 'blue-1-main')).toBeDefined()
    await world.of.hosts.mergePatchStatus('site', 'h1', { status: { state: 'Available', poweredOn: false } })
    await eventually('the claim to be gone', async () => (await claims.find('site', 'blue-1-main')) === undefined)
    expect((await world.of.hosts.get('site', 'h1')).spec.addresses).toBeUndefined()
  })

  it('takes a claim of its name for its own again, as after a restore', async () => {
    await claims.create({
      apiVersion: 'ipam.cluster.x-k8s.io/v1beta2',
      kind: 'IPAddressClaim',
      metadata: { name: 'blue-1-main', namespace: 'site' },
      spec: { poolRef },
    })
    await addMachine()
    await world.startControllers()
    await eventually('the owner', async () => (await claim()).metadata.ownerReferences?.[0]?.name === 'blue-1')
  })

  it('asks no pool when it brings its own network data', async () => {
    await addMachine({ networkData: { name: 'static' } })
    await world.startControllers()
    await eventually('the host to be claimed', async () => (await consumer()) === 'blue-1')
    expect(await claims.list()).toEqual([])
  })
})
