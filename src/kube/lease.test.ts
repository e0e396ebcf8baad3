import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KubeObject } from '../../api/meta.js'
import { ManualClock } from '../../test/support/manual-clock.js'
import { silentLogger } from '../base/log.js'
import { Metrics } from '../base/metrics.js'
import { createKubeClient } from './client.js'
import { type LeaderElector, createLeaderElector } from './lease.js'
import type { Lease } from './resource-types.js'
import { TestApiServer } from './testing/api-server.js'
import type { SeenRequest } from './testing/request.js'
import { eventually } from './testing/eventually.js'
import type { KubeClient, ResourceClient, ResourceType } from './types.js'

const collection = '/apis/coordination.k8s.io/v1/leases'

let server: TestApiServer
let clock: ManualClock
let clients: KubeClient[]
let contenders: Contender[]
/** Requests under way, and how long real time may wait for them before the clock moves on. */
let pending: number
let patienceMs: number

interface Contender {
  elector: LeaderElector
  stop: AbortController
  metrics: Metrics
  /** What happened to it, in order. */
  story: string[]
  finished: Promise<unknown>
}

beforeEach(async () => {
  server = await TestApiServer.start()
  clock = new ManualClock()
  clients = []
  contenders = []
  pending = 0
  patienceMs = 5000
})

afterEach(async () => {
  server.faults.clear()
  for (const { stop } of contenders) stop.abort()
  await eventually(() => settle()).toBe(true)
  await Promise.all(clients.map(client => client.close()))
  await server.stop()
})

const settle = async (): Promise<boolean> => {
  await clock.advance(1000)
  const all = Promise.all(contenders.map(({ finished }) => finished)).then(() => true)
  return Promise.race([all, new Promise<boolean>(resolve => setTimeout(resolve, 20, false))])
}

/** Its own clock may differ from everybody else's. */
const contend = (identity: string, skewMs = 0, lastWordsMs = 0): Contender => {
  const own = { now: () => clock.now() + skewMs, after: clock.after.bind(clock) }
  const client = counted(createKubeClient(server.access(), { clock: own }))
  clients.push(client)
  const metrics = new Metrics()
  const stop = new AbortController()
  const story: string[] = []
  const elector = createLeaderElector({
    client,
    namespace: 'katametal-system',
    name: 'manager',
    identity,
    clock: own,
    log: silentLogger,
    metrics,
    random: () => 0,
  })
  const lead = (signal: AbortSignal): Promise<void> =>
    new Promise(resolve => {
      story.push('leads')
      const end = () => {
        story.push('stops')
        own.after(lastWordsMs, resolve)
      }
      if (signal.aborted) end()
      else signal.addEventListener('abort', end)
    })
  const finished = elector.run(stop.signal, lead).then(
    () => story.push('ended'),
    (error: unknown) => story.push(`failed: ${(error as { code?: string }).code ?? String(error)}`),
  )
  const contender = { elector, stop, metrics, story, finished }
  contenders.push(contender)
  return contender
}

const lease = (): Lease['spec'] =>
  (server.storage.at(collection, 'katametal-system', 'manager') as Lease | undefined)?.spec
const tracked = <T>(call: Promise<T>): Promise<T> => {
  pending++
  return call.finally(() => pending--)
}
const counted = (client: KubeClient): KubeClient => ({
  ...client,
  resource: <T extends KubeObject>(type: ResourceType): ResourceClient<T> => {
    const real = client.resource<T>(type)
    return {
      ...real,
      create: (object, options) => tracked(real.create(object, options)),
      replace: (object, options) => tracked(real.replace(object, options)),
      find: (namespace, name, options) => tracked(real.find(namespace, name, options)),
    }
  },
})

/** Time passes in small steps, with requests given the time they really need. */
const pass = async (ms: number, stepMs = 500): Promise<void> => {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await clock.advance(Math.min(stepMs, ms - passed))
    const until = Date.now() + patienceMs
    while (pending > 0 && Date.now() < until) await new Promise(resolve => setTimeout(resolve, 2))
    await clock.advance(0)
  }
}
const isWrite = ({ method }: SeenRequest): boolean => method === 'PUT' || method === 'POST'

