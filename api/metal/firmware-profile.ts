import { z } from 'zod'
import type { Kind, ObjectOf } from '../kind.js'
import { metalGroup, metalVersion, moveLabels } from './group.js'

/** Vendor-neutral firmware settings that a profile can wish for, and the knob each stands for. */
export const intentKnobs = {
  virtualization: 'vtx',
  iommu: 'vtd',
  sriov: 'sriov',
  hyperthreading: 'ht',
  x2apic: 'x2apic',
  bootMode: 'bootMode',
  secureBoot: 'secureBoot',
  tpm: 'tpm',
  txt: 'txt',
  sgx: 'sgx',
  tdx: 'tdx',
  workloadProfile: 'workloadProfile',
} as const

export type KnobName = (typeof intentKnobs)[keyof typeof intentKnobs]

const switchWishes = ['Enabled', 'Disabled'] as const
const bootModes = ['UEFI', 'Legacy'] as const
const workloadProfiles = ['Virtualization', 'Performance', 'Balanced', 'Efficient', 'LowLatency', 'Custom'] as const

/** Everything that a knob can be wished to be; {@link knobWishes} says which of it each knob takes. */
export const wishes = [...switchWishes, ...bootModes, ...workloadProfiles] as const
export type Wish = (typeof wishes)[number]

export const knobWishes: Readonly<Record<KnobName, readonly Wish[]>> = {
  vtx: switchWishes,
  vtd: switchWishes,
  sriov: switchWishes,
  ht: switchWishes,
  x2apic: switchWishes,
  bootMode: bootModes,
  secureBoot: switchWishes,
  tpm: switchWishes,
  txt: switchWishes,
  sgx: switchWishes,
  tdx: switchWishes,
  workloadProfile: workloadProfiles,
}

export const knobNames: readonly KnobName[] = Object.values(intentKnobs)

const wish = z.enum(switchWishes).optional()

export const firmwareProfileSpecSchema = z
  .object({
    intents: z
      .object({
        virtualization: wish.describe('Intel VT-x or AMD-V: needed by Kata.'),
        iommu: wish.describe('Intel VT-d or AMD-Vi: needed to pass devices into a VM.'),
        sriov: wish.describe('Single-root I/O virtualization.'),
        hyperthreading: wish.describe('Two threads per core.'),
        x2apic: wish.describe('Extended interrupt controller mode.'),
        bootMode: z.enum(bootModes).optional().describe('How the firmware boots: UEFI, or the BIOS interface of old.'),
        secureBoot: wish.describe('UEFI Secure Boot; through the SecureBoot resource where the BMC has one.'),
        tpm: wish.describe('Whether the operating system sees the TPM.'),
        txt: wish.describe('Intel Trusted Execution Technology.'),
        sgx: wish.describe('Intel Software Guard Extensions.'),
        tdx: wish.describe('Intel Trust Domain Extensions.'),
        workloadProfile: z
          .enum(workloadProfiles)
          .optional()
          .describe('What the firmware tunes the server for; passed over on servers without such a profile.'),
      })
      .default({})
      .describe('Vendor-neutral wishes; what is left out is left as it is.'),
    overrides: z
      .array(
        z.object({
          vendor: z.string().min(1).max(64).describe('As in status.bmc.vendor of the host: dell, hpe, lenovo, ...'),
          biosVersion: z
            .string()
            .max(256)
            .optional()
            .describe('Regular expression the BIOS version must match; without it every version is meant.'),
          attribute: z.string().min(1).max(256).describe('Raw BIOS attribute name.'),
          value: z.string().max(1024).describe('Value; converted to the type of the attribute.'),
        }),
      )
      .max(128)
      .default([])
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Raw attributes for one vendor, after the intents.'),
    whenInService: z
      .enum(['Never', 'OnReboot'])
      .default('Never')
      .describe('Whether hosts in service may be changed: OnReboot applies the profile when a reboot is requested.'),
  })
  .describe('How the firmware of a server shall be set.')

export const firmwareProfile = {
  group: metalGroup,
  version: metalVersion,
  kind: 'FirmwareProfile',
  plural: 'firmwareprofiles',
  shortNames: ['fwp'],
  categories: ['katametal'],
  description:
    'Firmware by intent: vendor-neutral wishes such as `virtualization: Enabled`, resolved per server to the BIOS attributes its vendor uses.',
  spec: firmwareProfileSpecSchema,
  columns: [
    { name: 'Virtualization', type: 'string', jsonPath: '.spec.intents.virtualization' },
    { name: 'IOMMU', type: 'string', jsonPath: '.spec.intents.iommu' },
    { name: 'SR-IOV', type: 'string', jsonPath: '.spec.intents.sriov' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  crdLabels: { ...moveLabels, 'clusterctl.cluster.x-k8s.io/move': '' },
} as const satisfies Kind

export type FirmwareProfile = ObjectOf<typeof firmwareProfile>
export type FirmwareProfileSpec = z.output<typeof firmwareProfileSpecSchema>
