import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { directApiAccess } from '../../src/kube/api-access.js'
import { ConformanceSite } from '../conformance/site.js'
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.js'
import { openRealPlatform, type RealPlatform } from './real.js'

const hosts = 200
const machines = 40
const patience = 400_000

/** A small generator with a seed (mulberry32), so that a run can be repeated. */
const seeded = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('an API server that stalls, resets, refuses and forgets', () => {
  let platform: RealPlatform
  let site: ConformanceSite
  let proxy: FaultyProxy

  beforeAll(async () => {
    platform = await openRealPlatform()
    const personas = ['dell', 'hpe', 'lenovo', 'supermicro'] as const
    site = await ConformanceSite.start(platform, {
      personas: Array.from({ length: hosts }, (_, index) => personas[index % 4]!),
      manager: false,
    })
    proxy = await startFaultyProxy(await platform.managerCredentials(), 20, seeded(20261124))
    await site.startManager({ access: directApiAccess(proxy.credentials) })
  }, 240_000)
  afterAll(async () => {
    await site?.stop()
    await proxy?.stop()
    await platform?.stop()
  })

  /** History older than now is forgotten, as etcd does every few minutes. */
  const compact = async (): Promise<void> => {
    const { etcdURL } = platform.bed.address
    const post = async (path: string, body: object): Promise<{ header?: { revision?: string } }> => {
      const answer = await fetch(`${etcdURL}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) })
      return (await answer.json()) as { header?: { revision?: string } }
    }
    const { header } = await post('range', { key: Buffer.from('/x').toString('base64') })
    await post('compaction', { revision: header?.revision ?? '1' })
  }

  it(
    'does not keep two hundred hosts from becoming Available',
    async () => {
      await compact()
      await site.until(
        'all hosts to be Available',
        async () => {
          const all = await site.hosts.list({ namespace: site.namespace })
          return all.filter(({ status }) => status?.state === 'Available').length === hosts
        },
        patience,
      )
      for (const kind of ['busy', 'fail', 'conflict', 'reset', 'lost answer'] as const)
        expect(proxy.mishaps.get(kind) ?? 0).toBeGreaterThan(0)
    },
    patience + 20_000,
  )

  it(
    'does not make a host go to two Machines, nor a Machine to two hosts',
    async () => {
      await site.addCluster('storm')
      const name = (index: number): string => `${site.namespace}-${index}`
      for (let index = 0; index < machines; index++)
        await site.addMachine(name(index), { cluster: 'storm', controlPlane: index === 0 })
      await compact()
      await site.until(
        'all Machines to run',
        async () => {
          const all = await site.machines.list({ namespace: site.namespace })
          return all.filter(({ status }) => status?.phase === 'Running').length === machines
        },
        patience,
      )
      const consumers = (await site.hosts.list({ namespace: site.namespace })).flatMap(
        ({ spec }) => spec.consumerRef?.uid ?? [],
      )
      expect(consumers).toHaveLength(machines)
      expect(new Set(consumers).size).toBe(machines)
      for (const { server } of site.fleet.machines)
        expect(server.journal.destructive.filter(what => what.startsWith('wrote')).length).toBeLessThanOrEqual(1)
    },
    patience + 20_000,
  )
})
