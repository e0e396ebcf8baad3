import { describe, expect, it } from 'vitest'
import { attributeRegistry, biosSnapshot, dependency, registryAttribute } from '../../test/support/bios-snapshot.js'
import type { KnobResult } from '../../api/metal/host-firmware.js'
import type { RegistryDependency } from './model.js'
import { stepsOf } from './steps.js'

const row = (knob: string, attribute: string, outcome: KnobResult['outcome'] = 'Change'): KnobResult => ({
  knob,
  outcome,
  attribute,
  evidence: 'seen',
})

const bios = (attributes: Record<string, unknown>, dependencies: RegistryDependency[] = []) =>
  biosSnapshot({
    attributes,
    registry: attributeRegistry(
      Object.keys(attributes).map(name => registryAttribute(name)),
      dependencies,
    ),
  })

describe('the steps of a plan', () => {
  it('come in the order of the changes, each with what it changes and for which wishes', () => {
    const rows = [row('vtx', 'Vt'), row('vtd', 'Vt'), row('ht', 'Ht', 'AlreadySet')]
    expect(stepsOf({ Vt: 'Enabled', Ht: 1 }, rows, bios({ Vt: 'Disabled', Ht: 0 }))).toEqual([
      { attribute: 'Vt', from: 'Disabled', to: 'Enabled', knobs: ['vtx', 'vtd'], implies: [], locks: [] },
      { attribute: 'Ht', from: '0', to: '1', knobs: [], implies: [], locks: [] },
    ])
  })

  it('find the wish of a further attribute of its knob', () => {
    const both: KnobResult = { ...row('sriov', 'A'), also: [{ attribute: 'B' }] }
    expect(stepsOf({ B: 'Enabled' }, [both], bios({ B: 'Disabled' }))[0]?.knobs).toEqual(['sriov'])
  })

  it('tell what is set along, also in a chain, but not what the plan itself writes', () => {
    const rules = [
      dependency('Profile=Max', 'Vt.CurrentValue', 'Enabled'),
      dependency('Vt=Enabled', 'Vtd.CurrentValue', 'Enabled'),
      dependency('Profile=Max', 'Own.CurrentValue', 'Enabled'),
    ]
    const snapshot = bios({ Profile: 'Off', Vt: 'Disabled', Vtd: 'Disabled', Own: 'Disabled' }, rules)
    const [step] = stepsOf({ Profile: 'Max', Own: 'Enabled' }, [], snapshot)
    expect(step?.implies).toEqual([
      { attribute: 'Vt', from: 'Disabled', to: 'Enabled' },
      { attribute: 'Vtd', from: 'Disabled', to: 'Enabled' },
    ])
  })

  it('tell what can no longer be written afterwards, and not what could not be before', () => {
    const rules = [
      dependency('Profile=Max', 'Vt.ReadOnly', true),
      dependency('Profile!=Custom', 'Power.GrayOut', true),
      dependency('Profile=Max', 'Gone.ReadOnly', true),
    ]
    const snapshot = bios({ Profile: 'Off', Vt: 'Enabled', Power: 'Enabled' }, rules)
    expect(stepsOf({ Profile: 'Max' }, [], snapshot)[0]?.locks).toEqual(['Vt'])
  })
})
