import { describe, expect, it } from 'vitest'
import type { FirmwareProfileSpec } from '../../api/metal/firmware-profile.js'
import { proveByRunningSystem, type RunningSystemFacts } from './proof.js'

const prove = (intents: FirmwareProfileSpec['intents'], facts: RunningSystemFacts) =>
  proveByRunningSystem({ intents, overrides: [], whenInService: 'Never' }, facts)

describe('the running system', () => {
  it('proves virtualization by the CPU flag together with KVM', () => {
    expect(prove({ virtualization: 'Enabled' }, { cpuFlag: true, kvm: true })).toEqual([
      { knob: 'vtx', proven: true, evidence: 'CPU flag shown, KVM creates VMs' },
    ])
  })

  it('disproves virtualization when KVM makes no VM although the flag is there', () => {
    expect(prove({ virtualization: 'Enabled' }, { cpuFlag: true, kvm: false })[0]?.proven).toBe(false)
  })

  it('takes the flag alone when nothing is told about KVM', () => {
    expect(prove({ virtualization: 'Enabled' }, { cpuFlag: true })[0]?.proven).toBe(true)
  })

  it('proves nothing without facts', () => {
    expect(prove({ virtualization: 'Enabled', iommu: 'Enabled', sriov: 'Enabled' }, {})).toEqual([
      { knob: 'vtx', proven: false, evidence: 'CPU flag not told, KVM not told' },
      { knob: 'vtd', proven: false, evidence: 'nothing told about IOMMU groups' },
      { knob: 'sriov', proven: false, evidence: 'nothing told about virtual functions offered by PCI devices' },
    ])
  })

  it.each([
    ['iommu', { iommuGroups: 84 }, true],
    ['iommu', { iommuGroups: 0 }, false],
    ['sriov', { sriovTotalVFs: 64 }, true],
    ['sriov', { sriovTotalVFs: 0 }, false],
  ] as const)('judges %s by %j: %s', (intent, facts, proven) => {
    expect(prove({ [intent]: 'Enabled' }, facts)[0]?.proven).toBe(proven)
  })

  it('is asked only for what the profile wishes Enabled', () => {
    expect(prove({ virtualization: 'Disabled' }, { cpuFlag: true, kvm: true, iommuGroups: 3 })).toEqual([])
  })

  it('is not asked for what it cannot show', () => {
    expect(prove({ hyperthreading: 'Enabled', x2apic: 'Enabled' }, {})).toEqual([])
  })
})
