import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOf } from './quantity.js'

describe('a quantity', () => {
  it.each([
    ['0', 0],
    ['17', 17],
    ['1k', 1000],
    ['1Ki', 1024],
    ['64Gi', 68_719_476_736],
    ['1.5T', 1_500_000_000_000],
    ['0.5Gi', 536_870_912],
    ['400G', 400_000_000_000],
    ['1Pi', 1_125_899_906_842_624],
    ['0.0000001Ki', 1],
  ])('%s is %d bytes', (text, bytes) => {
    expect(bytesOf(text)).toBe(bytes)
  })

  it.each(['', 'Gi', '-1', '1.', '.5Gi', '1 Gi', '1GiB', '1m', '1e3', '0x10'])('refuses %j', text => {
    expect(bytesOf(text)).toBeUndefined()
  })

  it('never grows smaller when the number grows, in any unit', () => {
    const unit = fc.constantFrom('', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti')
    fc.assert(
      fc.property(fc.nat(4000), fc.nat(4000), unit, (a, b, of) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)]
        expect(bytesOf(`${small}${of}`)!).toBeLessThanOrEqual(bytesOf(`${large}${of}`)!)
      }),
    )
  })
})
