import { onOff } from './bios-resources.js'
import { bootWith, buildMachine } from './build.js'
import { link } from './builder.js'
import { edgeServer } from './hardware.js'
import type { BiosAttribute, Identity, MachineSpec } from './machine-spec.js'
import { addVirtualMedia } from './media-slots.js'
import type { Persona } from './personas.js'

const attributes: readonly BiosAttribute[] = [
  onOff('Processors_IntelVirtualizationTechnology', 'Intel Virtualization Technology', 'Disabled'),
  onOff('DevicesandIOPorts_IntelVTforDirectedIOVTd', 'Intel VT for Directed I/O (VT-d)', 'Disabled'),
  onOff('DevicesandIOPorts_SRIOV', 'SRIOV', 'Enabled'),
  onOff('Processors_HyperThreading', 'Hyper-Threading', 'Enabled'),
  onOff('Processors_TrustedExecutionTechnology', 'Trusted Execution Technology', 'Disabled'),
  onOff('BootModes_SystemBootMode', 'System Boot Mode', 'UEFIMode', [
    ['UEFIMode', 'UEFI Mode'],
    ['LegacyMode', 'Legacy Mode'],
  ]),
  {
    name: 'OperatingModes_ChooseOperatingMode',
    display: 'Choose Operating Mode',
    value: 'MaximumEfficiency',
    values: [
      ['MaximumEfficiency', 'Maximum Efficiency'],
      ['MaximumPerformance', 'Maximum Performance'],
      ['CustomMode', 'Custom Mode'],
    ],
  },
  { name: 'Power_PowerRestoreDelay', display: 'Power Restore Delay', value: 30 },
]

const registry = 'BiosAttributeRegistry.1.0.0'

const spec: MachineSpec = {
  vendor: 'Lenovo',
  product: 'Lenovo XClarity Controller',
  redfishVersion: '1.15.0',
  manufacturer: 'Lenovo',
  model: 'ThinkSystem SR650 V2-like (simulated)',
  biosVersion: 'LAB1.40',
  serialPrefix: 'LABL',
  systemId: '1',
  chassisId: '1',
  managerId: '1',
  managerModel: 'Lenovo XClarity Controller',
  managerFirmware: 'LABX40 2.90',
  hardware: edgeServer,
  resetTypes: ['On', 'Nmi', 'GracefulShutdown', 'GracefulRestart', 'ForceOn', 'ForceOff', 'ForceRestart'],
  resetByActionInfo: true,
  boot: bootWith(['None', 'Pxe', 'Cd', 'Usb', 'Hdd', 'BiosSetup', 'UefiTarget', 'UefiHttp'], {
    enabled: ['Once', 'Disabled'],
    httpBoot: true,
  }),
  expand: { ExpandAll: true, Levels: true, Links: true, MaxLevels: 2, NoLinks: true },
  sessionTimeoutSeconds: 300,
  accountSlots: 0,
  bios: {
    path: '/redfish/v1/Systems/1/Bios',
    settingsPath: '/redfish/v1/Systems/1/Bios/Pending',
    settings: { Messages: [] },
    registry,
    attributes,
    dependencies: [
      {
        when: ['Processors_TrustedExecutionTechnology', 'Enabled'],
        then: ['Processors_IntelVirtualizationTechnology', 'GrayOut', true],
      },
    ],
    file: { id: registry, registry, languages: ['en'] },
    registryId: registry,
    registryPath: `/redfish/v1/schemas/registries/${registry}.json`,
  },
  behaviour: {
    messages: 'Base.1.12',
    etag: 'strong',
    etagInBody: true,
    settingsTag: true,
    ifMatch: 'required',
    sessionLimit: 16,
    sessionLimitMessage: 'Base.1.12.SessionLimitExceeded',
    showsTransitions: true,
    pendingShape: 'full',
    biosWrite: 'task',
  },
}

/**
 * An XCC-like service: If-Match demanded, overrides only once, slots without actions that are patched next to slots
 * with them, and BIOS writes that answer with a task which hands over to a job.
 */
export const buildLenovo = (identity: Identity): Persona => {
  const builder = buildMachine(spec, identity)
  const any = ['CD', 'DVD', 'Floppy', 'USBStick'] as const
  addVirtualMedia(builder, '/redfish/v1/Managers/1', [
    ...['EXT1', 'EXT2', 'EXT3', 'EXT4'].map(id => ({ id, mediaTypes: any, actions: [] })),
    ...['Remote1', 'Remote2'].map(id => ({ id, mediaTypes: any, actions: ['InsertMedia', 'EjectMedia'] as const })),
  ])
  const jobs = builder.collect('/redfish/v1/JobService/Jobs', 'JobCollection', [])
  builder.add('/redfish/v1/JobService', 'JobService.v1_0_0', 'Job service', { ServiceEnabled: true, Jobs: link(jobs) })
  builder.extend('/redfish/v1', { JobService: link('/redfish/v1/JobService') })
  return { tree: builder.tree, behaviour: spec.behaviour }
}
