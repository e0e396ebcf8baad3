import { describe, expect, it } from 'vitest'
import { attributeRegistry, biosSnapshot, dependency, registryAttribute } from '../../test/support/bios-snapshot.js'
import { inDependencyOrder, lockOn, overruledBy, valuesAfter } from './dependencies.js'
import type { RegistryAttribute, RegistryDependency } from './model.js'

const snapshot = (
  attributes: Record<string, unknown>,
  dependencies: readonly RegistryDependency[],
  more: Partial<RegistryAttribute> = {},
) =>
  biosSnapshot({
    attributes,
    registry: attributeRegistry(
      Object.keys(attributes).map(name => registryAttribute(name, ['on', 'off', 'x'], name === 'B' ? more : {})),
      dependencies,
    ),
  })

describe('a lock on an attribute', () => {
  it('names the setting that makes it read-only', () => {
    const bios = snapshot({ A: 'on', B: 'off' }, [dependency('A=on', 'B.ReadOnly', true)])
    expect(lockOn('B', bios, bios.attributes)).toBe('A=on (ReadOnly)')
  })

  it.each(['ReadOnly', 'GrayOut', 'Hidden'])('is any of the properties, here %s', property => {
    const bios = snapshot({ A: 'on', B: 'off' }, [dependency('A=on', `B.${property}`, true)])
    expect(lockOn('B', bios, bios.attributes)).toBe(`A=on (${property})`)
  })

  it('is gone when its condition does not hold', () => {
    const bios = snapshot({ A: 'off', B: 'off' }, [dependency('A=on', 'B.ReadOnly', true)])
    expect(lockOn('B', bios, bios.attributes)).toBeUndefined()
  })

  it('is gone when the values it is judged with lift the condition', () => {
    const bios = snapshot({ A: 'on', B: 'off' }, [dependency('A=on', 'B.ReadOnly', true)])
    expect(lockOn('B', bios, { ...bios.attributes, A: 'off' })).toBeUndefined()
  })

  it('names the registry when it is fixed there', () => {
    const bios = snapshot({ A: 'on', B: 'off' }, [], { readOnly: true })
    expect(lockOn('B', bios, bios.attributes)).toBe('registry OurRegistry.v1_0_0 (ReadOnly)')
  })

  it('that a live registry shows goes away with its cause', () => {
    const bios = snapshot({ A: 'on', B: 'off' }, [dependency('A=on', 'B.ReadOnly', true)], { readOnly: true })
    expect(lockOn('B', bios, bios.attributes)).toBe('A=on (ReadOnly)')
    expect(lockOn('B', bios, { ...bios.attributes, A: 'off' })).toBeUndefined()
  })

  it('that is fixed in the registry is opened by a rule that says so', () => {
    const bios = snapshot({ A: 'on', B: 'off' }, [dependency('A=on', 'B.ReadOnly', false)], { readOnly: true })
    expect(lockOn('B', bios, bios.attributes)).toBeUndefined()
    expect(lockOn('B', bios, { ...bios.attributes, A: 'off' })).toMatch(/registry/)
  })

  it('cannot be seen without a registry', () => {
    expect(lockOn('B', biosSnapshot({ attributes: { B: 'off' } }), { B: 'off' })).toBeUndefined()
  })
})

describe('conditions', () => {
  const locked = (when: string, values: Record<string, unknown>) => {
    const bios = snapshot({ ...values, B: 'off' }, [dependency(when, 'B.ReadOnly', true)])
    return lockOn('B', bios, bios.attributes) !== undefined
  }

  it.each([
    ['A=on and C=on', { A: 'on', C: 'on' }, true],
    ['A=on and C=on', { A: 'on', C: 'off' }, false],
    ['A=on or C=on', { A: 'off', C: 'on' }, true],
    ['A=on or C=on', { A: 'off', C: 'off' }, false],
    ['A=on or C=on and D=on', { A: 'on', C: 'off', D: 'off' }, false],
    ['A!=on', { A: 'off' }, true],
    ['A!=on', { A: 'on' }, false],
    ['A>3', { A: 4 }, true],
    ['A>3', { A: 3 }, false],
    ['A>=3', { A: 3 }, true],
    ['A<3', { A: 2 }, true],
    ['A<3', { A: 3 }, false],
    ['A<=3', { A: 3 }, true],
    ['A<=3', { A: 4 }, false],
  ])('%s with %j holds: %s', (when, values, holds) => {
    expect(locked(when, values)).toBe(holds)
  })

  it('without a joining word must all hold', () => {
    const rule = dependency('A=on and C=on', 'B.ReadOnly', true)
    const unjoined = { ...rule, conditions: rule.conditions.map(condition => ({ ...condition, join: undefined })) }
    const bios = snapshot({ A: 'on', C: 'off', B: 'off' }, [unjoined])
    expect(lockOn('B', bios, bios.attributes)).toBeUndefined()
  })

  it('on an attribute that the service does not serve never hold, not even as "not equal"', () => {
    expect(locked('Missing!=on', { A: 'on' })).toBe(false)
  })

  it('with an operator that nobody knows never hold', () => {
    const rule = dependency('A=on', 'B.ReadOnly', true)
    const odd = { ...rule, conditions: rule.conditions.map(condition => ({ ...condition, operator: 'LIKE' })) }
    const bios = snapshot({ A: 'on', B: 'off' }, [odd])
    expect(lockOn('B', bios, bios.attributes)).toBeUndefined()
  })

  it('can ask for a flag of the registry', () => {
    const rule = dependency('B=true', 'A.Hidden', true)
    const flag = { ...rule, conditions: rule.conditions.map(condition => ({ ...condition, property: 'GrayOut' })) }
    const bios = snapshot({ A: 'on', B: 'off' }, [flag], { grayOut: true })
    expect(lockOn('A', bios, bios.attributes)).toMatch(/Hidden/)
  })

  it('compare numbers that name a value with the label that the service shows', () => {
    const bios = biosSnapshot({
      attributes: { A: 'Enable', B: 'off' },
      registry: attributeRegistry(
        [
          registryAttribute('A', [
            ['0', 'Disable'],
            ['1', 'Enable'],
          ]),
          registryAttribute('B', ['on', 'off']),
        ],
        [dependency('A=1', 'B.ReadOnly', true)],
      ),
    })
    expect(lockOn('B', bios, bios.attributes)).toBe('A=Enable (ReadOnly)')
  })
})