describe('leader election', () => {
  it('makes the first one the leader and records it in a Lease', async () => {
    const one = contend('one')
    await eventually(() => one.story).toEqual(['leads'])
    expect(one.elector.isLeader()).toBe(true)
    expect(lease()).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 0 })
    expect(lease()?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    expect(await one.metrics.render()).toContain('leader_election_master_status{name="manager"} 1')
  })

  it('renews while it leads, and nobody else gets in, however wrong the clocks are', async () => {
    const one = contend('one', -3_600_000)
    await eventually(() => one.story).toEqual(['leads'])
    const ahead = contend('ahead', 7_200_000)
    const first = lease()?.renewTime
    await pass(40_000, 1000)
    expect(lease()?.renewTime).not.toBe(first)
    expect(lease()).toMatchObject({ holderIdentity: 'one', leaseTransitions: 0 })
    expect([one.story, ahead.story]).toEqual([['leads'], []])
  })

  it('lets the next one in at once when the leader ends, and only after its last words', async () => {
    const one = contend('one', 0, 3000)
    await eventually(() => one.story).toEqual(['leads'])
    const two = contend('two')
    await pass(1000)
    one.stop.abort()
    await pass(2500)
    expect([one.story, two.story]).toEqual([['leads', 'stops'], []])
    await pass(4000)
    expect([one.story, two.story]).toEqual([['leads', 'stops', 'ended'], ['leads']])
    expect(lease()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 })
    expect(one.elector.isLeader()).toBe(false)
  })

  it('lets the next one in when the leader has vanished, but not before its time is over', async () => {
    const renewTime = new Date(clock.now()).toISOString()
    server.storage.put(collection, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'manager', namespace: 'katametal-system' },
      spec: { holderIdentity: 'vanished', leaseDurationSeconds: 15, renewTime, leaseTransitions: 4 },
    })
    const two = contend('two')
    await pass(14_000, 1000)
    expect(two.story).toEqual([])
    await pass(4000)
    expect(two.story).toEqual(['leads'])
    expect(lease()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 5 })
  })

  it.each([
    ['refuses', (response: ServerResponse) => void response.writeHead(500).end()],
    ['breaks', (response: ServerResponse) => void response.destroy()],
    ['hangs', () => undefined],
  ])('ends the leader in time when the API server %s, before anybody else may lead', async (name, answer) => {
    const one = contend('one')
    await eventually(() => one.story).toEqual(['leads'])
    const renewed = clock.now()
    server.answerWith(Infinity, isWrite, answer)
    if (name === 'hangs') patienceMs = 10
    await pass(9000, 1000)
    expect(one.story).toEqual(['leads'])
    await pass(1500)
    expect(one.story.slice(0, 2)).toEqual(['leads', 'stops'])
    expect(clock.now() - renewed).toBeLessThan(15_000)
    expect(one.elector.isLeader()).toBe(false)
    server.faults.clear()
    await pass(11_000, 1000)
    expect(one.story).toEqual(['leads', 'stops', 'failed: LeaseLost'])
  })

  it('stays the leader through a short failure of the API server', async () => {
    const one = contend('one')
    await eventually(() => one.story).toEqual(['leads'])
    server.answerWith(2, isWrite, response => response.writeHead(500).end())
    await pass(20_000, 1000)
    expect(server.faults.size).toBe(0)
    expect(one.story).toEqual(['leads'])
  })

  it('stays the leader when somebody touches the Lease without taking it, or deletes it', async () => {
    const one = contend('one')
    await eventually(() => one.story).toEqual(['leads'])
    const touched = server.storage.at(collection, 'katametal-system', 'manager')
    if (touched !== undefined)
      server.storage.put(collection, { ...touched, metadata: { ...touched.metadata, labels: { seen: 'yes' } } })
    await pass(12_000, 1000)
    server.storage.remove(collection, 'katametal-system', 'manager')
    await pass(12_000, 1000)
    expect(one.story).toEqual(['leads'])
    expect(lease()?.holderIdentity).toBe('one')
  })

  it('ends the leader as soon as it sees that another one has the Lease', async () => {
    const one = contend('one')
    await eventually(() => one.story).toEqual(['leads'])
    const held = server.storage.at(collection, 'katametal-system', 'manager')
    if (held !== undefined) server.storage.put(collection, { ...held, spec: { ...lease(), holderIdentity: 'thief' } })
    await pass(3000)
    expect(one.story).toEqual(['leads', 'stops', 'failed: LeaseLost'])
    expect(lease()?.holderIdentity).toBe('thief')
  })

  it('lets only one of two that try at the same moment', async () => {
    const both = [contend('one'), contend('two')]
    await pass(10_000, 1000)
    expect(both.flatMap(({ story }) => story)).toEqual(['leads'])
  })

  it('can be stopped while it waits for its turn', async () => {
    const one = contend('one')
    await eventually(() => one.story).toEqual(['leads'])
    const two = contend('two')
    await pass(3000)
    two.stop.abort()
    await eventually(() => two.story).toEqual(['ended'])
    expect(lease()?.holderIdentity).toBe('one')
  })

  it('releases the Lease and passes on what the leader threw', async () => {
    const client = createKubeClient(server.access(), { clock })
    clients.push(client)
    const options = {
      client,
      namespace: 'katametal-system',
      name: 'manager',
      identity: 'one',
      clock,
      log: silentLogger,
    }
    const run = createLeaderElector(options).run(new AbortController().signal, async () => {
      throw new Error('a bug')
    })
    await expect(run).rejects.toThrow('a bug')
    expect(lease()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
  })
})
