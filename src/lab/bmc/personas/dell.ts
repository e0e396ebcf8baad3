import { objectAt } from '../json.js'
import type { Persona } from './personas.js'
import { onOff } from './bios-resources.js'
import { bootWith, buildMachine } from './build.js'
import { link } from './builder.js'
import { denseServer } from './hardware.js'
import type { BiosAttribute, Identity, MachineSpec } from './machine-spec.js'
import { addVirtualMedia } from './media-slots.js'

const system = '/redfish/v1/Systems/System.Embedded.1'
const manager = '/redfish/v1/Managers/iDRAC.Embedded.1'

const attributes: readonly BiosAttribute[] = [
  onOff('ProcVirtualization', 'Virtualization Technology', 'Disabled'),
  onOff('SriovGlobalEnable', 'SR-IOV Global Enable', 'Disabled'),
  onOff('ProcX2Apic', 'x2APIC Mode', 'Enabled'),
  onOff('LogicalProc', 'Logical Processor', 'Enabled'),
  {
    name: 'BootMode',
    display: 'Boot Mode',
    value: 'Uefi',
    values: [
      ['Uefi', 'UEFI'],
      ['Bios', 'BIOS'],
    ],
  },
  onOff('SecureBoot', 'Secure Boot', 'Disabled'),
  {
    name: 'TpmSecurity',
    display: 'TPM Security',
    value: 'On',
    values: [
      ['On', 'On'],
      ['Off', 'Off'],
    ],
  },
  {
    name: 'IntelTxt',
    display: 'Intel TXT',
    value: 'Off',
    values: [
      ['On', 'On'],
      ['Off', 'Off'],
    ],
  },
  {
    name: 'SysProfile',
    display: 'System Profile',
    value: 'PerfPerWattOptimizedDapc',
    values: [
      ['PerfPerWattOptimizedDapc', 'Performance Per Watt (DAPC)'],
      ['PerfOptimized', 'Performance'],
      ['Custom', 'Custom'],
    ],
  },
  { name: 'AcPwrRcvryUserDelay', display: 'User Defined Delay', value: 120 },
  { name: 'SystemBiosVersion', display: 'System BIOS Version', value: '1.9.0', readOnly: true },
]

const spec: MachineSpec = {
  vendor: 'Dell',
  product: 'Integrated Dell Remote Access Controller',
  redfishVersion: '1.13.1',
  manufacturer: 'Dell Inc.',
  model: 'PowerEdge R750-like (simulated)',
  biosVersion: '1.9.0',
  serialPrefix: 'LABD',
  systemId: 'System.Embedded.1',
  chassisId: 'System.Embedded.1',
  managerId: 'iDRAC.Embedded.1',
  managerModel: '15G Monolithic',
  managerFirmware: '6.10.00.00',
  hardware: denseServer,
  resetTypes: [
    'On',
    'ForceOff',
    'ForceRestart',
    'GracefulRestart',
    'GracefulShutdown',
    'PushPowerButton',
    'Nmi',
    'PowerCycle',
  ],
  resetByActionInfo: false,
  boot: bootWith(['None', 'Pxe', 'Cd', 'Hdd', 'BiosSetup', 'UefiTarget', 'UefiHttp']),
  expand: { ExpandAll: true, Levels: true, Links: true, MaxLevels: 1, NoLinks: true },
  sessionTimeoutSeconds: 1800,
  accountSlots: 16,
  bios: {
    path: `${system}/Bios`,
    settingsPath: `${system}/Bios/Settings`,
    settings: { SupportedApplyTimes: ['OnReset', 'AtMaintenanceWindowStart', 'InMaintenanceWindowOnReset'] },
    registry: 'BiosAttributeRegistry.v1_0_3',
    attributes,
    file: { id: 'BiosAttributeRegistry.v1_0_0', registry: 'BiosAttributeRegistry.v1_0_0', languages: ['En'] },
    registryId: 'BiosAttributeRegistry.v1_0_3',
    registryPath: `${system}/Bios/BiosRegistry`,
  },
  behaviour: {
    messages: 'IDRAC.2.8',
    extendedInfoAsObject: true,
    actionsRefuseIfMatch: true,
    sessionLimit: 8,
    sessionDeleteStatus: 200,
    sessionLimitMessage: 'IDRAC.2.8.RAC0218',
    resetWhenThere: 'conflict',
    staleInsertedMs: 300,
    pendingShape: 'empty',
    biosWrite: 'job',
  },
}

/** An iDRAC9-like service: jobs for BIOS settings, virtual media at the system and the manager, no entity tags. */
export const buildDell = (identity: Identity): Persona => {
  const builder = buildMachine(spec, identity)
  addVirtualMedia(
    builder,
    system,
    ['1', '2'].map(id => ({
      id,
      mediaTypes: ['CD', 'DVD', 'USBStick'],
      actions: ['InsertMedia', 'EjectMedia'] as const,
    })),
  )
  addVirtualMedia(builder, manager, [
    { id: 'CD', mediaTypes: ['CD', 'DVD'], actions: ['InsertMedia', 'EjectMedia'] },
    { id: 'RemovableDisk', mediaTypes: ['USBStick'], actions: ['InsertMedia', 'EjectMedia'] },
  ])
  const jobs = builder.collect(`${manager}/Oem/Dell/Jobs`, 'DellJobCollection', [])
  const plainJobs = builder.collect('/redfish/v1/JobService/Jobs', 'JobCollection', [])
  builder.add('/redfish/v1/JobService', 'JobService.v1_0_0', 'Job service', {
    ServiceEnabled: true,
    Jobs: link(plainJobs),
  })
  builder.extend('/redfish/v1', { JobService: link('/redfish/v1/JobService') })
  builder.tree.update(manager, body => ({
    ...body,
    Links: { ...objectAt(body, 'Links'), Oem: { Dell: { Jobs: link(jobs) } } },
  }))
  return { tree: builder.tree, behaviour: spec.behaviour }
}
