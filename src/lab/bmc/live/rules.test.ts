import { describe, expect, it } from 'vitest'
import type { Json } from '../json.js'
import { BiosRules } from './rules.js'

const condition = (name: string, value: Json, operator = 'EQU', join?: string) => ({
  MapFromAttribute: name,
  MapFromProperty: 'CurrentValue',
  MapFromCondition: operator,
  MapFromValue: value,
  ...(join === undefined ? {} : { MapTerms: join }),
})

const rule = (conditions: ReturnType<typeof condition>[], name: string, property: string, value: Json) => ({
  Type: 'Map',
  Dependency: { MapFrom: conditions, MapToAttribute: name, MapToProperty: property, MapToValue: value },
})

const rules = (...dependencies: Json[]) => new BiosRules({ RegistryEntries: { Dependencies: dependencies } })

describe('dependencies of a simulated BIOS', () => {
  it('lock an attribute while their conditions hold', () => {
    const some = rules(rule([condition('Profile', 'Max')], 'Vt', 'ReadOnly', true))
    expect(some.locks('Vt', { Profile: 'Max', Vt: 'On' })).toBe(true)
    expect(some.locks('Vt', { Profile: 'Custom', Vt: 'On' })).toBe(false)
    expect(some.locks('Other', { Profile: 'Max' })).toBe(false)
  })

  it('let the last of several that hold decide', () => {
    const both = [condition('Mode', 'A'), condition('Mode', 'B', 'EQU', 'OR')]
    const some = rules(rule(both, 'Vt', 'GrayOut', true), rule([condition('Key', 'Yes')], 'Vt', 'GrayOut', false))
    expect(some.locks('Vt', { Mode: 'B', Key: 'No' })).toBe(true)
    expect(some.locks('Vt', { Mode: 'B', Key: 'Yes' })).toBe(false)
  })

  it('set other attributes when what they depend on has moved, and these set others again', () => {
    const some = rules(
      rule([condition('Profile', 'Virt')], 'Vt', 'CurrentValue', 'On'),
      rule([condition('Vt', 'On')], 'Vtd', 'CurrentValue', 'On'),
    )
    const current = { Profile: 'Custom', Vt: 'Off', Vtd: 'Off', Txt: 'Off' }
    expect(some.applied(current, { Profile: 'Virt' })).toEqual({ Profile: 'Virt', Vt: 'On', Vtd: 'On', Txt: 'Off' })
    expect(some.applied(current, { Txt: 'On' })).toEqual({ ...current, Txt: 'On' })
  })

  it('overrule what was written, and end although they chase each other', () => {
    const some = rules(
      rule([condition('A', 'On')], 'B', 'CurrentValue', 'Off'),
      rule([condition('B', 'Off')], 'A', 'CurrentValue', 'Off'),
    )
    expect(some.applied({ A: 'Off', B: 'On' }, { A: 'On', B: 'On' })).toEqual({ A: 'Off', B: 'Off' })
  })

  it.each([
    ['NEQ', 1, true],
    ['NEQ', 2, false],
    ['GTR', 1, true],
    ['GEQ', 2, true],
    ['LSS', 2, false],
    ['LEQ', 2, true],
    ['LIKE', 2, false],
  ])('compare with %s', (operator, value, met) => {
    expect(rules(rule([condition('N', value, operator)], 'X', 'ReadOnly', true)).locks('X', { N: 2 })).toBe(met)
  })

  it('conclude nothing from attributes that are not served', () => {
    expect(rules(rule([condition('Gone', 'x', 'NEQ')], 'X', 'ReadOnly', true)).locks('X', {})).toBe(false)
  })
})