describe('the values after a write', () => {
  it('hold what is pending, what is written and what these set with them', () => {
    const bios = {
      ...snapshot({ A: 'off', B: 'off', C: 'off', D: 'off' }, [
        dependency('A=on', 'B.CurrentValue', 'on'),
        dependency('B=on', 'C.CurrentValue', 'x'),
      ]),
      pending: { D: 'on' },
    }
    expect(valuesAfter(bios, { A: 'on' })).toEqual({ A: 'on', B: 'on', C: 'x', D: 'on' })
  })

  it('never overrule what is itself written', () => {
    const bios = snapshot({ A: 'off', B: 'off' }, [dependency('A=on', 'B.CurrentValue', 'on')])
    expect(valuesAfter(bios, { A: 'on', B: 'x' })).toEqual({ A: 'on', B: 'x' })
  })

  it('are not moved by rules whose cause does not change', () => {
    const bios = snapshot({ A: 'on', B: 'off', C: 'off' }, [dependency('A=on', 'B.CurrentValue', 'on')])
    expect(valuesAfter(bios, { C: 'on' })).toEqual({ A: 'on', B: 'off', C: 'on' })
  })

  it('are found even when rules chase each other in a circle', () => {
    const bios = snapshot({ A: 'off', B: 'off', C: 'off' }, [
      dependency('C=on', 'A.CurrentValue', 'on'),
      dependency('A=on', 'B.CurrentValue', 'on'),
      dependency('B=on', 'A.CurrentValue', 'x'),
    ])
    expect(valuesAfter(bios, { C: 'on' })).toEqual({ A: 'on', B: 'on', C: 'on' })
  })
})

describe('a wish is overruled', () => {
  it('by a rule that stands', () => {
    const bios = snapshot({ A: 'on', B: 'off' }, [dependency('A=on', 'B.CurrentValue', 'off')])
    expect(overruledBy('B', bios, { A: 'on', B: 'on' })).toEqual({ by: 'A=on', value: 'off' })
  })

  it('not by a rule that the present value already contradicts', () => {
    const bios = snapshot({ A: 'on', B: 'x' }, [dependency('A=on', 'B.CurrentValue', 'off')])
    expect(overruledBy('B', bios, { A: 'on', B: 'on' })).toBeUndefined()
  })

  it('by a rule that another write brings into force', () => {
    const bios = snapshot({ A: 'off', B: 'on' }, [dependency('A=on', 'B.CurrentValue', 'off')])
    expect(overruledBy('B', bios, { A: 'on', B: 'on' })).toEqual({ by: 'A=on', value: 'off' })
  })
})

describe('the order of writing', () => {
  const registry = attributeRegistry(
    [],
    [
      dependency('A=on', 'B.ReadOnly', false),
      dependency('B=on', 'C.CurrentValue', 'on'),
      dependency('C=on', 'D.Hidden', true),
    ],
  )

  it('puts each attribute after those that it depends on', () => {
    expect(inDependencyOrder(['C', 'B', 'A'], registry)).toEqual(['A', 'B', 'C'])
  })

  it('keeps the given order where nothing depends', () => {
    expect(inDependencyOrder(['Z', 'Y', 'A'], registry)).toEqual(['Z', 'Y', 'A'])
    expect(inDependencyOrder(['C', 'A'], undefined)).toEqual(['C', 'A'])
  })

  it('holds each attribute once, also in a circle', () => {
    const circle = attributeRegistry(
      [],
      [dependency('A=on', 'B.ReadOnly', true), dependency('B=on', 'A.ReadOnly', true)],
    )
    expect(inDependencyOrder(['A', 'B'], circle).sort()).toEqual(['A', 'B'])
  })
})
