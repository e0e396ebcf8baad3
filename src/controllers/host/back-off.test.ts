import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, errorTable, KatametalError } from '../../base/errors.js'
import { backOffMs, pollMs } from './back-off.js'

const codes = Object.keys(errorTable) as ErrorCode[]
const chance = fc.double({ min: 0, max: 0.999, noNaN: true })

describe('the back-off', () => {
  it('is seconds for what passes by itself, and minutes for real faults', () => {
    expect(backOffMs(new KatametalError('BMCBusy'), 1, 0.5)).toBeLessThanOrEqual(2_000)
    expect(backOffMs(new KatametalError('BMCBusy'), 50, 0.5)).toBeLessThanOrEqual(60_000)
    expect(backOffMs(new KatametalError('BMCTaskFailed'), 50, 0.5)).toBeGreaterThan(5 * 60_000)
    expect(backOffMs(new KatametalError('BMCLoginRefused'), 1, 0.5)).toBeGreaterThan(60_000)
  })

  it('never shrinks with the attempts, stays positive and never passes an hour, for every code', () => {
    fc.assert(
      fc.property(fc.constantFrom(...codes), fc.integer({ min: 1, max: 1000 }), chance, (code, attempt, luck) => {
        const error = new KatametalError(code)
        const pause = backOffMs(error, attempt, luck)
        expect(pause).toBeGreaterThan(0)
        expect(pause).toBeLessThanOrEqual(3_600_000)
        expect(backOffMs(error, attempt + 1, luck)).toBeGreaterThanOrEqual(pause)
      }),
    )
  })

  it('is never shorter than what the other side asked for', () => {
    expect(backOffMs(new KatametalError('BMCBusy', { retryAfterMs: 90_000 }), 1, 0)).toBe(90_000)
  })
})

describe('the poll', () => {
  it('begins often, slows down with the wait, and never passes its limit', () => {
    expect(pollMs(0, 10_000, 0.5)).toBe(250)
    expect(pollMs(10_000, 10_000, 0.5)).toBe(1_000)
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 1_000, max: 60_000 }),
        chance,
        (waited, limit, luck) => {
          expect(pollMs(waited, limit, luck)).toBeGreaterThan(0)
          expect(pollMs(waited, limit, luck)).toBeLessThanOrEqual(limit * 1.1 + 1)
        },
      ),
    )
  })
})
