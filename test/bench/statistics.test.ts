import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { percentile, spreadOf } from './statistics.js'

describe('percentile', () => {
  it('takes the nearest rank, never something between two values', () => {
    const values = [40, 10, 30, 20]
    expect([0.01, 0.25, 0.26, 0.5, 0.75, 0.99, 1].map(share => percentile(values, share))).toEqual([
      10, 10, 20, 20, 30, 40, 40,
    ])
  })

  it('is 0 when nothing was measured', () => {
    expect(percentile([], 0.5)).toBe(0)
    expect(spreadOf([])).toEqual({ count: 0, p50: 0, p90: 0, p99: 0, max: 0 })
  })

  it('is one of the values, and at least the share of them is not above it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, share) => {
          const found = percentile(values, share)
          expect(values).toContain(found)
          expect(values.filter(value => value <= found).length).toBeGreaterThanOrEqual(share * values.length)
        },
      ),
    )
  })
})

describe('a spread', () => {
  it('counts all values and rises from the median to the greatest', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
    expect(spreadOf(hundred)).toEqual({ count: 100, p50: 50, p90: 90, p99: 99, max: 100 })
  })
})
