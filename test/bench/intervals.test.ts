import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { uncoveredMs } from './intervals.js'

const window = { from: 100, to: 200 }

describe('the uncovered time of a window', () => {
  it.each([
    ['all of it without intervals', [], 100],
    [
      'what lies before, between and after',
      [
        { from: 110, to: 120 },
        { from: 150, to: 190 },
      ],
      50,
    ],
    [
      'nothing of what several cover at once',
      [
        { from: 110, to: 160 },
        { from: 120, to: 130 },
      ],
      50,
    ],
    [
      'only what is within the window',
      [
        { from: 0, to: 110 },
        { from: 190, to: 300 },
      ],
      80,
    ],
    ['nothing below one long interval', [{ from: 0, to: 300 }], 0],
    [
      'all of it when the intervals are elsewhere',
      [
        { from: 0, to: 100 },
        { from: 200, to: 300 },
      ],
      100,
    ],
    [
      'the same in any order',
      [
        { from: 150, to: 190 },
        { from: 110, to: 120 },
      ],
      50,
    ],
  ])('is %s', (_what, intervals, expected) => {
    expect(uncoveredMs(window, intervals)).toBe(expected)
  })

  it('is what counting each millisecond would find', () => {
    const interval = fc
      .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 30 }))
      .map(([from, length]) => ({ from, to: from + length }))
    fc.assert(
      fc.property(fc.array(interval), intervals => {
        const slots = Array.from({ length: 40 }, (_, index) => 10 + index)
        const free = slots.filter(slot => !intervals.some(({ from, to }) => from <= slot && slot < to))
        expect(uncoveredMs({ from: 10, to: 50 }, intervals)).toBe(free.length)
      }),
    )
  })
})
