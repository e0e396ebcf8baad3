import { describe, expect, it } from 'vitest'
import { KatametalError } from '../../base/errors.js'
import type { Bmc, VirtualMediaSlot } from '../../bmc/model.js'
import { lookAt } from './look.js'

const never = new AbortController().signal
const slot = (more: Partial<VirtualMediaSlot>): VirtualMediaSlot => ({
  id: '/1',
  mediaTypes: ['CD'],
  inserted: false,
  image: undefined,
  usable: true,
  ...more,
})

/** A BMC that answers what a test says and refuses the rest. */
const bmc = (answers: Partial<Bmc>): Bmc => {
  const unsupported = async () => {
    throw new KatametalError('BMCUnsupported')
  }
  return { ...Object.fromEntries(methods.map(name => [name, unsupported])), ...answers } as unknown as Bmc
}
const methods = ['identify', 'readPower', 'readBootOverride', 'readVirtualMedia', 'readBios'] as const

describe('looking at a BMC', () => {
  it('asks only for what the step needs', async () => {
    expect(await lookAt(bmc({ readPower: async () => 'On' }), ['power'], never)).toEqual({ power: 'On' })
    expect(await lookAt(bmc({}), [], never)).toEqual({})
  })

  it('stops at the first failure and keeps what it has seen', async () => {
    const asked: string[] = []
    const failing = bmc({
      readPower: async () => 'Off',
      readBootOverride: async () => {
        throw new KatametalError('BMCTimeout')
      },
      readBios: async () => {
        asked.push('bios')
        throw new Error('not reached')
      },
    })
    const seen = await lookAt(failing, ['power', 'boot', 'bios'], never)
    expect([seen.power, seen.failure?.code, asked]).toEqual(['Off', 'BMCTimeout', []])
  })

  it('takes a boot override or an inserted medium in a usable slot for not clear', async () => {
    const clear = async (override: 'None' | 'Cd', inserted: boolean, usable = true) =>
      (
        await lookAt(
          bmc({
            readBootOverride: async () => ({ target: override, enabled: override === 'None' ? 'Disabled' : 'Once' }),
            readVirtualMedia: async () => [slot({ inserted, usable })],
          }),
          ['boot'],
          never,
        )
      ).bootClear
    expect(await clear('None', false)).toBe(true)
    expect(await clear('Cd', false)).toBe(false)
    expect(await clear('None', true)).toBe(false)
    expect(await clear('None', true, false)).toBe(true)
  })

  it('takes a BMC without boot override and media for clear', async () => {
    expect((await lookAt(bmc({}), ['boot'], never)).bootClear).toBe(true)
  })

  it('tells a BIOS that is not offered from one that cannot be read just now', async () => {
    expect(await lookAt(bmc({}), ['bios'], never)).toEqual({ biosUnsupported: true })
    const busy = bmc({
      readBios: async () => {
        throw new KatametalError('BMCBusy')
      },
    })
    expect(await lookAt(busy, ['bios'], never)).toEqual({})
  })

  it('passes an abort on instead of reporting it as a failure of the BMC', async () => {
    const abort = new AbortController()
    const aborting = bmc({
      readPower: async () => {
        abort.abort()
        throw new KatametalError('Cancelled')
      },
    })
    await expect(lookAt(aborting, ['power'], abort.signal)).rejects.toThrow()
  })
})
