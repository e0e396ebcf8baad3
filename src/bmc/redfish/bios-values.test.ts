import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AttributeRegistry, RegistryAttribute } from '../../firmware/model.js'
import { coerce, pendingOf, sameValue } from './bios-values.js'

const attribute = (name: string, type?: string): RegistryAttribute => ({
  name,
  displayName: undefined,
  type,
  readOnly: false,
  grayOut: false,
  hidden: false,
  values: [
    { valueName: '0', valueDisplayName: 'Disable' },
    { valueName: '1', valueDisplayName: 'Enable' },
  ],
})
const registry: AttributeRegistry = { id: 'R', attributes: [attribute('Vt')], dependencies: [] }

describe('pending BIOS settings', () => {
  const current = { Vt: 'Enable', Boot: 'Uefi', Delay: 3, Wrapped: { current_value: 'a', AllowableValues: ['a', 'b'] } }

  it('are none when the settings are empty or a full copy', () => {
    expect(pendingOf(current, {}, undefined)).toEqual({})
    expect(pendingOf(current, structuredClone(current), undefined)).toEqual({})
  })

  it('are none when only what can be written comes back after a change (iRMC)', () => {
    expect(pendingOf({ A: 1, B: 2, ReadOnly: 3 }, { A: 1, B: 2 }, undefined)).toEqual({})
  })

  it('are none where one resource says Enable and the other Enabled (Supermicro X12), unless these are two values', () => {
    expect(pendingOf({ Vt: 'Enable', Ht: 'Disable' }, { Vt: 'Enabled', Ht: 'Disabled' }, undefined)).toEqual({})
    expect(pendingOf({ Vt: 'Enable' }, { Vt: 'Disabled' }, undefined)).toEqual({ Vt: 'Disabled' })
    const both = {
      ...attribute('Vt'),
      values: ['Enable', 'Enabled'].map(valueName => ({ valueName, valueDisplayName: undefined })),
    }
    expect(pendingOf({ Vt: 'Enable' }, { Vt: 'Enabled' }, { ...registry, attributes: [both] })).toEqual({
      Vt: 'Enabled',
    })
  })

  it('are what differs, in a full copy as in one that holds only the difference', () => {
    expect(pendingOf(current, { ...current, Delay: 4 }, undefined)).toEqual({ Delay: 4 })
    expect(pendingOf(current, { Delay: 4 }, undefined)).toEqual({ Delay: 4 })
  })

  it('may concern an attribute that is not served at present', () => {
    expect(pendingOf(current, { Inactive: 'On' }, undefined)).toEqual({ Inactive: 'On' })
  })

  it('do not include a value that the registry calls by another name', () => {
    expect(pendingOf(current, { Vt: '1' }, registry)).toEqual({})
    expect(pendingOf(current, { Vt: '0' }, registry)).toEqual({ Vt: '0' })
    expect(pendingOf(current, { Vt: '1' }, undefined)).toEqual({ Vt: '1' })
  })

  it('compare a wrapped value by what it holds', () => {
    expect(pendingOf(current, { Wrapped: 'a' }, undefined)).toEqual({})
    expect(pendingOf(current, { Wrapped: 'b' }, undefined)).toEqual({ Wrapped: 'b' })
  })

  it('are always empty for an equal copy, whatever the values are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), attributes => {
        expect(pendingOf(attributes, structuredClone(attributes), registry)).toEqual({})
      }),
    )
  })
})

describe('a value that is to be written', () => {
  it.each([
    ['1', 0, undefined, 1],
    [1, '0', undefined, '1'],
    [true, 'Enabled', undefined, 'true'],
    [true, 0, undefined, 1],
    ['Enabled', false, undefined, true],
    ['off', true, undefined, false],
    ['5', undefined, attribute('A', 'Integer'), 5],
    ['true', undefined, attribute('A', 'Boolean'), true],
    [1, undefined, attribute('A', 'Enumeration'), '1'],
    [1, null, undefined, 1],
    [1, { current_value: '0' }, undefined, '1'],
  ] as const)('%j becomes what the service uses beside %j', (wanted, current, row, value) => {
    expect(coerce(wanted, current, row)).toEqual({ value })
  })

  it.each([
    ['fast', 3],
    ['', 3],
    ['maybe', true],
  ] as const)('%j is refused beside %j, as a guess might be taken', (wanted, current) => {
    expect(coerce(wanted, current, undefined)).toHaveProperty('problem')
  })

  it('follows the current value and not the registry where they disagree', () => {
    expect(coerce('1', 0, attribute('A', 'String'))).toEqual({ value: 1 })
  })

  it('keeps its meaning: what has the right type already is not touched', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer(), fc.boolean()), value => {
        expect(coerce(value, value, undefined)).toEqual({ value })
        expect(sameValue(value, value, undefined)).toBe(true)
      }),
    )
  })
})
