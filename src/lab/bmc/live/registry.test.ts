import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../json.js'
import { ResourceTree } from '../resource-tree.js'
import { type AttributeRule, objectionTo, readRegistry } from './registry.js'

const rule = (fields: Partial<AttributeRule>): AttributeRule => ({
  type: 'Enumeration',
  readOnly: false,
  valueNames: [],
  displayNames: [],
  ...fields,
})

describe('the check of a BIOS write', () => {
  const numbered = rule({ valueNames: ['1', '0'], displayNames: ['Enable', 'Disable'] })

  it.each([
    ['the display name, when the current value is one', numbered, 'Disable', 'Enable', undefined],
    ['not the value name then', numbered, 'Disable', '1', 'not-in-list'],
    ['the value name, when the current value is one', numbered, '0', '1', undefined],
    ['not the display name then', numbered, '0', 'Enable', 'not-in-list'],
    ['both, when the current value is in neither list', numbered, 'Odd', '1', undefined],
    ['both, when the current value is in neither list (2)', numbered, 'Odd', 'Enable', undefined],
    ['anything, when no values are listed', rule({}), 'A', 'B', undefined],
    [
      'nothing, when the attribute is read-only',
      rule({ readOnly: true, valueNames: ['A', 'B'] }),
      'A',
      'B',
      'not-writable',
    ],
    ['whole numbers for integers', rule({ type: 'Integer' }), 1, 2, undefined],
    ['no fractions for integers', rule({ type: 'Integer' }), 1, 2.5, 'type'],
    ['no text for integers', rule({ type: 'Integer' }), 1, '2', 'type'],
    ['booleans', rule({ type: 'Boolean' }), true, false, undefined],
    ['no text for booleans', rule({ type: 'Boolean' }), true, 'false', 'type'],
    ['text', rule({ type: 'String' }), '', 'rack 7', undefined],
    ['no numbers for text', rule({ type: 'String' }), '', 7, 'type'],
  ] as const)('takes %s', (_, given, current, value, verdict) => {
    expect(objectionTo(given, current, value)).toBe(verdict)
  })

  it('goes by the current value where the registry says nothing', () => {
    expect(objectionTo(undefined, undefined, 1)).toBe('unknown')
    expect(objectionTo(undefined, 0, 1)).toBeUndefined()
    expect(objectionTo(undefined, 0, '1')).toBe('type')
    expect(objectionTo(undefined, null, '1')).toBeUndefined()
  })
})

describe('the attribute registry of a tree', () => {
  const registry = (names: readonly string[]): JsonObject => ({
    '@odata.type': '#AttributeRegistry.v1_3_0.AttributeRegistry',
    RegistryEntries: { Attributes: names.map(AttributeName => ({ AttributeName, Type: 'String', Readonly: true })) },
  })

  it('is the one that names most of the served attributes, wherever it is', () => {
    const tree = new ResourceTree()
    tree.put('/redfish/v1/Registries/ManagerAttributes', registry(['A', 'X', 'Y']))
    tree.put('/elsewhere/bios.json', registry(['A', 'B']))
    expect([...readRegistry(tree, { A: '', B: '' }).keys()]).toEqual(['A', 'B'])
  })

  it('is empty when none fits, and knows both spellings of ReadOnly', () => {
    const tree = new ResourceTree()
    tree.put('/registry', registry(['A']))
    expect(readRegistry(tree, { B: '' }).size).toBe(0)
    expect(readRegistry(tree, { A: '' }).get('A')?.readOnly).toBe(true)
  })
})
