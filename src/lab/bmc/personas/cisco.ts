import { onOff } from './bios-resources.js'
import { bootWith, buildMachine } from './build.js'
import { edgeServer } from './hardware.js'
import type { BiosAttribute, Identity, MachineSpec } from './machine-spec.js'
import { addVirtualMedia } from './media-slots.js'
import type { Persona } from './personas.js'

// Words for people instead of names.
const attributes: readonly BiosAttribute[] = [
  onOff('IntelVT', 'Intel VT', 'Disabled'),
  onOff('IntelVTD', 'Intel VTD', 'Disabled'),
  onOff('SrIov', 'SR-IOV Support', 'Enabled'),
  onOff('IntelHyperThread', 'Intel HyperThreading Tech', 'Enabled'),
  {
    name: 'LocalX2Apic',
    display: 'LocalX2Apic',
    value: 'XAPIC',
    values: [
      ['X2APIC', 'X2APIC'],
      ['XAPIC', 'XAPIC'],
      ['Disabled', 'Disabled'],
    ],
  },
  onOff('TPMAdminCtrl', 'TPM Support', 'Enabled'),
  onOff('TXTSupport', 'TXT Support', 'Disabled'),
  {
    name: 'CpuPerformanceProfile',
    display: 'CPU Performance',
    value: 'Enterprise',
    values: [
      ['Enterprise', 'Enterprise'],
      ['High Throughput', 'High Throughput'],
      ['HPC', 'HPC'],
      ['Custom', 'Custom'],
    ],
  },
]

const system = '/redfish/v1/Systems/LABC0001'
const registry = 'LabBiosAttributeRegistry.v1_0_0'

const spec: MachineSpec = {
  vendor: 'Cisco Systems Inc.',
  product: 'Integrated Management Controller (simulated)',
  redfishVersion: '1.2.0',
  manufacturer: 'Cisco Systems Inc',
  model: 'C220-like (simulated)',
  biosVersion: 'C220LAB.4.1.1',
  serialPrefix: 'LABC',
  systemId: 'LABC0001',
  chassisId: '1',
  managerId: 'CIMC',
  managerModel: 'CIMC',
  managerFirmware: '4.1(1)',
  hardware: edgeServer,
  resetTypes: ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'Nmi', 'PowerCycle'],
  resetByActionInfo: false,
  boot: bootWith(['None', 'Pxe', 'Cd', 'Hdd', 'Usb', 'BiosSetup', 'Diags']),
  expand: {},
  sessionTimeoutSeconds: 1800,
  accountSlots: 0,
  bios: {
    path: `${system}/Bios`,
    settings: {},
    registry,
    attributes,
    file: { id: registry, registry, languages: ['en'] },
    registryId: registry,
    registryPath: `/redfish/v1/Registries/${registry}.json`,
  },
  behaviour: {
    messages: 'Base.1.4',
    sessionLimit: 4,
    sessionLimitMessage: 'Base.1.4.SessionLimitExceeded',
    pendingShape: 'absent',
  },
}

/** A CIMC-like service: no settings object, so that nothing shows what is pending; no expansion of collections. */
export const buildCisco = (identity: Identity): Persona => {
  const builder = buildMachine(spec, identity)
  addVirtualMedia(
    builder,
    '/redfish/v1/Managers/CIMC',
    ['0', '1'].map(id => ({ id, mediaTypes: ['DVD'], actions: ['InsertMedia', 'EjectMedia'] as const })),
  )
  return { tree: builder.tree, behaviour: spec.behaviour }
}
