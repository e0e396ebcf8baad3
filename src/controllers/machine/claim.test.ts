import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { hostObject, kataMetalMachineObject, machineObject } from '../../../test/support/cluster-api-objects.js'
import { startWorld, type World } from '../../../test/support/cluster-api-world.js'
import { isKatametalError } from '../../base/errors.js'
import { ReadYourWrites } from '../../kube/read-your-writes.js'
import { claimFirst } from './claim.js'
import { consumerRefOf } from './consumer.js'
import { giveBack } from './give-back.js'
import { observeLive } from './observe.js'
import { occupationOf } from './select.js'

let world: World
let hosts: BareMetalHost[]

beforeAll(async () => {
  world = await startWorld()
})
beforeEach(async () => {
  hosts = []
  for (const name of ['h1', 'h2', 'h3']) hosts.push(await world.create(world.of.hosts, hostObject(name)))
})
afterEach(() => world.reset())
afterAll(() => world.stop())

const signal = new AbortController().signal
const claim = (name: string, candidates = hosts, written = new ReadYourWrites<BareMetalHost>()) =>
  claimFirst(
    {
      object: kataMetalMachineObject({}, name),
      owner: machineObject({}, name),
      clusterName: 'blue',
      dataSecretName: `${name}-bootstrap`,
      addresses: [],
    },
    candidates,
    {
      hosts: world.of.hosts,
      written,
      stillFits: host => occupationOf(host) === undefined,
      signal: new AbortController().signal,
    },
  )
const consumerOf = async (name: string) => (await world.of.hosts.get('site', name)).spec.consumerRef?.name

describe('claiming the first host that can be had', () => {
  it('takes the best candidate and remembers what it wrote until the cache has seen it', async () => {
    const written = new ReadYourWrites<BareMetalHost>()
    const claimed = await claim('blue-1', hosts, written)
    expect(claimed?.metadata.name).toBe('h1')
    expect(written.latest(hosts[0]!).spec.consumerRef?.name).toBe('blue-1')
  })

  it('reads a host again that only reported something meanwhile', async () => {
    await world.of.hosts.mergePatchStatus('site', 'h1', { status: { step: 'Idle' } })
    expect((await claim('blue-1'))?.metadata.name).toBe('h1')
  })

  it('goes on to the next host when one was taken, stopped being free or vanished', async () => {
    await world.of.hosts.mergePatch('site', 'h1', { spec: { consumerRef: { kind: 'Other', name: 'x' } } })
    await world.of.hosts.delete('site', 'h2')
    expect((await claim('blue-1'))?.metadata.name).toBe('h3')
    expect(await consumerOf('h1')).toBe('x')
  })

  it('says so when all were taken', async () => {
    for (const { metadata } of hosts)
      await world.of.hosts.mergePatchStatus('site', metadata.name, { status: { state: 'Preparing' } })
    expect(await claim('blue-1')).toBeUndefined()
  })

  it('gives one host to exactly one of many claims that saw it free', async () => {
    const only = hosts.slice(0, 1)
    const results = await Promise.all(Array.from({ length: 12 }, (_, index) => claim(`blue-${index}`, only)))
    const winners = results.filter(host => host !== undefined)
    expect(winners).toHaveLength(1)
    expect(await consumerOf('h1')).toBe(winners[0]?.spec.consumerRef?.name)
  })

  it('does not try another host after an error that is no conflict: the first may have been claimed', async () => {
    world.api.faults.inject({ kind: 'fail', resource: 'baremetalhosts', verb: 'patch' })
    await expect(claim('blue-1')).rejects.toSatisfy(error => isKatametalError(error, 'KubernetesBusy'))
  })
})

describe('a live look', () => {
  const object = kataMetalMachineObject({ metadata: { uid: 'uid-kmm-blue-1' } })
  const facts = (known: BareMetalHost[]) => ({ object, owner: undefined, cluster: undefined, hosts: known })

  it('finds a claim of which the cache knows nothing', async () => {
    await claim('blue-1')
    const live = await observeLive(facts([]), world.of.hosts, signal)
    expect(live.hosts.map(({ spec }) => spec.consumerRef)).toEqual([consumerRefOf(object)])
  })

  it('corrects what the cache has of the recorded host, and forgets it when it is gone', async () => {
    const recorded = { ...object, status: { host: { name: 'h1' } } }
    const stale = hosts[0]!
    await claim('blue-1')
    const live = await observeLive({ ...facts([stale]), object: recorded }, world.of.hosts, signal)
    expect(live.hosts.map(({ spec }) => spec.consumerRef?.name)).toEqual(['blue-1'])

    await world.of.hosts.delete('site', 'h1')
    const later = await observeLive({ ...facts([stale]), object: recorded }, world.of.hosts, signal)
    expect(later.hosts).toEqual([])
  })
})

describe('giving a host back', () => {
  const tools = (pool?: string) => ({
    hosts: world.of.hosts,
    written: new ReadYourWrites<BareMetalHost>(),
    pool,
    signal,
  })
  const claimed = async () => {
    const host = await claim('blue-1')
    if (host === undefined) throw new Error('nothing was claimed')
    return host
  }
  const latest = () => world.of.hosts.get('site', 'h1')

  it('asks, waits, and lets go, in this order', async () => {
    expect(await giveBack(await claimed(), false, tools())).toContain('was asked to wipe')
    await world.of.hosts.mergePatchStatus('site', 'h1', { status: { state: 'Deprovisioning' } })
    expect(await giveBack(await latest(), false, tools())).toContain('Deprovisioning')
    expect(await consumerOf('h1')).toBe('blue-1')
    await world.of.hosts.mergePatchStatus('site', 'h1', { status: { state: 'Available', poweredOn: false } })
    expect(await giveBack(await latest(), false, tools('blue/workers'))).toBeUndefined()
    expect(await consumerOf('h1')).toBeUndefined()
  })

  it('is done when the host is gone', async () => {
    const host = await claimed()
    await world.of.hosts.delete('site', 'h1')
    expect(await giveBack(host, false, tools())).toBeUndefined()
    expect(await giveBack(host, true, tools())).toBeUndefined()
  })

  it('never acts on an old picture of the host', async () => {
    const host = await claimed()
    await world.of.hosts.mergePatchStatus('site', 'h1', { status: { state: 'InService' } })
    await expect(giveBack(host, true, tools())).rejects.toSatisfy(error =>
      isKatametalError(error, 'KubernetesConflict'),
    )
    expect(await consumerOf('h1')).toBe('blue-1')
  })
})
