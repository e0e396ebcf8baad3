import { describe, expect, it } from 'vitest'
import type { FirmwareProfileSpec } from '../../api/metal/firmware-profile.js'
import { attributeRegistry, biosSnapshot, registryAttribute } from '../../test/support/bios-snapshot.js'
import { loadFirmwareKnowledge } from './data.js'
import type { BiosSnapshot } from './model.js'
import type { Override } from './overrides.js'
import { planFirmware } from './plan.js'

const knowledge = loadFirmwareKnowledge()

const planWith = (
  overrides: readonly Override[],
  snapshot: BiosSnapshot,
  intents: FirmwareProfileSpec['intents'] = {},
) => planFirmware({ intents, overrides: [...overrides], whenInService: 'Never' }, snapshot, knowledge)

const server = (attributes: Record<string, unknown>, more: Partial<BiosSnapshot> = {}) =>
  biosSnapshot({ vendor: 'dell', product: 'iDRAC9', biosVersion: '1.8.2', attributes, ...more })

const set = (attribute: string, value: string, biosVersion?: string): Override => ({
  vendor: 'dell',
  attribute,
  value,
  ...(biosVersion === undefined ? {} : { biosVersion }),
})

describe('a raw override', () => {
  it('is written as it stands when no registry knows better', () => {
    const { rows, changes, reboots } = planWith([set('SysProfile', 'Custom')], server({ SysProfile: 'PerfOptimized' }))
    expect(rows).toEqual([
      expect.objectContaining({ knob: 'raw:SysProfile', outcome: 'Change', from: 'PerfOptimized', to: 'Custom' }),
    ])
    expect(changes).toEqual({ SysProfile: 'Custom' })
    expect(reboots).toBe(1)
  })

  it('is not written when the value is there already', () => {
    expect(planWith([set('SysProfile', 'Custom')], server({ SysProfile: 'Custom' }))).toMatchObject({
      rows: [{ outcome: 'AlreadySet' }],
      changes: {},
    })
  })

  it('takes the type of the present value', () => {
    const result = planWith([set('Delay', '30'), set('Quiet', 'true')], server({ Delay: 5, Quiet: false }))
    expect(result.changes).toEqual({ Delay: 30, Quiet: true })
  })

  it('that cannot take that type is impossible', () => {
    const { obstacles, changes } = planWith([set('Delay', 'soon')], server({ Delay: 5 }))
    expect(obstacles).toEqual([
      expect.objectContaining({ knob: 'raw:Delay', by: 'Delay takes a number, which soon is not' }),
    ])
    expect(changes).toEqual({})
  })

  it('is written in the vocabulary of the service, whichever column of the registry the profile uses', () => {
    const registry = attributeRegistry([
      registryAttribute('Mode', [
        ['0', 'Slow'],
        ['1', 'Fast'],
      ]),
    ])
    for (const value of ['1', 'Fast', 'fast'])
      expect(planWith([set('Mode', value)], server({ Mode: 'Slow' }, { registry })).changes).toEqual({ Mode: 'Fast' })
    expect(planWith([set('Mode', 'Fast')], server({ Mode: '0' }, { registry })).changes).toEqual({ Mode: '1' })
    expect(planWith([set('Mode', '0')], server({ Mode: 'Slow' }, { registry })).rows[0]?.outcome).toBe('AlreadySet')
  })

  it('that the registry does not offer is impossible', () => {
    const registry = attributeRegistry([registryAttribute('Mode', ['Slow', 'Fast'])], [], 'R1')
    const { obstacles } = planWith([set('Mode', 'Faster')], server({ Mode: 'Slow' }, { registry }))
    expect(obstacles[0]?.by).toBe('registry R1 offers only Slow, Fast for Mode')
  })

  it('of an attribute that is not served is told and blocks nothing', () => {
    const { rows, obstacles } = planWith([set('Nowhere', '1')], server({ SysProfile: 'Custom' }))
    expect(rows).toEqual([expect.objectContaining({ outcome: 'NotExposed' })])
    expect(obstacles).toEqual([])
  })

  it('of an attribute that is an object is reported and left alone', () => {
    const result = planWith([set('Thing', '1')], server({ Thing: { current_value: '0' } }))
    expect(result).toMatchObject({ rows: [{ outcome: 'Unknown' }], changes: {} })
    expect(result.rows[0]?.evidence).toContain('object')
  })

  it('of a read-only attribute is impossible', () => {
    const registry = attributeRegistry([registryAttribute('Mode', ['Slow', 'Fast'], { readOnly: true })], [], 'R1')
    const { obstacles } = planWith([set('Mode', 'Fast')], server({ Mode: 'Slow' }, { registry }))
    expect(obstacles[0]?.by).toBe('registry R1 (ReadOnly)')
  })

  it('for another vendor is not for this server', () => {
    const override: Override = { vendor: 'hpe', attribute: 'SysProfile', value: 'Custom' }
    expect(planWith([override], server({ SysProfile: 'x' }))).toMatchObject({ rows: [], changes: {}, notes: [] })
  })
})

describe('the BIOS version gate', () => {
  it('lets an override pass when the version matches', () => {
    expect(planWith([set('Mode', 'Fast', '^1\\.8\\.')], server({ Mode: 'Slow' })).changes).toEqual({ Mode: 'Fast' })
  })

  it('passes an override over otherwise, and a note says so', () => {
    const { changes, rows, notes } = planWith([set('Mode', 'Fast', '^2\\.')], server({ Mode: 'Slow' }))
    expect(changes).toEqual({})
    expect(rows).toEqual([])
    expect(notes).toEqual(['override of Mode passed over: BIOS version 1.8.2 does not match ^2\\.'])
  })

  it('stays shut when the version is not known', () => {
    const result = planWith([set('Mode', 'Fast', '.')], server({ Mode: 'Slow' }, { biosVersion: undefined }))
    expect(result.changes).toEqual({})
  })

  it('that is no regular expression makes the profile invalid, for every vendor', () => {
    const override: Override = { vendor: 'hpe', attribute: 'Mode', value: 'Fast', biosVersion: '(' }
    expect(() => planWith([override], server({}))).toThrow(
      expect.objectContaining({ code: 'FirmwareProfileInvalid', about: 'overrides[0].biosVersion' }),
    )
  })
})

describe('overrides that contradict', () => {
  it('each other make the profile invalid', () => {
    expect(() => planWith([set('Mode', 'Fast'), set('Mode', 'Slow')], server({ Mode: 'Slow' }))).toThrow(
      expect.objectContaining({ code: 'FirmwareProfileInvalid', about: 'overrides[1]' }),
    )
  })

  it('nothing when they say the same twice', () => {
    expect(planWith([set('Mode', 'Fast'), set('Mode', 'Fast')], server({ Mode: 'Slow' })).rows).toHaveLength(1)
  })

  it('a wish make that wish impossible, and the message says that the profile itself forbids it', () => {
    const { obstacles } = planWith([set('ProcVirtualization', 'Disabled')], server({ ProcVirtualization: 'Enabled' }), {
      virtualization: 'Enabled',
    })
    expect(obstacles).toEqual([
      expect.objectContaining({ knob: 'vtx', by: 'the override of ProcVirtualization in the profile itself' }),
    ])
  })

  it('no wish when they want the same as the wish', () => {
    const { obstacles, changes } = planWith(
      [set('ProcVirtualization', 'Enabled')],
      server({ ProcVirtualization: 'Disabled' }),
      { virtualization: 'Enabled' },
    )
    expect(obstacles).toEqual([])
    expect(changes).toEqual({ ProcVirtualization: 'Enabled' })
  })
})
