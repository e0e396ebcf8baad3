import { describe, expect, it } from 'vitest'
import { durationText } from './duration.js'

describe('a duration', () => {
  it.each([
    [0, '0s'],
    [1_400, '1s'],
    [119_000, '119s'],
    [120_000, '2m'],
    [200_000, '3m20s'],
    [15 * 60_000, '15m'],
    [3 * 3_600_000, '3h'],
    [3 * 3_600_000 + 5 * 60_000, '3h5m'],
    [30 * 3_600_000, '30h'],
    [72 * 3_600_000, '3d'],
  ])('of %d ms reads %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})
