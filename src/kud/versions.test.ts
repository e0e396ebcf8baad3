import { describe, expect, it } from 'vitest'
import { quantityValue } from './quantity.js'
import { compareVersions, minorOf, parseVersion, withoutV } from './versions.js'

describe('versions', () => {
  it('are read with and without a leading v, a patch and a suffix', () => {
    expect(parseVersion('v1.35.2')).toEqual([1, 35, 2])
    expect(parseVersion('2.3')).toEqual([2, 3, 0])
    expect(parseVersion('4.1.0-rc.1')).toEqual([4, 1, 0])
    expect(minorOf('v1.35.2')).toBe('1.35')
    expect(withoutV('v1.35.2')).toBe('1.35.2')
  })

  it('are compared by number, not by text', () => {
    expect(compareVersions('1.7.28', '1.7.9')).toBeGreaterThan(0)
    expect(compareVersions('1.36', '1.4.100')).toBeGreaterThan(0)
    expect(compareVersions('v2.3.0', '2.3')).toBe(0)
  })
})

describe('quantities', () => {
  it('are compared in their base unit', () => {
    expect(quantityValue('320Mi')).toBe(335_544_320)
    expect(quantityValue('250m')).toBe(0.25)
    expect(quantityValue('0.3Gi')).toBeGreaterThan(quantityValue('300Mi'))
    expect(quantityValue('1G')).toBeLessThan(quantityValue('1Gi'))
    expect(quantityValue('much')).toBeNaN()
  })
})
