import { type FirmwareProfileSpec, intentKnobs } from '../../api/metal/firmware-profile.js'
import type { KnobProof } from './verify.js'

/** What the kernel of a running system shows (src/deploy/protocol.ts); what it did not tell is left out. */
export interface RunningSystemFacts {
  /** vmx or svm among the CPU flags. */
  readonly cpuFlag?: boolean | undefined
  /** A VM could be created through /dev/kvm. */
  readonly kvm?: boolean | undefined
  readonly iommuGroups?: number | undefined
  /** Sum of sriov_totalvfs over all PCI devices. */
  readonly sriovTotalVFs?: number | undefined
}

/**
 * What the running system proves of a profile, whatever the BMC says: one row for each of vtx, vtd and sriov that the
 * profile wishes Enabled. No fact is no proof; all other knobs are proven by read-back alone.
 */
export const proveByRunningSystem = (profile: FirmwareProfileSpec, facts: RunningSystemFacts): KnobProof[] =>
  Object.entries(intentKnobs).flatMap(([intent, knob]) => {
    if (profile.intents[intent as keyof typeof intentKnobs] !== 'Enabled') return []
    switch (knob) {
      case 'vtx':
        return [virtualization(facts)]
      case 'vtd':
        return [counted('vtd', facts.iommuGroups, 'IOMMU groups')]
      case 'sriov':
        return [counted('sriov', facts.sriovTotalVFs, 'virtual functions offered by PCI devices')]
      case 'ht':
      case 'x2apic':
      case 'bootMode':
      case 'secureBoot':
      case 'tpm':
      case 'txt':
      case 'sgx':
      case 'tdx':
      case 'workloadProfile':
        return []
    }
  })

// The flag alone is not enough: firmware can lock the feature off while the CPU still names it.
const virtualization = ({ cpuFlag, kvm }: RunningSystemFacts): KnobProof => {
  const evidence = `${told('CPU flag', cpuFlag, 'shown', 'missing')}, ${told('KVM', kvm, 'creates VMs', 'creates no VM')}`
  return { knob: 'vtx', proven: cpuFlag === true && kvm !== false, evidence }
}

const counted = (knob: string, count: number | undefined, what: string): KnobProof => ({
  knob,
  proven: count !== undefined && count > 0,
  evidence: count === undefined ? `nothing told about ${what}` : `${count} ${what}`,
})

const told = (what: string, seen: boolean | undefined, yes: string, no: string): string =>
  `${what} ${seen === undefined ? 'not told' : seen ? yes : no}`
