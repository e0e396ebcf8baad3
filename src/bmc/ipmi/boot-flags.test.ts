import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BootOverride } from '../model.js'
import { decodeBootFlags, encodeBootFlags, lostBootFlags, parseBootParameter } from './boot-flags.js'

const overrides = fc.record({
  target: fc.constantFrom<BootOverride['target']>('Pxe', 'Hdd', 'Cd', 'BiosSetup'),
  enabled: fc.constantFrom<BootOverride['enabled']>('Once', 'Continuous'),
})

describe('IPMI boot flags', () => {
  it('are the bytes that ipmitool itself sends for a UEFI boot, once and for all boots', () => {
    expect(encodeBootFlags({ target: 'Pxe', enabled: 'Once' }, {})).toEqual([0xa0, 0x04, 0, 0, 0])
    expect(encodeBootFlags({ target: 'Cd', enabled: 'Continuous' }, {})).toEqual([0xe0, 0x14, 0, 0, 0])
    expect(encodeBootFlags({ target: 'None', enabled: 'Disabled' }, {})).toEqual([0, 0, 0, 0, 0])
  })

  it('come back as what was asked for, with and without the bytes of a vendor', () => {
    fc.assert(
      fc.property(overrides, fc.boolean(), (override, vendor) => {
        const quirks = vendor ? { Hdd: 0x24 } : {}
        expect(decodeBootFlags(encodeBootFlags(override, quirks), quirks)).toEqual(override)
      }),
    )
  })

  it('lose nothing when they come back unchanged and something when one bit that counts is gone', () => {
    fc.assert(
      fc.property(overrides, fc.constantFrom(0x80, 0x40, 0x20), (override, bit) => {
        const wanted = encodeBootFlags(override, {})
        expect(lostBootFlags(wanted, wanted)).toEqual([])
        const [flags = 0, ...rest] = wanted
        const dropped = [flags & ~bit, ...rest]
        expect(lostBootFlags(wanted, dropped)).toHaveLength((flags & bit) === 0 ? 0 : 1)
      }),
    )
  })

  it('say that the device was lost when another one comes back', () => {
    expect(lostBootFlags([0xa0, 0x04, 0, 0, 0], [0xa0, 0x08, 0, 0, 0])).toEqual(['the boot device'])
  })

  it('do not mind which device stands in flags that are not valid', () => {
    expect(lostBootFlags([0, 0, 0, 0, 0], [0, 0x08, 0, 0, 0])).toEqual([])
  })

  it('name no target for a device that we have no word for, but tell that there is an override', () => {
    expect(decodeBootFlags([0xc0, 0x0c, 0, 0, 0], {})).toEqual({ target: 'None', enabled: 'Continuous' })
  })

  it('are disabled when the valid bit is clear, whatever else is set', () => {
    expect(decodeBootFlags([0x60, 0x04, 0, 0, 0], {})).toEqual({ target: 'None', enabled: 'Disabled' })
  })

  it.each([
    [' 01 05 a0 04 00 00 00\n', [0xa0, 0x04, 0, 0, 0]],
    [' 01 85 00 04 00 00 00\n', [0, 0x04, 0, 0, 0]],
    [' 01 03 08 00 00\n', undefined],
    ['Boot Flags', undefined],
    ['', undefined],
  ])('are found in the answer %j', (stdout, bytes) => {
    expect(parseBootParameter(stdout)).toEqual(bytes)
  })
})
