import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inTurns } from './in-turns.js'

describe('working through a list in turns', () => {
  it('keeps the order and never has more at work than allowed, whatever takes how long', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5)), fc.integer({ min: 1, max: 4 }), async (turns, atOnce) => {
        let busy = 0
        const results = await inTurns(
          turns,
          async count => {
            expect(++busy).toBeLessThanOrEqual(atOnce)
            for (let turn = 0; turn < count; turn++) await Promise.resolve()
            busy--
            return count === 5 ? undefined : count
          },
          atOnce,
        )
        expect(results).toEqual(turns.filter(count => count !== 5))
      }),
    )
  })

  it('fails with the first that fails', async () => {
    await expect(
      inTurns([1, 2, 3], async item => (item === 2 ? Promise.reject(new Error('two')) : item)),
    ).rejects.toThrow('two')
  })
})
