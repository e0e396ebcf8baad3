import { onOff } from './bios-resources.js'
import { bootWith, buildMachine } from './build.js'
import { edgeServer } from './hardware.js'
import type { BiosAttribute, Identity, MachineSpec } from './machine-spec.js'
import { addVirtualMedia } from './media-slots.js'
import type { Persona } from './personas.js'

// Values are served and written by their display names; the value names are bare numbers.
const enable = [
  ['1', 'Enable'],
  ['0', 'Disable'],
] as const
const enabled = [
  ['1', 'Enabled'],
  ['0', 'Disabled'],
] as const

const attributes: readonly BiosAttribute[] = [
  onOff('IntelVirtualizationTechnology_3C6F', 'Intel Virtualization Technology', 'Disable', enable),
  onOff('IntelVTforDirectedI_O_VT_d__1E32', 'Intel VT for Directed I/O (VT-d)', 'Disable', enable),
  onOff('SR_IOVSupport_0047', 'SR-IOV Support', 'Enabled', enabled),
  onOff('ExtendedAPIC_F281', 'Extended APIC', 'Enable', enable),
  onOff('Hyper_Threading_ALL__F27F', 'Hyper-Threading [ALL]', 'Enable', enable),
  onOff('TXTSupport_0062', 'TXT Support', 'Disable', enable),
  { name: 'QuietBoot_002D', display: 'Quiet Boot', value: true },
  { name: 'SecureBootEnable_0122', display: 'Secure Boot Enable', value: false },
  { name: 'CorrectableErrorThreshold_3C34', display: 'Correctable Error Threshold', value: 512 },
]

const spec: MachineSpec = {
  vendor: 'Supermicro',
  product: 'Supermicro BMC',
  redfishVersion: '1.11.0',
  manufacturer: 'Supermicro',
  model: 'SYS-620-like (simulated)',
  biosVersion: '1.5',
  serialPrefix: 'LABS',
  systemId: '1',
  chassisId: '1',
  managerId: '1',
  managerModel: 'ASPEED',
  managerFirmware: '01.02.10',
  hardware: edgeServer,
  resetTypes: ['On', 'ForceOff', 'GracefulShutdown', 'GracefulRestart', 'ForceRestart', 'Nmi', 'ForceOn', 'PowerCycle'],
  resetByActionInfo: true,
  boot: {
    ...bootWith(['None', 'Pxe', 'Floppy', 'Cd', 'Usb', 'Hdd', 'BiosSetup', 'UsbCd', 'UefiBootNext', 'UefiHttp'], {
      httpBoot: true,
    }),
    BootSourceOverrideTarget: 'Pxe',
  },
  expand: { ExpandAll: true, Levels: true, Links: true, MaxLevels: 2, NoLinks: true },
  sessionTimeoutSeconds: 300,
  accountSlots: 0,
  bios: {
    path: '/redfish/v1/Systems/1/Bios',
    settingsPath: '/redfish/v1/Systems/1/Bios/SD',
    settings: {},
    registry: 'BiosAttributeRegistry.v1_0_0',
    attributes,
    file: { id: 'BiosAttributeRegistry', registry: 'BiosAttributeRegistry.1.0.0', languages: ['en'] },
    registryId: 'BiosAttributeRegistry.1_0_0',
    registryPath: '/registries/BiosAttributeRegistry.1.0.0.json',
  },
  behaviour: {
    messages: 'Base.1.10',
    etag: 'strong',
    etagInBody: true,
    ifMatch: 'checked',
    sessionLimit: 16,
    sessionLimitMessage: 'Base.1.10.SessionLimitExceeded',
    bootNeedsEnabled: true,
    bootClearsTarget: false,
    cdTargets: ['UsbCd'],
    insertOnlyImage: true,
    pendingShape: 'absent',
    biosHiddenDuringPost: true,
  },
}

/** An X12-like service: display names as values, a registry outside /redfish/v1, EjectMedia only while inserted. */
export const buildSupermicro = (identity: Identity): Persona => {
  const builder = buildMachine(spec, identity)
  addVirtualMedia(
    builder,
    '/redfish/v1/Managers/1',
    ['VirtualMedia1', 'VirtualMedia2'].map(id => ({
      id,
      mediaTypes: ['CD', 'DVD', 'Floppy', 'USBStick'],
      actions: ['InsertMedia'] as const,
    })),
  )
  return { tree: builder.tree, behaviour: spec.behaviour }
}
