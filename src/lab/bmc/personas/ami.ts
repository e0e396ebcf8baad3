import { onOff } from './bios-resources.js'
import { bootWith, buildMachine } from './build.js'
import { healthy, link } from './builder.js'
import { denseServer } from './hardware.js'
import type { BiosAttribute, Identity, MachineSpec } from './machine-spec.js'
import { addVirtualMedia } from './media-slots.js'
import type { Persona } from './personas.js'

const enable = [
  ['Enable', 'Enable'],
  ['Disable', 'Disable'],
] as const

// Names of the reference code. That of hyper-threading reads inverted and is not.
const attributes: readonly BiosAttribute[] = [
  onOff('ProcessorVmxEnable', 'VMX', 'Disable', enable),
  onOff('VTdSupport', 'Intel VT for Directed I/O (VT-d)', 'Disable', enable),
  onOff('SRIOVEnable', 'SR-IOV', 'Enable', enable),
  onOff('SriovSupport', 'SR-IOV Support', 'Enabled'),
  onOff('ProcessorHyperThreadingDisable', 'Hyper-Threading', 'Enabled'),
  onOff('ProcessorLtsxEnable', 'Enable Intel(R) TXT', 'Disable', enable),
  onOff('EnableSgx', 'SW Guard Extensions (SGX)', 'Disabled'),
  onOff('TpmSupport', 'Security Device Support', 'Enable', enable),
  onOff('SecureBootSupport', 'Secure Boot', 'Disabled'),
  {
    name: 'ApplicationProfile',
    display: 'Application Profile',
    value: 'Disabled',
    values: [
      ['Disabled', 'Disabled'],
      ['Virtualization', 'Virtualization'],
      ['LowLatency', 'Low Latency'],
    ],
  },
  { name: 'SETUP001', display: 'Setup Prompt Timeout', value: 1 },
]

const registry = 'BiosAttributeRegistry041.0.4.1'
const system = '/redfish/v1/Systems/Node'

const spec: MachineSpec = {
  vendor: 'AMI',
  product: 'AMI Redfish Server',
  redfishVersion: '1.15.0',
  manufacturer: 'Lab Boards',
  model: 'MegaRAC-like (simulated)',
  biosVersion: 'LAB.1.4.1',
  serialPrefix: 'LABA',
  systemId: 'Node',
  chassisId: 'Node',
  managerId: 'Self',
  managerModel: 'MegaRAC',
  managerFirmware: '13.2.1',
  hardware: denseServer,
  resetTypes: ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart'],
  resetByActionInfo: true,
  boot: bootWith(['None', 'Pxe', 'Cd', 'Usb', 'Hdd', 'BiosSetup', 'UefiShell', 'UefiTarget', 'UefiHttp'], {
    httpBoot: true,
  }),
  expand: { ExpandAll: true, Levels: true, Links: true, MaxLevels: 5, NoLinks: true },
  sessionTimeoutSeconds: 30,
  accountSlots: 0,
  bios: {
    path: `${system}/Bios`,
    settingsPath: `${system}/Bios/SD`,
    settings: {},
    registry,
    attributes,
    file: { id: registry, registry, languages: ['en-US'] },
    registryId: 'BiosAttributeRegistry041.en-US.0.4.1',
    registryPath: '/redfish/v1/Registries/BiosAttributeRegistry041.en-US.0.4.1.json',
  },
  behaviour: {
    messages: 'Base.1.13',
    etag: 'weak',
    settingsTag: true,
    ifMatch: 'required',
    sessionLimit: 15,
    sessionLimitMessage: 'Base.1.13.SessionLimitExceeded',
    pendingShape: 'full',
  },
}

/**
 * A MegaRAC-like service: weak entity tags that a write must bring, a full copy of settings as pending, the names of
 * the reference code, and before the server an accelerator board that cannot be reset.
 */
export const buildAmi = (identity: Identity): Persona => {
  const builder = buildMachine(spec, identity)
  addVirtualMedia(
    builder,
    '/redfish/v1/Managers/Self',
    ['CD1', 'HD1'].map(id => ({
      id,
      mediaTypes: id === 'CD1' ? ['CD', 'DVD'] : ['USBStick'],
      actions: ['InsertMedia', 'EjectMedia'] as const,
    })),
  )
  const board = builder.add('/redfish/v1/Systems/Baseboard_0', 'ComputerSystem.v1_14_0', 'Accelerator board', {
    SystemType: 'Physical',
    Manufacturer: 'Lab Boards',
    Status: healthy,
    Links: { ManagedBy: [link('/redfish/v1/Managers/Self')] },
  })
  builder.collect('/redfish/v1/Systems', 'ComputerSystemCollection', [board, system])
  return { tree: builder.tree, behaviour: spec.behaviour }
}
