import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findCondition } from '../../src/kube/conditions.js'
import { row } from '../conformance/row.js'
import { type KubeadmSite, startKubeadmSite } from './kubeadm-site.js'
import { openRealPlatform, type RealPlatform } from './real.js'

const hosts = 19
const workers = 20

/** Twenty workers at once for the eighteen servers that the control plane leaves over. */
describe('more Machines than hosts', () => {
  let platform: RealPlatform
  let kubeadm: KubeadmSite

  beforeAll(async () => {
    platform = await openRealPlatform()
    kubeadm = await startKubeadmSite(platform, { personas: Array.from({ length: hosts }, () => 'dell' as const) })
    await kubeadm.untilRunning('control-plane', 1, 180_000)
  }, 240_000)
  afterAll(async () => {
    await kubeadm?.stop()
    await platform?.stop()
  })

  const objects = async () => {
    const { site } = kubeadm
    const all = await site.kataMetalMachines.list({
      namespace: site.namespace,
      labelSelector: 'cluster.x-k8s.io/deployment-name',
    })
    return {
      all,
      served: all.filter(({ status }) => status?.host !== undefined),
      waiting: all.filter(({ status }) => status?.host === undefined),
    }
  }

  row(14, 'a MachineSet that goes from 0 to 20 at once makes 20 KataMetalMachines, each with its Machine', async () => {
    await kubeadm.scaleWorkers(workers)
    const { all } = await kubeadm.site.until('all objects, owned', async () => {
      const found = await objects()
      const owned = found.all.filter(({ metadata }) => metadata.ownerReferences?.some(({ kind }) => kind === 'Machine'))
      return owned.length === workers ? found : undefined
    })
    expect(all).toHaveLength(workers)
    const machines = await kubeadm.machinesOf('worker')
    expect(machines.map(({ metadata }) => metadata.name).sort()).toEqual(
      all.map(({ metadata }) => metadata.name).sort(),
    )
    for (const { metadata } of all)
      expect(metadata.ownerReferences?.filter(({ kind }) => kind === 'MachineSet')).toEqual([])
  })

  it('are served as far as hosts go, and the others are told their place', async () => {
    const { site } = kubeadm
    const { waiting } = await site.until(
      '18 to be served',
      async () => {
        const found = await objects()
        return found.served.length === 18 && found.waiting.length === 2 ? found : undefined
      },
      120_000,
    )
    const places = await site.until('both places to be told', async () => {
      const found = await Promise.all(
        waiting.map(({ metadata }) => site.kataMetalMachines.get(site.namespace, metadata.name)),
      )
      const told = found.map(
        ({ status }) =>
          /^(\S+) of 2 waiting/.exec(findCondition(status?.conditions, 'HostClaimed')?.message ?? '')?.[1],
      )
      return told.every(place => place !== undefined) ? told : undefined
    })
    expect(places.sort()).toEqual(['1st', '2nd'])
    const held = (await site.hosts.list({ namespace: site.namespace })).map(({ spec }) => spec.consumerRef?.uid)
    expect(new Set(held).size).toBe(hosts)
  })

  it('get a host within two seconds of its being free', async () => {
    const { site } = kubeadm
    const { waiting, served } = await objects()
    const freed = served.slice(0, 2)
    const freeAt = new Map<string, number>()
    const takenAt = new Map<string, number>()
    const end = new AbortController()
    const { resourceVersion } = await site.hosts.listPage({ namespace: site.namespace, limit: 1 })
    const stream = await site.hosts.watch({
      namespace: site.namespace,
      resourceVersion,
      timeoutSeconds: 300,
      signal: end.signal,
    })
    const watching = (async () => {
      for await (const event of stream) {
        if (event.type === 'BOOKMARK') continue
        const { metadata, spec, status } = event.object
        const name = metadata.name
        if (spec.consumerRef === undefined && status?.state === 'Available' && !freeAt.has(name))
          freeAt.set(name, Date.now())
        const consumer = spec.consumerRef?.name
        if (
          freeAt.has(name) &&
          waiting.some(({ metadata: { name: other } }) => other === consumer) &&
          !takenAt.has(name)
        )
          takenAt.set(name, Date.now())
      }
    })()
    watching.catch(() => undefined)
    for (const { metadata } of freed) await site.machines.delete(site.namespace, metadata.name)
    await site.until('both to be taken by who waited longest', async () => takenAt.size === 2, 120_000)
    end.abort()
    for (const [name, time] of takenAt) expect(time - (freeAt.get(name) ?? 0)).toBeLessThan(2_000)
    for (const { metadata } of waiting) await site.untilPhase(metadata.name, 'Running', 120_000)
  }, 300_000)
})
