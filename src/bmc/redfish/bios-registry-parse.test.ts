import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAttributeRegistry } from './bios-registry-parse.js'

const registry = (attributes: unknown[], dependencies: unknown[] = []) =>
  parseAttributeRegistry(
    { Id: 'R', RegistryEntries: { Attributes: attributes, Dependencies: dependencies } },
    'fallback',
  )

describe('an attribute registry', () => {
  it('is reduced to names, types, flags and values', () => {
    const entry = {
      AttributeName: 'Vt',
      DisplayName: 'Virtualization',
      Type: 'Enumeration',
      ReadOnly: false,
      GrayOut: true,
      Hidden: true,
      Value: [
        { ValueName: '0', ValueDisplayName: 'Disable' },
        { ValueName: '1', ValueDisplayName: 'Enable' },
      ],
    }
    expect(registry([entry])).toEqual({
      id: 'R',
      attributes: [
        {
          name: 'Vt',
          displayName: 'Virtualization',
          type: 'Enumeration',
          readOnly: false,
          grayOut: true,
          hidden: true,
          values: [
            { valueName: '0', valueDisplayName: 'Disable' },
            { valueName: '1', valueDisplayName: 'Enable' },
          ],
        },
      ],
      dependencies: [],
    })
  })

  it('keeps the first of two rows of one name', () => {
    const rows = [
      { AttributeName: 'A', DisplayName: 'first' },
      { AttributeName: 'A', DisplayName: 'second' },
    ]
    expect(registry(rows)?.attributes.map(({ displayName }) => displayName)).toEqual(['first'])
  })

  it('knows read-only attributes by either spelling and as immutable ones', () => {
    const rows = [
      { AttributeName: 'A', Readonly: true },
      { AttributeName: 'B', ReadOnly: true },
      { AttributeName: 'C', Immutable: true },
      { AttributeName: 'D', ReadOnly: 'true' },
    ]
    expect(registry(rows)?.attributes.map(({ readOnly }) => readOnly)).toEqual([true, true, true, false])
  })

  it('uses display names as values where it has no others, and keeps words that mean nothing elsewhere', () => {
    const rows = [{ AttributeName: 'A', Value: [{ ValueDisplayName: 'None' }, { ValueName: 1 }, {}, null] }]
    expect(registry(rows)?.attributes[0]?.values).toEqual([
      { valueName: 'None', valueDisplayName: 'None' },
      { valueName: '1', valueDisplayName: undefined },
    ])
  })

  const from = (attribute: string, over: object = {}) => ({
    MapFromAttribute: attribute,
    MapFromProperty: 'CurrentValue',
    MapFromCondition: 'EQU',
    MapFromValue: 'x',
    ...over,
  })
  const map = (mapFrom: unknown[], over: object = {}) => ({
    Type: 'Map',
    DependencyFor: 'A',
    Dependency: { MapFrom: mapFrom, MapToAttribute: 'B', MapToProperty: 'ReadOnly', MapToValue: true, ...over },
  })

  it('tells what becomes of what when conditions hold', () => {
    const dependencies = [map([from('A'), from('C', { MapTerms: 'AND', MapFromCondition: 'NEQ', MapFromValue: 0 })])]
    expect(registry([{ AttributeName: 'A' }], dependencies)?.dependencies).toEqual([
      {
        attribute: 'A',
        conditions: [
          { attribute: 'A', property: 'CurrentValue', operator: 'EQU', value: 'x', join: undefined },
          { attribute: 'C', property: 'CurrentValue', operator: 'NEQ', value: 0, join: 'AND' },
        ],
        toAttribute: 'B',
        toProperty: 'ReadOnly',
        toValue: true,
      },
    ])
  })

  it('joins with the last of several terms, and with none that it does not know', () => {
    const joins = ['OR,AND', 'and , or', 'XOR', 7].map(MapTerms => map([from('A', { MapTerms })]))
    const parsed = registry([{ AttributeName: 'A' }], joins)?.dependencies
    expect(parsed?.map(({ conditions }) => conditions[0]?.join)).toEqual(['AND', 'OR', undefined, undefined])
  })

  it('means that one condition is enough where a registry without terms lists what cannot hold together', () => {
    const impossible = map([from('A', { MapFromValue: 'x' }), from('A', { MapFromValue: 'y' })])
    const plain = map([from('A'), from('C')])
    const joins = (...dependencies: unknown[]) =>
      registry([{ AttributeName: 'A' }], dependencies)?.dependencies.map(({ conditions }) => conditions[1]?.join)
    expect(joins(impossible, plain, map([from('A')]))).toEqual(['OR', 'OR', undefined])
    expect(joins(plain)).toEqual([undefined])
    const said = map([from('A', { MapFromValue: 'x' }), from('A', { MapFromValue: 'y', MapTerms: 'AND' })])
    expect(joins(said, plain)).toEqual(['AND', undefined])
  })

  it('leaves out a dependency of which a condition cannot be read, since it would hold too often', () => {
    const broken = [map([from('A'), { MapFromValue: 1 }]), map([]), { ...map([from('A')]), Type: 'Other' }, 'nonsense']
    expect(registry([{ AttributeName: 'A' }], broken)?.dependencies).toEqual([])
  })

  it('is none when it holds no attributes', () => {
    expect(registry([])).toBeUndefined()
    expect(parseAttributeRegistry({ Messages: {} }, 'x')).toBeUndefined()
  })

  it('is read from any JSON without an exception', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.array(fc.jsonValue()), (attributes, dependencies) => {
        const parsed = registry([{ AttributeName: 'A' }, ...attributes], dependencies)
        expect(parsed?.attributes[0]?.name).toBe('A')
      }),
    )
  })
})
