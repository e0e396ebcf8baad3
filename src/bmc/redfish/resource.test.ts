import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array, boolean, link, links, number, object, samePath, text, texts } from './resource.js'

describe('reading what a BMC served', () => {
  it.each([
    ['  Xeon ', 'Xeon'],
    ['', undefined],
    ['   ', undefined],
    ['N/A', undefined],
    ['None', undefined],
    ['Unknown', undefined],
    [7, undefined],
    [null, undefined],
    [{}, undefined],
  ])('takes %j for the text %j', (value, expected) => {
    expect(text({ A: value }, 'A')).toBe(expected)
  })

  it.each([
    [7, 7],
    ['7', 7],
    ['-1.5', -1.5],
    ['N/A', undefined],
    ['7 GiB', undefined],
    ['', undefined],
    [Number.NaN, undefined],
    [null, undefined],
    [true, undefined],
  ])('takes %j for the number %j', (value, expected) => {
    expect(number({ A: value }, 'A')).toBe(expected)
  })

  it.each([
    [{ '@odata.id': '/redfish/v1/A' }, '/redfish/v1/A'],
    ['/redfish/v1/A', '/redfish/v1/A'],
    ['A', undefined],
    [{ '@odata.id': '' }, undefined],
    [{ '@odata.id': 7 }, undefined],
    [{}, undefined],
    [[], undefined],
    [null, undefined],
  ])('takes %j for the link %j', (value, expected) => {
    expect(link({ A: value }, 'A')).toBe(expected)
  })

  it('leaves out of a list what does not belong there', () => {
    expect(links({ A: [{ '@odata.id': '/a' }, null, 7, '/b', {}] }, 'A')).toEqual(['/a', '/b'])
    expect(texts({ A: ['a', 7, null, 'b'] }, 'A')).toEqual(['a', 'b'])
    expect(links({ A: { '@odata.id': '/a' } }, 'A')).toEqual([])
  })

  it('follows keys only through objects', () => {
    expect(text({ A: { B: 'c' } }, 'A', 'B')).toBe('c')
    expect(text({ A: 'text' }, 'A', 'length')).toBeUndefined()
    expect(text({ A: ['x'] }, 'A', '0')).toBeUndefined()
  })

  it('never fails, whatever was served', () => {
    fc.assert(
      fc.property(fc.anything(), fc.array(fc.string(), { maxLength: 3 }), (served, keys) => {
        for (const read of [text, number, boolean, link, links, texts, array, object]) read(served, ...keys)
      }),
    )
  })

  it('takes two spellings of a path for one', () => {
    expect(samePath('/redfish/v1/Systems/1', '/redfish/v1/systems/1/')).toBe(true)
    expect(samePath('/redfish/v1/Systems/1', '/redfish/v1/Systems/10')).toBe(false)
    expect(samePath(undefined, undefined)).toBe(false)
  })
})
