import { onOff } from './bios-resources.js'
import { bootWith, buildMachine } from './build.js'
import { denseServer } from './hardware.js'
import type { BiosAttribute, BiosDependency, Identity, MachineSpec } from './machine-spec.js'
import { addVirtualMedia } from './media-slots.js'
import type { Persona } from './personas.js'

const attributes: readonly BiosAttribute[] = [
  onOff('ProcVirtualization', 'Intel(R) Virtualization Technology', 'Enabled'),
  onOff('IntelProcVtd', 'Intel(R) VT-d', 'Enabled'),
  onOff('Sriov', 'SR-IOV', 'Enabled'),
  onOff('ProcHyperthreading', 'Intel(R) Hyper-Threading', 'Enabled'),
  onOff('ProcX2Apic', 'Processor x2APIC Support', 'Enabled', [
    ['Enabled', 'Enabled'],
    ['ForceEnabled', 'Force Enabled'],
    ['Disabled', 'Disabled'],
  ]),
  onOff('BootMode', 'Boot Mode', 'Uefi', [
    ['Uefi', 'UEFI Mode'],
    ['LegacyBios', 'Legacy BIOS Mode'],
  ]),
  {
    name: 'WorkloadProfile',
    display: 'Workload Profile',
    value: 'GeneralPowerEfficientCompute',
    values: [
      ['GeneralPowerEfficientCompute', 'General Power Efficient Compute'],
      ['Virtualization-MaxPerformance', 'Virtualization - Max Performance'],
      ['Custom', 'Custom'],
    ],
  },
  { ...onOff('SecureBootStatus', 'Secure Boot Status', 'Disabled'), readOnly: true },
  { name: 'ServerAssetTag', display: 'Server Asset Tag', value: '' },
]

// The BIOS of this service answers under lower-case paths with a trailing slash, and links to itself so.
const bios = '/redfish/v1/systems/1/bios/'
const registry = 'BiosAttributeRegistryX42.v1_2_10'

const spec: MachineSpec = {
  vendor: 'HPE',
  product: 'ProLiant DL360 Gen10 Plus-like (simulated)',
  redfishVersion: '1.20.0',
  manufacturer: 'HPE',
  model: 'ProLiant DL360 Gen10 Plus-like (simulated)',
  biosVersion: 'X42 v2.10 (01/15/2026)',
  serialPrefix: 'LABH',
  systemId: '1',
  chassisId: '1',
  managerId: '1',
  managerModel: 'iLO 5',
  managerFirmware: 'iLO 5 v3.10',
  hardware: denseServer,
  resetTypes: ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'Nmi', 'PushPowerButton', 'GracefulRestart'],
  resetByActionInfo: false,
  boot: bootWith(['None', 'Cd', 'Hdd', 'Usb', 'Utilities', 'Diags', 'BiosSetup', 'Pxe', 'UefiShell', 'UefiHttp'], {
    httpBoot: true,
  }),
  expand: { ExpandAll: false, Levels: true, Links: false, MaxLevels: 1, NoLinks: true },
  sessionTimeoutSeconds: 30,
  accountSlots: 0,
  bios: {
    path: bios,
    settingsPath: `${bios}settings/`,
    settings: { Messages: [{ MessageId: 'Base.1.0.Success' }], Time: null, ETag: '' },
    registry,
    attributes,
    // A profile decides about what is below it, and nobody else may while it is chosen.
    dependencies: ['ProcVirtualization', 'IntelProcVtd', 'Sriov'].flatMap((name): BiosDependency[] => [
      { when: ['WorkloadProfile', 'Virtualization-MaxPerformance'], then: [name, 'CurrentValue', 'Enabled'] },
      { when: ['WorkloadProfile', 'Virtualization-MaxPerformance'], then: [name, 'ReadOnly', true] },
    ]),
    file: { id: registry, registry, languages: ['en', 'ja', 'zh'] },
    registryId: registry,
    registryPath: `/redfish/v1/RegistryStore/registries/en/${registry}`,
  },
  behaviour: {
    messages: 'iLO.2.14',
    etag: 'weak',
    etagInBody: true,
    ifMatch: 'checked',
    sessionDeleteStatus: 200,
    subscriptionsRefuse: ['DeliveryRetryPolicy'],
    sessionLimit: 12,
    sessionLimitMessage: 'iLO.2.14.SessionLimitExceeded',
    resetWhenThere: 'rejected',
    ejectNeedsBody: true,
    ejectEmptyFails: true,
    bootLockedDuringPost: true,
    pendingShape: 'full',
    biosRefusesLate: true,
  },
}

/** An iLO5-like service: weak entity tags, a full copy of settings as pending, outcome told after the restart. */
export const buildHpe = (identity: Identity): Persona => {
  const builder = buildMachine(spec, identity)
  addVirtualMedia(builder, '/redfish/v1/Managers/1', [
    { id: '1', mediaTypes: ['Floppy', 'USBStick'], actions: ['InsertMedia', 'EjectMedia'] },
    { id: '2', mediaTypes: ['CD', 'DVD'], actions: ['InsertMedia', 'EjectMedia'] },
  ])
  return { tree: builder.tree, behaviour: spec.behaviour }
}
