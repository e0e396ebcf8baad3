import { describe, expect, it } from 'vitest'
import { places, simulators } from '../../../test/support/bmc-simulators.js'
import { ask, credentials, read } from '../../../test/support/bmc-client.js'
import { systemClock } from '../../base/clock.js'
import type { BmcSimulator } from './simulator.js'

const start = simulators()
const { system } = places.dell
const root = '/redfish/v1'

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const since = performance.now()
  await work()
  return performance.now() - since
}

const login = (bmc: BmcSimulator) =>
  ask(bmc, 'POST', '/redfish/v1/SessionService/Sessions', {
    json: { UserName: credentials.username, Password: credentials.password },
    login: false,
  })

describe('faults of a BMC simulator', () => {
  it('strike as often as they were told to, on the path they were told, until they are switched off', async () => {
    const { bmc } = await start()
    bmc.faults.add({ effect: { kind: 'busy' }, path: /\/systems$/, count: 2 })
    const statuses = []
    for (let count = 0; count < 3; count++) statuses.push((await ask(bmc, 'GET', '/redfish/v1/Systems')).status)
    expect(statuses).toEqual([503, 503, 200])
    const off = bmc.faults.add({ effect: { kind: 'busy' }, method: 'PATCH' })
    expect((await ask(bmc, 'GET', system)).status).toBe(200)
    expect((await ask(bmc, 'PATCH', system, { json: { AssetTag: 'x' } })).status).toBe(503)
    expect((await read(bmc, system)).AssetTag).toBe('')
    off()
    expect((await ask(bmc, 'PATCH', system, { json: { AssetTag: 'x' } })).status).toBe(200)
    bmc.faults.add({ effect: { kind: 'busy' } })
    bmc.faults.clear()
    expect(bmc.faults.active).toEqual([])
    expect((await ask(bmc, 'GET', root)).status).toBe(200)
  })

  it('can be slow', async () => {
    const { bmc } = await start({ clock: systemClock })
    bmc.faults.add({ effect: { kind: 'slow', ms: 150 }, count: 1 })
    expect(await timed(() => ask(bmc, 'GET', root))).toBeGreaterThan(140)
  })

  it('can drip a body that is whole in the end', async () => {
    const { bmc } = await start({ clock: systemClock })
    const whole = await read(bmc, system)
    bmc.faults.add({ effect: { kind: 'drip', ms: 5, bytes: 200 }, count: 1 })
    let dripped: unknown
    const took = await timed(async () => {
      dripped = await read(bmc, system)
    })
    expect(dripped).toEqual(whole)
    expect(took).toBeGreaterThan((JSON.stringify(whole).length / 200) * 4)
  })

  it('can be busy and say for how long', async () => {
    const { bmc } = await start()
    bmc.faults.add({ effect: { kind: 'busy', retryAfter: 7 } })
    expect((await ask(bmc, 'GET', root)).headers['retry-after']).toBe('7')
  })

  it('can drop the connection before the work, after it, or in the middle of the answer', async () => {
    const { bmc } = await start()
    const patch = () => ask(bmc, 'PATCH', system, { json: { AssetTag: 'rack 7' } })
    bmc.faults.add({ effect: { kind: 'drop' }, method: 'PATCH', count: 1 })
    await expect(patch()).rejects.toThrow()
    expect((await read(bmc, system)).AssetTag).toBe('')
    bmc.faults.add({ effect: { kind: 'drop', afterWork: true }, method: 'PATCH', count: 1 })
    await expect(patch()).rejects.toThrow()
    expect((await read(bmc, system)).AssetTag).toBe('rack 7')
    bmc.faults.add({ effect: { kind: 'drop', halfway: true }, method: 'GET', count: 1 })
    await expect(ask(bmc, 'GET', system)).rejects.toThrow()
    expect(bmc.journal.requests.filter(({ status }) => status === 0)).toHaveLength(3)
  })

  it('can refuse every login, right or wrong', async () => {
    const { bmc } = await start()
    bmc.faults.add({ effect: { kind: 'refuse-login' } })
    expect((await login(bmc)).status).toBe(401)
    expect((await ask(bmc, 'GET', system)).status).toBe(401)
    expect(bmc.sessions).toBe(0)
  })

  it('can accept a write and not do it', async () => {
    const { bmc, clock } = await start()
    bmc.faults.add({ effect: { kind: 'ignore-write' }, count: 2 })
    expect((await ask(bmc, 'PATCH', system, { json: { AssetTag: 'x' } })).status).toBe(204)
    const reset = `${system}/Actions/ComputerSystem.Reset`
    expect((await ask(bmc, 'POST', reset, { json: { ResetType: 'On' } })).status).toBe(204)
    await clock.advance(10_000)
    expect(await read(bmc, system)).toMatchObject({ AssetTag: '', PowerState: 'Off' })
    expect(bmc.journal.happened).toEqual([])
  })

  it('can serve stale values while the truth goes on', async () => {
    const { bmc } = await start()
    const off = bmc.faults.add({ effect: { kind: 'stale' }, path: /System\.Embedded\.1$/ })
    await ask(bmc, 'PATCH', system, { json: { AssetTag: 'rack 7' } })
    expect((await read(bmc, system)).AssetTag).toBe('')
    off()
    expect((await read(bmc, system)).AssetTag).toBe('rack 7')
  })

  it('can run out of sessions, in the words of the service', async () => {
    const { bmc } = await start()
    bmc.faults.add({ effect: { kind: 'session-limit' }, count: 1 })
    const { status, body } = await login(bmc)
    expect([status, body.error.code]).toEqual([503, 'IDRAC.2.8.RAC0218'])
    expect((await login(bmc)).status).toBe(201)
  })

  it('can answer with a web page or with broken JSON', async () => {
    const { bmc } = await start()
    bmc.faults.add({ effect: { kind: 'html' }, count: 1 })
    const page = await ask(bmc, 'GET', system)
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html'])
    bmc.faults.add({ effect: { kind: 'invalid-json' }, count: 1 })
    const broken = await ask(bmc, 'GET', system)
    expect(broken.status).toBe(200)
    expect(() => JSON.parse(broken.text) as unknown).toThrow(SyntaxError)
  })

  it('can hang for ever, and stop ends that', async () => {
    const { bmc } = await start()
    bmc.faults.add({ effect: { kind: 'hang' } })
    const hanging = ask(bmc, 'GET', root)
    const outcome = Promise.race([hanging.catch(() => 'ended'), new Promise(done => setTimeout(done, 100, 'hangs'))])
    expect(await outcome).toBe('hangs')
    await bmc.stop()
    await expect(hanging).rejects.toThrow()
  })

  it('can refuse in any words', async () => {
    const { bmc } = await start()
    bmc.faults.add({ effect: { kind: 'error', status: 409, messageId: 'IDRAC.2.8.SYS518', text: 'Not ready.' } })
    const { status, body } = await ask(bmc, 'GET', system)
    expect([status, body.error.code]).toEqual([409, 'IDRAC.2.8.SYS518'])
  })

  it('can quote what they refuse, as real BMCs do', async () => {
    const { bmc } = await start()
    const text = 'Tag {AssetTag} is not {Good}.'
    bmc.faults.add({ effect: { kind: 'error', status: 400, messageId: 'X', text }, method: 'PATCH' })
    const { body } = await ask(bmc, 'PATCH', system, { json: { AssetTag: 'rack 7' } })
    expect(JSON.stringify(body)).toContain('Tag rack 7 is not {Good}.')
  })
})
