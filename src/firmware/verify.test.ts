import { describe, expect, it } from 'vitest'
import type { KnobResult } from '../../api/metal/host-firmware.js'
import { attributeRegistry, biosSnapshot, registryAttribute } from '../../test/support/bios-snapshot.js'
import { leftOf, verifyFirmware } from './verify.js'

const row = (more: Partial<KnobResult> = {}): KnobResult => ({
  knob: 'vtx',
  outcome: 'Change',
  attribute: 'A',
  from: 'Disabled',
  to: 'Enabled',
  evidence: 'seen',
  ...more,
})
const bios = (attributes: Record<string, unknown>, pending: Record<string, unknown> = {}) =>
  biosSnapshot({ attributes, pending })

describe('reading back', () => {
  it('proves a change that reads back', () => {
    expect(verifyFirmware({ rows: [row()] }, bios({ A: 'Enabled' }))).toEqual([
      { knob: 'vtx', proven: true, evidence: 'A reads Enabled' },
    ])
  })

  it('disproves a change that does not, and says what it reads', () => {
    expect(verifyFirmware({ rows: [row()] }, bios({ A: 'Disabled' }))).toEqual([
      { knob: 'vtx', proven: false, evidence: 'A reads Disabled, not Enabled' },
    ])
    expect(verifyFirmware({ rows: [row()] }, bios({}))[0]).toMatchObject({
      proven: false,
      evidence: 'A reads nothing, not Enabled',
    })
  })

  it('tells what the BMC says about an attribute that is wrong, and nothing about others', () => {
    const complaints = [
      { attribute: 'A', message: 'A is locked.' },
      { attribute: 'B', message: 'B is odd.' },
      { attribute: undefined, message: 'Something failed.' },
    ]
    const after = biosSnapshot({ attributes: { A: 'Disabled' }, complaints })
    expect(verifyFirmware({ rows: [row()] }, after)[0]?.evidence).toBe(
      'A reads Disabled, not Enabled (the BMC says: A is locked.)',
    )
  })

  it('wants every attribute of a knob', () => {
    const two = row({ also: [{ attribute: 'B', from: 'off', to: 'on' }] })
    expect(verifyFirmware({ rows: [two] }, bios({ A: 'Enabled', B: 'on' }))[0]?.proven).toBe(true)
    expect(verifyFirmware({ rows: [two] }, bios({ A: 'Enabled', B: 'off' }))[0]).toEqual({
      knob: 'vtx',
      proven: false,
      evidence: 'B reads off, not on',
    })
  })

  it('proves what was right before only while it stays so', () => {
    const set: KnobResult = { knob: 'ht', outcome: 'AlreadySet', attribute: 'A', from: 'Enabled', evidence: 'seen' }
    expect(verifyFirmware({ rows: [set] }, bios({ A: 'Enabled' }))[0]?.proven).toBe(true)
    expect(verifyFirmware({ rows: [set] }, bios({ A: 'Disabled' }))[0]?.proven).toBe(false)
  })

  it('knows a value in another vocabulary or type, since a BIOS update may change it', () => {
    const registry = attributeRegistry([
      registryAttribute('A', [
        ['1', 'Enabled'],
        ['0', 'Disabled'],
      ]),
    ])
    const after = biosSnapshot({ attributes: { A: '1' }, registry })
    expect(verifyFirmware({ rows: [row()] }, after)[0]?.proven).toBe(true)
    expect(verifyFirmware({ rows: [row({ to: '1' })] }, bios({ A: 1 }))[0]?.proven).toBe(true)
  })

  it('knows a switch that is spelled with an ending in one resource and without in the other', () => {
    const wanted = row({ from: 'Disable', to: 'Enable' })
    expect(leftOf({ rows: [wanted] }, bios({ A: 'Disable' }, { A: 'Enabled' }))).toBe('restart')
    expect(verifyFirmware({ rows: [wanted] }, bios({ A: 'Enabled' }))[0]?.proven).toBe(true)
    const listed = registryAttribute('A', ['Enable', 'Enabled', 'Disable'])
    const apart = biosSnapshot({ attributes: { A: 'Enabled' }, registry: attributeRegistry([listed]) })
    expect(verifyFirmware({ rows: [wanted] }, apart)[0]?.proven).toBe(false)
  })

  it('follows an implied knob to the attribute that implies it', () => {
    const implied = row({ knob: 'vtd', outcome: 'Implied' })
    expect(verifyFirmware({ rows: [implied] }, bios({ A: 'Disabled' }))[0]?.proven).toBe(false)
  })

  it('says nothing of knobs that have nothing to read', () => {
    const rows: KnobResult[] = [
      { knob: 'vtx', outcome: 'NotExposed', evidence: 'none' },
      { knob: 'vtd', outcome: 'Implied', evidence: 'always on' },
      row({ knob: 'ht', outcome: 'Unknown' }),
      row({ knob: 'sriov', outcome: 'ReadOnly' }),
    ]
    expect(verifyFirmware({ rows }, bios({ A: 'Enabled' }))).toEqual([])
  })
})

describe('what is left of a plan', () => {
  const left = (attributes: Record<string, unknown>, pending: Record<string, unknown> = {}, rows = [row()]) =>
    leftOf({ rows }, bios(attributes, pending))

  it('is to write, then to restart, then nothing', () => {
    expect(left({ A: 'Disabled' })).toBe('write')
    expect(left({ A: 'Disabled' }, { A: 'Enabled' })).toBe('restart')
    expect(left({ A: 'Enabled' })).toBe('nothing')
  })

  it('is to write while a pending value would undo the right one', () => {
    expect(left({ A: 'Enabled' }, { A: 'Disabled' })).toBe('write')
  })

  it('is to write as long as one of several attributes is not written', () => {
    const rows = [
      row({ also: [{ attribute: 'B', to: 'on' }] }),
      row({ knob: 'ht', outcome: 'AlreadySet', attribute: 'C' }),
    ]
    expect(left({ A: 'Disabled', B: 'off' }, { A: 'Enabled' }, rows)).toBe('write')
    expect(left({ A: 'Disabled', B: 'off' }, { A: 'Enabled', B: 'on' }, rows)).toBe('restart')
  })

  it('is not known while the BMC serves no attributes, as after a restart', () => {
    expect(left({})).toBeUndefined()
  })

  it('is nothing when the plan had no changes', () => {
    expect(left({ A: 'Disabled' }, {}, [row({ outcome: 'AlreadySet' })])).toBe('nothing')
  })
})
