import { describe, expect, it } from 'vitest'
import type { FirmwareProfileSpec } from '../../api/metal/firmware-profile.js'
import { isKatametalError } from '../base/errors.js'
import {
  applied,
  attributeRegistry,
  biosSnapshot,
  dependency,
  registryAttribute,
} from '../../test/support/bios-snapshot.js'
import { loadFirmwareKnowledge } from './data.js'
import type { BiosSnapshot, RegistryAttribute, RegistryDependency } from './model.js'
import { impossibilityOf, planFirmware } from './plan.js'

const knowledge = loadFirmwareKnowledge()

const profile = (
  intents: FirmwareProfileSpec['intents'],
  overrides: FirmwareProfileSpec['overrides'] = [],
): FirmwareProfileSpec => ({ intents, overrides, whenInService: 'Never' })

const kata = profile({ virtualization: 'Enabled', iommu: 'Enabled' })

const hpe = (
  attributes: Record<string, unknown>,
  dependencies: readonly RegistryDependency[] = [],
  listed: readonly RegistryAttribute[] = [],
  pending: Record<string, unknown> = {},
): BiosSnapshot =>
  biosSnapshot({
    vendor: 'hpe',
    product: 'iLO 5',
    biosVersion: 'U46 v2.10',
    attributes,
    pending,
    registry: attributeRegistry(
      [
        ...['ProcVirtualization', 'IntelProcVtd', 'Sriov', 'ProcX2Apic', 'ProcHyperthreading'].map(name =>
          registryAttribute(name),
        ),
        registryAttribute('WorkloadProfile', ['Custom', 'LowLatency', 'Virtualization']),
        ...listed,
      ],
      dependencies,
    ),
  })

const off = { ProcVirtualization: 'Disabled', IntelProcVtd: 'Disabled' }
const on = { ProcVirtualization: 'Enabled', IntelProcVtd: 'Enabled' }

const plan = (wanted: FirmwareProfileSpec, snapshot: BiosSnapshot) => planFirmware(wanted, snapshot, knowledge)

describe('a plan', () => {
  it('changes what differs, in one restart', () => {
    const { changes, reboots, rows, obstacles } = plan(kata, hpe(off))
    expect(changes).toEqual({ ProcVirtualization: 'Enabled', IntelProcVtd: 'Enabled' })
    expect(reboots).toBe(1)
    expect(rows.map(({ knob, outcome, from, to }) => [knob, outcome, from, to])).toEqual([
      ['vtx', 'Change', 'Disabled', 'Enabled'],
      ['vtd', 'Change', 'Disabled', 'Enabled'],
    ])
    expect(obstacles).toEqual([])
  })

  it('is empty and needs no restart when everything is set', () => {
    expect(plan(kata, hpe(on))).toMatchObject({ changes: {}, reboots: 0, notes: [], obstacles: [] })
  })

  it('has no rows for wishes that are left out', () => {
    expect(plan(profile({ sriov: 'Disabled' }), hpe({ ...off, Sriov: 'Enabled' })).rows).toHaveLength(1)
    expect(plan(profile({}), hpe(off)).rows).toEqual([])
  })

  it('needs only the restart when the wanted values are pending', () => {
    const { changes, reboots, rows } = plan(kata, hpe(off, [], [], on))
    expect(changes).toEqual({})
    expect(reboots).toBe(1)
    expect(rows[0]).toMatchObject({ outcome: 'Change', evidence: expect.stringContaining('already pending') })
  })

  it('writes a right value again when a pending one would undo it, without asking for a restart', () => {
    const { changes, reboots, rows } = plan(kata, hpe(on, [], [], { IntelProcVtd: 'Disabled' }))
    expect(changes).toEqual({ IntelProcVtd: 'Enabled' })
    expect(reboots).toBe(0)
    expect(rows[1]).toMatchObject({ outcome: 'Change', from: 'Enabled', to: 'Enabled' })
    expect(rows[1]?.evidence).toContain('would undo')
  })

  it('is not disturbed by pending settings that it does not wish for', () => {
    expect(plan(kata, hpe({ ...on, Sriov: 'Enabled' }, [], [], { Sriov: 'Disabled' }))).toMatchObject({
      changes: {},
      reboots: 0,
    })
  })

  it('has nothing left once it was applied', () => {
    const before = hpe(off)
    const after = applied(before, plan(kata, before).changes)
    expect(plan(kata, after)).toMatchObject({ changes: {}, reboots: 0 })
  })
})

