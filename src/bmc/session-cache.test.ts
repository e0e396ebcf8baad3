import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.js'
import { KatametalError } from '../base/errors.js'
import { silentLogger } from '../base/log.js'
import type { Bmc, BmcAccess, BmcCall } from './model.js'
import { type BmcTarget, createBmcCache } from './session-cache.js'

const access: BmcAccess = { username: 'operator', password: 'word', trust: { kind: 'system' } }
const target = { address: 'redfish://192.0.2.7', secretVersion: '1' }
const signal = new AbortController().signal

/** A cache over Bmcs that only know how to tell their power and to be closed. */
const setUp = (readPower: (call: BmcCall) => Promise<'On'> = () => Promise.resolve('On')) => {
  const clock = new ManualClock()
  const opened: string[] = []
  const closed: string[] = []
  const cache = createBmcCache({
    clock,
    log: silentLogger,
    open: (address, _access, fallbackAddress) => {
      const name = `${address}#${opened.length}${fallbackAddress === undefined ? '' : ` or ${fallbackAddress}`}`
      opened.push(name)
      const close = async () => void closed.push(name)
      return { readPower, close } as unknown as Bmc
    },
  })
  const use = (over: Partial<BmcTarget> = {}, trusted: Partial<BmcAccess> = {}) =>
    cache.withBmc({ ...target, ...over }, { ...access, ...trusted }, signal, (bmc, call) => bmc.readPower(call))
  return { clock, opened, closed, cache, use }
}

/** A promise that a test settles by hand. */
const gate = () => {
  let open = () => {}
  const passed = new Promise<'On'>(resolve => (open = () => resolve('On')))
  return { open: () => open(), passed }
}

describe('the cache of BMC sessions', () => {
  it('gives the same Bmc to uses that follow each other, and logs out after 30 idle seconds', async () => {
    const { clock, opened, closed, use } = setUp()
    await use()
    await clock.advance(89_999)
    await use()
    await clock.advance(89_999)
    expect([opened.length, closed.length]).toEqual([1, 0])
    await clock.advance(1)
    expect(closed).toEqual(opened)
    await use()
    expect(opened).toHaveLength(2)
  })

  it('opens it anew with its fallback when that is named later', async () => {
    const { opened, use } = setUp()
    await use()
    await use({ fallbackAddress: 'ipmi://192.0.2.8' })
    await use({ fallbackAddress: 'ipmi://192.0.2.8' })
    expect(opened).toEqual(['redfish://192.0.2.7#0', 'redfish://192.0.2.7#1 or ipmi://192.0.2.8'])
  })

  it('does not count the time of a long use as idle', async () => {
    const { open, passed } = gate()
    const { clock, closed, use } = setUp(() => passed)
    const long = use()
    await clock.advance(300_000)
    expect(closed).toEqual([])
    open()
    await long
    await clock.advance(90_000)
    expect(closed).toHaveLength(1)
  })

  it('keeps BMCs of different addresses apart', async () => {
    const { opened, use } = setUp()
    await use()
    await use({ address: 'redfish://192.0.2.8' })
    expect(opened).toHaveLength(2)
  })

  it('opens a new one when the Secret or the trust changes, and closes the old one at once', async () => {
    const { opened, closed, use } = setUp()
    await use()
    await use({ secretVersion: '2' })
    expect(closed).toEqual(opened.slice(0, 1))
    await use({ secretVersion: '2' }, { trust: { kind: 'insecure' } })
    expect([opened.length, closed.length]).toEqual([3, 2])
  })

  it('lets those who still use the old one finish before it is closed', async () => {
    const { open, passed } = gate()
    const { closed, use } = setUp(() => passed)
    const old = use()
    const fresh = use({ secretVersion: '2' })
    expect(closed).toEqual([])
    open()
    await Promise.all([old, fresh])
    expect(closed).toEqual([`${target.address}#0`])
  })

  it('does not try a refused password again before the Secret changes, not even after the BMC was idle', async () => {
    let logins = 0
    const { clock, opened, closed, use } = setUp(() => {
      logins += 1
      return Promise.reject(new KatametalError('BMCLoginRefused', { about: '192.0.2.7' }))
    })
    const refused = { code: 'BMCLoginRefused' }
    await expect(use()).rejects.toMatchObject(refused)
    await clock.advance(3_600_000)
    await expect(use()).rejects.toMatchObject(refused)
    await expect(use({}, { trust: { kind: 'insecure' } })).rejects.toMatchObject(refused)
    expect([logins, opened.length, closed.length]).toEqual([1, 1, 1])
    await expect(use({ secretVersion: '2' })).rejects.toMatchObject(refused)
    expect(logins).toBe(2)
  })

  it('keeps the Bmc after any other failure', async () => {
    let fail = true
    const { opened, use } = setUp(() =>
      fail ? Promise.reject(new KatametalError('BMCBusy')) : Promise.resolve('On' as const),
    )
    await expect(use()).rejects.toMatchObject({ code: 'BMCBusy' })
    fail = false
    await expect(use()).resolves.toBe('On')
    expect(opened).toHaveLength(1)
  })

  it('forgets a host that is gone, with its refusal', async () => {
    const { opened, closed, cache, use } = setUp()
    await use()
    await cache.forget(target.address)
    expect(closed).toHaveLength(1)
    await cache.forget(target.address)
    await use()
    expect([opened.length, closed.length]).toEqual([2, 1])
  })

  it('aborts every use on shutdown, logs out everywhere, also of what was replaced, and refuses new uses', async () => {
    const untilAborted = ({ signal: its }: BmcCall) =>
      new Promise<'On'>((_resolve, reject) =>
        its.addEventListener('abort', () => reject(new KatametalError('Cancelled')), { once: true }),
      )
    const { opened, closed, cache, clock, use } = setUp(untilAborted)
    const uses = [use(), use({ secretVersion: '2' }), use({ address: 'redfish://192.0.2.8' })]
    const ends = Promise.allSettled(uses)
    await cache.close()
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect([...closed].sort()).toEqual([...opened].sort())
    expect(opened).toHaveLength(3)
    await expect(use()).rejects.toMatchObject({ code: 'Cancelled' })
    await clock.advance(60_000)
    expect(closed).toHaveLength(3)
  })

  it('hands the signal of the caller on', async () => {
    const { cache } = setUp()
    const caller = new AbortController()
    const seen = cache.withBmc(target, access, caller.signal, async (_bmc, call) => {
      caller.abort()
      return call.signal.aborted
    })
    expect(await seen).toBe(true)
  })
})
