import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labNamespace } from '../../src/lab/lab.js'
import { findCondition } from '../../src/kube/conditions.js'
import { createGate, type Gate } from '../support/gate.js'
import { type Site, startSite } from '../support/site.js'
import { expectClear, untilWarning } from '../support/trouble.js'

const [first, second] = ['edge-control-plane', 'edge-worker-1'] as const
const host = 'dell-0'

let site: Site
let gate: Gate

beforeAll(async () => {
  gate = createGate()
  site = await startSite({ personas: ['dell'], machines: 2, checkpoint: gate.checkpoint })
})

afterAll(() => site.stop())

const destruction = (): string[] => site.server(host).server.journal.destructive.map(what => what.split(' ')[0] ?? '')

const consumer = async (): Promise<string | undefined> => (await site.host(host)).spec.consumerRef?.name

/** One story in three parts, because each needs what the one before left behind. */
describe('Two Machines that want one host', { timeout: 90_000 }, () => {
  it('get it one after the other: the second is told how many hosts there are and why none is free', async () => {
    await site.untilPhase(first, 'Running')
    const waiting = await site.until('the second to be told', async () => {
      const found = await site.kataMetalMachines.get(labNamespace, second)
      return findCondition(found.status?.conditions, 'Ready')?.reason === 'NoHostAvailable' ? found : undefined
    })
    expectClear(findCondition(waiting.status?.conditions, 'Ready'), 'NoHostAvailable', /of 1 host 1 in use/)
    expect(findCondition(waiting.status?.conditions, 'HostClaimed')).toMatchObject({
      reason: 'WaitingForHost',
      message: '1st of 1 waiting for a host: of 1 host 1 in use.',
    })
    await untilWarning(site, waiting, 'NoHostAvailable', /of 1 host 1 in use/)
    expect(await consumer()).toBe(first)
    expect(destruction()).toEqual(['wrote'])
  })

  it('hand it over, wiped, when the first is deleted; deleting the second in mid-write gives it back, too', async () => {
    const deleted = gate.meanwhile('done', 'directAgent write', `${labNamespace}/${host}`, () =>
      site.machines.delete(labNamespace, second),
    )
    await site.machines.delete(labNamespace, first)
    await deleted
    expect(await consumer()).toBe(second)

    await site.until('both Machines to be gone', async () => (await site.machines.list()).length === 0)
    const free = await site.untilState(host, 'Available')
    expect(free.spec.consumerRef).toBeUndefined()
    expect(free.spec.image).toBeUndefined()
    const { server, bmc } = site.server(host)
    expect(destruction().filter(what => what === 'wiped')).toHaveLength(2)
    expect(destruction().at(-1)).toBe('wiped')
    expect(server.disks.every(({ installed }) => installed === undefined)).toBe(true)
    expect(bmc.power).toBe('Off')
    expect(await site.kataMetalMachines.list()).toEqual([])
  })
})
