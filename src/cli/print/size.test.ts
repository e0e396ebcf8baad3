import { describe, expect, it } from 'vitest'
import { size } from './size.js'

describe('a size', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [64 * 2 ** 30, '64 GiB'],
    [1_920_383_410_176, '1.7 TiB'],
    [2 ** 62, '4096 PiB'],
  ])('of %i bytes is %s', (bytes, text) => {
    expect(size(bytes)).toBe(text)
  })
})