describe('rules of the registry', () => {
  it('let one change of the plan unlock another, which is then written after it', () => {
    const unlocks = [
      dependency('ProcVirtualization=Disabled', 'ProcX2Apic.ReadOnly', true),
      dependency('ProcVirtualization=Disabled', 'ProcX2Apic.CurrentValue', 'Disabled'),
    ]
    const wanted = profile({ x2apic: 'Enabled', virtualization: 'Enabled' })
    const result = plan(wanted, hpe({ ...off, ProcX2Apic: 'Disabled' }, unlocks))
    expect(Object.keys(result.changes)).toEqual(['ProcVirtualization', 'ProcX2Apic'])
    expect(result).toMatchObject({ reboots: 1, obstacles: [] })
  })

  it('make a wish impossible when a lock stays, and the message names who holds it', () => {
    const locks = [dependency('WorkloadProfile=LowLatency', 'IntelProcVtd.ReadOnly', true)]
    const result = plan(kata, hpe({ ...off, WorkloadProfile: 'LowLatency' }, locks))
    expect(result.rows[1]).toMatchObject({ knob: 'vtd', outcome: 'ReadOnly', attribute: 'IntelProcVtd' })
    expect(result.obstacles).toEqual([
      expect.objectContaining({ knob: 'vtd', by: 'WorkloadProfile=LowLatency (ReadOnly)' }),
    ])
    const error = impossibilityOf(result, 'rack1-u04')
    expect(isKatametalError(error, 'FirmwareKnobImpossible')).toBe(true)
    expect(error?.message).toContain('rack1-u04')
    expect(error?.message).toContain('WorkloadProfile=LowLatency')
  })

  it('do not matter for a locked attribute that already has the wanted value', () => {
    const locks = [dependency('WorkloadProfile=LowLatency', 'IntelProcVtd.ReadOnly', true)]
    const result = plan(kata, hpe({ ...on, WorkloadProfile: 'LowLatency' }, locks))
    expect(result.rows[1]).toMatchObject({ outcome: 'AlreadySet' })
    expect(impossibilityOf(result)).toBeUndefined()
  })

  it('make a wish impossible when another setting forces the contrary', () => {
    const forces = [dependency('WorkloadProfile=LowLatency', 'ProcVirtualization.CurrentValue', 'Disabled')]
    const result = plan(kata, hpe({ ...off, WorkloadProfile: 'LowLatency' }, forces))
    expect(result.obstacles.map(({ by }) => by)).toEqual(['WorkloadProfile=LowLatency'])
  })

  it('let an override that opens a lock make the wish possible', () => {
    const locks = [dependency('WorkloadProfile=LowLatency', 'IntelProcVtd.ReadOnly', true)]
    const wanted = profile(kata.intents, [{ vendor: 'hpe', attribute: 'WorkloadProfile', value: 'Custom' }])
    const result = plan(wanted, hpe({ ...off, WorkloadProfile: 'LowLatency' }, locks))
    expect(result.obstacles).toEqual([])
    expect(Object.keys(result.changes)).toEqual(['ProcVirtualization', 'WorkloadProfile', 'IntelProcVtd'])
  })

  it('are named where a BMC may refuse a change until the one that opens the lock is in force', () => {
    const locks = [dependency('WorkloadProfile=LowLatency', 'IntelProcVtd.ReadOnly', true)]
    const wanted = profile(kata.intents, [{ vendor: 'hpe', attribute: 'WorkloadProfile', value: 'Custom' }])
    expect(plan(wanted, hpe({ ...off, WorkloadProfile: 'LowLatency' }, locks)).notes).toEqual([
      expect.stringMatching(/^IntelProcVtd is locked by WorkloadProfile=LowLatency .* after the restart$/),
    ])
  })

  it('fulfil what a wished profile forces and locks, and say so in its step', () => {
    const rules = ['ProcVirtualization', 'IntelProcVtd'].flatMap(name => [
      dependency('WorkloadProfile=Virtualization', `${name}.CurrentValue`, 'Enabled'),
      dependency('WorkloadProfile=Virtualization', `${name}.ReadOnly`, true),
    ])
    const result = plan(
      profile({ ...kata.intents, workloadProfile: 'Virtualization' }),
      hpe({ ...off, WorkloadProfile: 'Custom' }, rules),
    )
    expect(result.rows.map(({ knob, outcome }) => [knob, outcome])).toEqual([
      ['vtx', 'Implied'],
      ['vtd', 'Implied'],
      ['workloadProfile', 'Change'],
    ])
    expect(result.steps).toEqual([
      {
        attribute: 'WorkloadProfile',
        from: 'Custom',
        to: 'Virtualization',
        knobs: ['workloadProfile'],
        implies: ['ProcVirtualization', 'IntelProcVtd'].map(attribute => ({
          attribute,
          from: 'Disabled',
          to: 'Enabled',
        })),
        locks: ['ProcVirtualization', 'IntelProcVtd'],
      },
    ])
    expect(result.reboots).toBe(1)
  })

  it('fulfil a wish that an override forces and locks', () => {
    const rules = ['ProcVirtualization', 'IntelProcVtd'].flatMap(name => [
      dependency('WorkloadProfile=Virtualization', `${name}.CurrentValue`, 'Enabled'),
      dependency('WorkloadProfile=Virtualization', `${name}.ReadOnly`, true),
    ])
    const wanted = profile(kata.intents, [{ vendor: 'hpe', attribute: 'WorkloadProfile', value: 'Virtualization' }])
    const result = plan(wanted, hpe({ ...off, WorkloadProfile: 'Custom' }, rules))
    expect(result.rows.map(({ outcome }) => outcome)).toEqual(['Implied', 'Implied', 'Change'])
    expect(result.changes).toEqual({ WorkloadProfile: 'Virtualization' })
    expect(result.rows[0]?.evidence).toContain('WorkloadProfile=Virtualization')
  })

  it('show in notes what else a change sets', () => {
    const rules = [dependency('IntelProcVtd=Disabled', 'ProcX2Apic.CurrentValue', 'Disabled')]
    const { notes } = plan(profile({ iommu: 'Disabled' }), hpe({ ...on, ProcX2Apic: 'Enabled' }, rules))
    expect(notes).toEqual(['IntelProcVtd=Disabled also sets ProcX2Apic from Enabled to Disabled'])
  })

  it('refuse two wishes of which one would undo the other', () => {
    const rules = [dependency('IntelProcVtd=Disabled', 'ProcX2Apic.CurrentValue', 'Disabled')]
    const wanted = profile({ iommu: 'Disabled', x2apic: 'Enabled' })
    const { obstacles } = plan(wanted, hpe({ ...on, ProcX2Apic: 'Enabled' }, rules))
    expect(obstacles).toEqual([expect.objectContaining({ knob: 'x2apic', by: 'IntelProcVtd=Disabled' })])
  })

  it('that chase each other in a circle still give a plan', () => {
    const rules = [
      dependency('ProcVirtualization=Enabled', 'IntelProcVtd.ReadOnly', true),
      dependency('IntelProcVtd=Enabled', 'ProcVirtualization.ReadOnly', true),
    ]
    const { rows } = plan(kata, hpe(off, rules))
    expect(rows).toHaveLength(2)
  })
})

describe('wishes that this server cannot meet', () => {
  it('name the words that the registry offers instead', () => {
    const snapshot = biosSnapshot({
      vendor: 'hpe',
      product: 'iLO 6',
      attributes: { ProcX2Apic: 'Auto' },
      registry: attributeRegistry([registryAttribute('ProcX2Apic', ['Auto', 'ForceEnabled'])], [], 'U58'),
    })
    const { obstacles, changes } = plan(profile({ x2apic: 'Disabled' }), snapshot)
    expect(obstacles[0]?.message).toContain('registry U58 offers only Auto, ForceEnabled')
    expect(changes).toEqual({})
  })

  it('do not include settings that are not exposed or not understood', () => {
    const snapshot = biosSnapshot({ vendor: 'intel', attributes: { ProcessorHyperThreadingDisable: 1 } })
    const result = plan(profile({ x2apic: 'Enabled', hyperthreading: 'Enabled', virtualization: 'Enabled' }), snapshot)
    expect(result.rows.map(({ knob, outcome }) => [knob, outcome])).toEqual([
      ['vtx', 'NotExposed'],
      ['ht', 'Unknown'],
      ['x2apic', 'NotExposed'],
    ])
    expect(impossibilityOf(result)).toBeUndefined()
  })
})

describe('VT-d on Dell, which has no setting of its own for it', () => {
  const dell = (value: string) =>
    biosSnapshot({
      vendor: 'dell',
      product: 'iDRAC9',
      attributes: { ProcVirtualization: value },
      registry: attributeRegistry([registryAttribute('ProcVirtualization')]),
    })

  it('is implied when virtualization is on or comes on by the same plan', () => {
    for (const value of ['Enabled', 'Disabled']) {
      const { rows, obstacles } = plan(kata, dell(value))
      expect(rows[1]).toMatchObject({ knob: 'vtd', outcome: 'Implied', attribute: 'ProcVirtualization' })
      expect(obstacles).toEqual([])
    }
  })

  it('brings virtualization with it when it is wished alone', () => {
    const { changes, rows } = plan(profile({ iommu: 'Enabled' }), dell('Disabled'))
    expect(changes).toEqual({ ProcVirtualization: 'Enabled' })
    expect(rows).toEqual([expect.objectContaining({ knob: 'vtd', outcome: 'Change' })])
  })

  it('cannot be on while virtualization is wished off', () => {
    const { obstacles } = plan(profile({ virtualization: 'Disabled', iommu: 'Enabled' }), dell('Enabled'))
    expect(obstacles).toEqual([expect.objectContaining({ knob: 'vtd', attribute: 'ProcVirtualization' })])
  })

  it('is not switched off by quietly switching virtualization off', () => {
    const result = plan(profile({ iommu: 'Disabled' }), dell('Enabled'))
    expect(result.changes).toEqual({})
    expect(result.obstacles).toHaveLength(1)
  })

  it('goes off together with virtualization', () => {
    const result = plan(profile({ virtualization: 'Disabled', iommu: 'Disabled' }), dell('Enabled'))
    expect(result.changes).toEqual({ ProcVirtualization: 'Disabled' })
    expect(result.rows[1]?.outcome).toBe('Implied')
  })

  it('is out of reach when virtualization is locked off', () => {
    const snapshot = dell('Disabled')
    const registry = attributeRegistry([registryAttribute('ProcVirtualization', undefined, { readOnly: true })])
    const { obstacles } = plan(kata, { ...snapshot, registry })
    expect(obstacles.map(({ knob }) => knob)).toEqual(['vtx', 'vtd'])
  })
})
