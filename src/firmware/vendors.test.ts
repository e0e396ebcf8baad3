import { describe, expect, it } from 'vitest'
import type { KnobName, Wish } from '../../api/metal/firmware-profile.js'
import type { KnobOutcome } from '../../api/metal/host-firmware.js'
import { attributeRegistry, biosSnapshot, registryAttribute } from '../../test/support/bios-snapshot.js'
import { loadFirmwareKnowledge } from './data.js'
import type { BiosSnapshot } from './model.js'
import { resolveKnob } from './resolve.js'

const knowledge = loadFirmwareKnowledge()

type Values = readonly (string | readonly [string, string])[]

/** attribute: [value served, values listed by the registry, display name] */
type Bios = Readonly<
  Record<string, readonly [value: unknown, listed?: Values | undefined, displayName?: string | undefined]>
>

const server = (vendor: string, product: string | undefined, bios: Bios, registry: boolean): BiosSnapshot =>
  biosSnapshot({
    vendor,
    product,
    attributes: Object.fromEntries(
      Object.entries(bios).flatMap(([name, [value]]) => (value === undefined ? [] : [[name, value] as const])),
    ),
    registry: registry
      ? attributeRegistry(
          Object.entries(bios).flatMap(([name, [, values, displayName]]) =>
            values === undefined ? [] : [registryAttribute(name, values, { displayName })],
          ),
        )
      : undefined,
  })

type Expected = readonly [outcome: KnobOutcome, attribute?: string, written?: unknown]

interface Row {
  readonly name: string
  readonly server: BiosSnapshot
  readonly on: Readonly<Partial<Record<KnobName, Expected>>>
  readonly off?: Readonly<Partial<Record<KnobName, Expected>>>
  /** Of knobs that are no switches. */
  readonly choices?: readonly (readonly [knob: KnobName, wish: Wish, ...Expected])[]
}

const enabled: Values = ['Enabled', 'Disabled']
const enable: Values = ['Enable', 'Disable']
// Supermicro numbers its value names as it likes and serves the labels.
const labelled: Values = [
  ['0', 'Disable'],
  ['1', 'Enable'],
]
const labelledBackwards: Values = [
  ['0', 'Enable'],
  ['1', 'Disable'],
]

const dell: Bios = {
  ProcVirtualization: ['Disabled', enabled, 'Virtualization Technology'],
  SriovGlobalEnable: ['Disabled', enabled, 'SR-IOV Global Enable'],
  ProcX2Apic: ['Disabled', enabled, 'x2APIC Mode'],
  LogicalProc: ['Enabled', enabled, 'Logical Processor'],
  SysMemSize: ['256 GB', []],
}

const hpe: Bios = {
  ProcVirtualization: ['Disabled', enabled, 'Intel(R) Virtualization Technology (Intel VT)'],
  IntelProcVtd: ['Disabled', enabled, 'Intel(R) VT-d'],
  Sriov: ['Enabled', enabled, 'SR-IOV'],
  ProcHyperthreading: ['Enabled', enabled, 'Intel(R) Hyper-Threading'],
}
const hpeWithout = (...gone: string[]): Bios =>
  Object.fromEntries(Object.entries(hpe).filter(([name]) => !gone.includes(name)))

const lenovo = (values: Values): Bios => ({
  Processors_IntelVirtualizationTechnology: [values[1], values],
  DevicesandIOPorts_IntelVTforDirectedIOVTd: [values[1], values],
  Processors_HyperThreading: [values[0], values],
})

const ami: Bios = {
  ProcessorVmxEnable: ['Disable', enable, 'VMX'],
  VTdSupport: ['Disable', enable, 'Intel VT for Directed I/O (VT-d)'],
  SRIOVEnable: ['Disable', enable, 'SR-IOV'],
  SriovSupport: ['Enabled', enabled, 'SR-IOV Support'],
  ProcessorHyperThreadingDisable: ['Disabled', enabled, 'Hyper-Threading'],
}

const cisco: Bios = {
  IntelVT: ['Disabled'],
  IntelVTD: ['Disabled'],
  SrIov: ['Enabled'],
  LocalX2Apic: ['XAPIC'],
  IntelHyperThread: ['Enabled'],
}

const words = (...values: string[]): Values => values
const modes = (uefi: string, legacy: string): Values => [uefi, legacy]
const onOffWords: Values = ['On', 'Off']

// Rows of tables 1.2 and 1.3 of what is known about BIOS attributes: boot mode, security, profiles.
const securityRows: Row[] = [
  {
    name: 'Dell 15G: security by On and Off, two kinds of profiles',
    server: server(
      'dell',
      'iDRAC9',
      {
        BootMode: ['Bios', modes('Uefi', 'Bios'), 'Boot Mode'],
        SecureBoot: ['Disabled', enabled, 'Secure Boot'],
        SecureBootMode: ['DeployedMode', ['UserMode', 'DeployedMode'], 'Secure Boot Mode'],
        TpmSecurity: ['Off', onOffWords, 'TPM Security'],
        Tpm2Hierarchy: ['Enabled', enabled, 'TPM Hierarchy'],
        IntelTxt: ['Off', onOffWords, 'Intel(R) TXT'],
        IntelSgx: ['Off', ['Off'], 'Intel(R) SGX'],
        SysProfile: ['Custom', words('PerfOptimized', 'PerfPerWattOptimizedDapc', 'PerfPerWattOptimizedOs', 'Custom')],
        WorkloadProfile: ['NotConfigured', words('NotConfigured', 'VtOptimizedProfile', 'TelcoOptimizedProfile')],
      },
      true,
    ),
    on: {
      secureBoot: ['Change', 'SecureBoot', 'Enabled'],
      tpm: ['Change', 'TpmSecurity', 'On'],
      txt: ['Change', 'IntelTxt', 'On'],
      sgx: ['ReadOnly', 'IntelSgx'],
      tdx: ['NotExposed'],
    },
    off: { sgx: ['AlreadySet', 'IntelSgx'], txt: ['AlreadySet', 'IntelTxt'] },
    choices: [
      ['bootMode', 'UEFI', 'Change', 'BootMode', 'Uefi'],
      ['bootMode', 'Legacy', 'AlreadySet', 'BootMode'],
      ['workloadProfile', 'Performance', 'Change', 'SysProfile', 'PerfOptimized'],
      ['workloadProfile', 'Efficient', 'Change', 'SysProfile', 'PerfPerWattOptimizedDapc'],
      ['workloadProfile', 'Custom', 'AlreadySet', 'SysProfile'],
      ['workloadProfile', 'Virtualization', 'Unknown', 'WorkloadProfile'],
    ],
  },
  {
    name: 'Dell with BootMode gone (17G): what is not there is not exposed',
    server: server('dell', 'iDRAC10', dell, true),
    on: { secureBoot: ['NotExposed'], tpm: ['NotExposed'] },
    choices: [['bootMode', 'UEFI', 'NotExposed']],
  },
  {
    name: 'HPE Gen10 Plus: the TPM is seen or hidden, and secure boot is locked as an attribute',
    server: server(
      'hpe',
      'iLO 5',
      {
        BootMode: ['LegacyBios', modes('Uefi', 'LegacyBios')],
        TpmState: ['PresentEnabled', ['NotPresent', 'PresentDisabled', 'PresentEnabled'], 'Current TPM State'],
        TpmVisibility: ['Hidden', ['Hidden', 'Visible'], 'TPM Visibility'],
        IntelTxt: ['Disabled', enabled],
        SgxEnable: ['Disabled', ['Disabled', 'Enabled', 'FactoryReset']],
        WorkloadProfile: [
          'Custom',
          words('LowLatency', 'Virtualization-MaxPerformance', 'Virtualization-PowerEfficient', 'Custom'),
        ],
      },
      true,
    ),
    on: {
      tpm: ['Change', 'TpmVisibility', 'Visible'],
      sgx: ['Change', 'SgxEnable', 'Enabled'],
      txt: ['Change', 'IntelTxt', 'Enabled'],
    },
    off: { tpm: ['AlreadySet', 'TpmVisibility'] },
    choices: [
      ['bootMode', 'UEFI', 'Change', 'BootMode', 'Uefi'],
      ['workloadProfile', 'Virtualization', 'Change', 'WorkloadProfile', 'Virtualization-MaxPerformance'],
      ['workloadProfile', 'LowLatency', 'Change', 'WorkloadProfile', 'LowLatency'],
      ['workloadProfile', 'Balanced', 'NotExposed'],
    ],
  },
  {
    name: 'HPE Gen11: UEFI only, and TDX',
    server: server('hpe', 'iLO 6', { TdxEnable: ['Disabled', enabled], TdxSeamldrEnable: ['Disabled', enabled] }, true),
    on: { tdx: ['Change', 'TdxEnable', 'Enabled'] },
    choices: [
      ['bootMode', 'UEFI', 'Implied'],
      ['bootMode', 'Legacy', 'ReadOnly'],
    ],
  },
  {
    name: 'Lenovo V2 and later: groups before the names',
    server: server(
      'lenovo',
      'XCC3',
      {
        BootModes_SystemBootMode: ['LegacyMode', modes('UEFIMode', 'LegacyMode')],
        SecureBootConfiguration_SecureBootSetting: ['Disabled', enabled],
        SecureBootConfiguration_SecureBootMode: ['SetupMode', ['SetupMode', 'UserMode']],
        Processors_TrustedExecutionTechnology: ['Disabled', enabled],
        Processors_SWGuardExtensions: ['Disabled', enabled],
        Processors_TrustDomainExtensionTDX: ['Disabled', enabled],
        Processors_TotalMemoryEncryption: ['Disabled', enabled],
        Processors_APICMode: ['Auto', words('x2APIC', 'Auto')],
        OperatingModes_ChooseOperatingMode: [
          'MaximumPerformance',
          words('MaximumPerformance', 'Efficiency_FavorPerformance', 'Efficiency_FavorPower', 'CustomMode'),
        ],
      },
      true,
    ),
    on: {
      secureBoot: ['Change', 'SecureBootConfiguration_SecureBootSetting', 'Enabled'],
      txt: ['Change', 'Processors_TrustedExecutionTechnology', 'Enabled'],
      sgx: ['Change', 'Processors_SWGuardExtensions', 'Enabled'],
      tdx: ['Change', 'Processors_TrustDomainExtensionTDX', 'Enabled'],
      x2apic: ['AlreadySet', 'Processors_APICMode'],
    },
    choices: [
      ['bootMode', 'UEFI', 'Change', 'BootModes_SystemBootMode', 'UEFIMode'],
      ['workloadProfile', 'Balanced', 'Change', 'OperatingModes_ChooseOperatingMode', 'Efficiency_FavorPerformance'],
      ['workloadProfile', 'Efficient', 'Change', 'OperatingModes_ChooseOperatingMode', 'Efficiency_FavorPower'],
      ['workloadProfile', 'Custom', 'Change', 'OperatingModes_ChooseOperatingMode', 'CustomMode'],
    ],
  },
  {
    name: 'Supermicro X12: the boot mode goes before the module for the old way',
    server: server(
      'supermicro',
      'Supermicro BMC',
      {
        BootModeSelect: ['DUAL', words('LEGACY', 'UEFI', 'DUAL')],
        CSMSupport: ['Enabled', enabled, 'CSM Support'],
      },
      true,
    ),
    on: {},
    choices: [['bootMode', 'UEFI', 'Change', 'BootModeSelect', 'UEFI']],
  },
  {
    name: 'Supermicro X13: the module alone, whose sense is turned round',
    server: server(
      'supermicro',
      'Supermicro BMC',
      {
        CSMSupport_0121: [
          'Enabled',
          [
            ['0', 'Disabled'],
            ['1', 'Enabled'],
          ],
          'CSM Support',
        ],
        SecureBootEnable_0122: [false],
        SecurityDeviceSupport_005A: ['Disable', labelled, '  Security Device Support'],
        SecurityDeviceSupport_0063: ['Enable', labelled, '  Security Device Support'],
        TXTSupport_0062: ['Disabled', enabled, '  TXT Support'],
        TrustDomainExtension_TDX__3C79: ['Disabled', enabled, 'Trust Domain Extension (TDX)'],
        TDXSecureArbitrationModeLoader_SEAMLoader__3C7A: ['Disabled', enabled],
        SWGuardExtensions_SGX__F308: ['Disabled', enabled, 'SW Guard Extensions (SGX)'],
        SGXQoS_F30C: ['Disabled', enabled, 'SGX QoS'],
      },
      true,
    ),
    on: {
      secureBoot: ['Change', 'SecureBootEnable_0122', true],
      tpm: ['Change', 'SecurityDeviceSupport_005A', 'Enable'],
      txt: ['Change', 'TXTSupport_0062', 'Enabled'],
      tdx: ['Change', 'TrustDomainExtension_TDX__3C79', 'Enabled'],
      sgx: ['Change', 'SWGuardExtensions_SGX__F308', 'Enabled'],
    },
    choices: [
      ['bootMode', 'UEFI', 'Change', 'CSMSupport_0121', 'Disabled'],
      ['bootMode', 'Legacy', 'AlreadySet', 'CSMSupport_0121'],
    ],
  },
  {
    name: 'Supermicro of the older spelling, without registry',
    server: server(
      'supermicro',
      'Supermicro BMC',
      {
        'IntelVirtualizationTechnology#3C2E': ['Disable'],
        'SR-IOVSupport#0048': ['Disabled'],
        'CSMSupport#0120': ['Enabled'],
      },
      false,
    ),
    on: {
      vtx: ['Change', 'IntelVirtualizationTechnology#3C2E', 'Enable'],
      sriov: ['Change', 'SR-IOVSupport#0048', 'Enabled'],
    },
    choices: [['bootMode', 'UEFI', 'Change', 'CSMSupport#0120', 'Disabled']],
  },
  {
    name: 'AMI of the reference code: TXT under the name of its register',
    server: server(
      'ami',
      'MegaRAC',
      {
        SecureBootSupport: ['Disabled', enabled],
        TpmSupport: ['Disable', enable],
        ProcessorLtsxEnable: ['Disable', enable, 'Enable Intel(R) TXT'],
        EnableSgx: ['Disabled', enabled],
        ApplicationProfile: ['Disabled', words('Disabled', 'Virtualization', 'LowLatency')],
        WorkLdConfig: ['Balanced', words('Balanced', 'IOSensitive')],
      },
      true,
    ),
    on: {
      secureBoot: ['Change', 'SecureBootSupport', 'Enabled'],
      tpm: ['Change', 'TpmSupport', 'Enable'],
      txt: ['Change', 'ProcessorLtsxEnable', 'Enable'],
      sgx: ['Change', 'EnableSgx', 'Enabled'],
    },
    choices: [
      ['workloadProfile', 'Virtualization', 'Change', 'ApplicationProfile', 'Virtualization'],
      ['workloadProfile', 'Balanced', 'AlreadySet', 'WorkLdConfig'],
      ['bootMode', 'UEFI', 'NotExposed'],
    ],
  },
  {
    name: 'AMI of the tokens',
    server: server(
      'ami',
      'MegaRAC',
      { VMXEN: ['Disable', enable], PCIS007: ['PCIS007Disabled', ['PCIS007Enabled', 'PCIS007Disabled']] },
      true,
    ),
    on: { vtx: ['Change', 'VMXEN', 'Enable'], sriov: ['Change', 'PCIS007', 'PCIS007Enabled'] },
  },
  {
    name: 'Cisco M5: no boot mode, no SR-IOV, and profiles only by registry',
    server: server(
      'cisco',
      'CIMC',
      {
        ...cisco,
        SrIov: [undefined],
        TPMControl: ['Disabled'],
        TXTSupport: ['Enabled'],
        CpuPerformanceProfile: ['Enterprise'],
      },
      false,
    ),
    on: {
      tpm: ['Change', 'TPMControl', 'Enabled'],
      txt: ['AlreadySet', 'TXTSupport'],
      sriov: ['NotExposed'],
      secureBoot: ['NotExposed'],
    },
    choices: [
      ['bootMode', 'UEFI', 'NotExposed'],
      ['workloadProfile', 'Performance', 'Unknown', 'CpuPerformanceProfile'],
    ],
  },
  {
    name: 'Intel S2600: numbers of which nothing tells the meaning',
    server: server(
      'intel',
      'Intel BMC',
      { BootMode: [1], TpmOperation: [1], Tpm2Operation: [0], SecureBootEnableFlag: [0] },
      false,
    ),
    on: { tpm: ['Unknown'], secureBoot: ['Change', 'SecureBootEnableFlag', 1], txt: ['NotExposed'] },
    choices: [['bootMode', 'UEFI', 'Unknown', 'BootMode']],
  },
  {
    name: 'Fujitsu: keys of its configuration, should they come over Redfish',
    server: server(
      'fujitsu',
      'iRMC S5',
      { CpuConfig_VtEnabled: [false], CpuConfig_HyperThreadingEnabled: [true] },
      false,
    ),
    on: { vtx: ['Change', 'CpuConfig_VtEnabled', true], ht: ['AlreadySet', 'CpuConfig_HyperThreadingEnabled'] },
  },
  {
    name: 'Boards of makers without a table: names of the reference code',
    server: server(
      'generic',
      undefined,
      { VMXEN: ['Disable'], VTdSupport: ['Disable'], SRIOVEnable: ['Enable'] },
      false,
    ),
    on: {
      vtx: ['Change', 'VMXEN', 'Enable'],
      vtd: ['Change', 'VTdSupport', 'Enable'],
      sriov: ['AlreadySet', 'SRIOVEnable'],
    },
  },
  {
    name: 'Any board with a SecureBoot resource: it goes before all attributes',
    server: server(
      'dell',
      'iDRAC9',
      { 'SecureBoot/SecureBootEnable': [false], SecureBoot: ['Enabled', enabled] },
      true,
    ),
    on: { secureBoot: ['Change', 'SecureBoot/SecureBootEnable', true] },
    off: { secureBoot: ['AlreadySet', 'SecureBoot/SecureBootEnable'] },
  },
]

const rows: Row[] = [
  {
    name: 'Dell with iDRAC9: VT-d has no attribute and follows virtualization',
    server: server('dell', 'iDRAC9', dell, true),
    on: {
      vtx: ['Change', 'ProcVirtualization', 'Enabled'],
      sriov: ['Change', 'SriovGlobalEnable', 'Enabled'],
      x2apic: ['Change', 'ProcX2Apic', 'Enabled'],
      ht: ['AlreadySet', 'LogicalProc'],
    },
    off: { ht: ['Change', 'LogicalProc', 'Disabled'], vtx: ['AlreadySet', 'ProcVirtualization'] },
  },
  {
    name: 'Dell with iDRAC8: the usual names are found, and nothing is claimed about VT-d',
    server: server('dell', 'iDRAC8', dell, true),
    on: { vtx: ['Change', 'ProcVirtualization', 'Enabled'], vtd: ['NotExposed'] },
  },
  {
    name: 'Dell with iDRAC10: the names of iDRAC9',
    server: server('dell', 'iDRAC10', dell, true),
    on: { vtx: ['Change', 'ProcVirtualization', 'Enabled'], sriov: ['Change', 'SriovGlobalEnable', 'Enabled'] },
  },
  {
    name: 'HPE Gen10 Plus: ForceEnabled counts as on and Enabled is preferred',
    server: server(
      'hpe',
      'iLO 5',
      { ...hpe, ProcX2Apic: ['Disabled', [['ForceEnabled', 'Force Enabled'], ...enabled]] },
      true,
    ),
    on: {
      vtx: ['Change', 'ProcVirtualization', 'Enabled'],
      vtd: ['Change', 'IntelProcVtd', 'Enabled'],
      sriov: ['AlreadySet', 'Sriov'],
      x2apic: ['Change', 'ProcX2Apic', 'Enabled'],
      ht: ['AlreadySet', 'ProcHyperthreading'],
    },
  },
  {
    name: 'HPE Gen11: x2APIC knows no Disabled',
    server: server('hpe', 'iLO 6', { ...hpe, ProcX2Apic: ['Auto', ['Auto', 'ForceEnabled']] }, true),
    on: { x2apic: ['AlreadySet', 'ProcX2Apic'], vtd: ['Change', 'IntelProcVtd', 'Enabled'] },
    off: { x2apic: ['ReadOnly', 'ProcX2Apic'] },
  },
  {
    name: 'HPE Gen12 that no longer serves VT-d',
    server: server('hpe', 'iLO 7', hpeWithout('IntelProcVtd'), true),
    on: { vtd: ['Implied'], x2apic: ['NotExposed'], vtx: ['Change', 'ProcVirtualization', 'Enabled'] },
    off: { vtd: ['ReadOnly'] },
  },
  {
    name: 'HPE Gen12 that serves VT-d without listing it: a write would be refused',
    server: server('hpe', 'iLO 7', { ...hpeWithout('IntelProcVtd'), IntelProcVtd: ['Enabled'] }, true),
    on: { vtd: ['Implied'] },
    off: { vtd: ['ReadOnly'] },
  },
  {
    name: 'HPE with AMD processors',
    server: server('hpe', 'iLO 5', { ProcAmdIoVt: ['Disabled', enabled], ProcSMT: ['Enabled', enabled] }, true),
    on: { vtd: ['Change', 'ProcAmdIoVt', 'Enabled'], ht: ['AlreadySet', 'ProcSMT'], vtx: ['NotExposed'] },
  },
  {
    name: 'Lenovo V2',
    server: server('lenovo', 'XCC', { ...lenovo(enabled), DevicesandIOPorts_SRIOV: ['Disabled', enabled] }, true),
    on: {
      vtx: ['Change', 'Processors_IntelVirtualizationTechnology', 'Enabled'],
      vtd: ['Change', 'DevicesandIOPorts_IntelVTforDirectedIOVTd', 'Enabled'],
      sriov: ['Change', 'DevicesandIOPorts_SRIOV', 'Enabled'],
      x2apic: ['NotExposed'],
      ht: ['AlreadySet', 'Processors_HyperThreading'],
    },
  },
  {
    name: 'Lenovo with older firmware: no SR-IOV attribute',
    server: server('lenovo', 'XCC', lenovo(enabled), true),
    on: { sriov: ['NotExposed'] },
  },
  {
    name: 'Lenovo of the first Scalable generation: Enable and Disable',
    server: server('lenovo', 'XCC', lenovo(enable), true),
    on: { vtx: ['Change', 'Processors_IntelVirtualizationTechnology', 'Enable'] },
    off: { ht: ['Change', 'Processors_HyperThreading', 'Disable'] },
  },
  {
    name: 'Lenovo XCC3: the APIC mode is x2APIC or Auto',
    server: server('lenovo', 'XCC3', { Processors_APICMode: ['Auto', ['x2APIC', 'Auto']] }, true),
    on: { x2apic: ['AlreadySet', 'Processors_APICMode'] },
    off: { x2apic: ['ReadOnly', 'Processors_APICMode'] },
  },
  {
    name: 'Supermicro X13: suffixes are passed over and labels are written, also where the numbers are the other way round',
    server: server(
      'supermicro',
      'Supermicro BMC',
      {
        IntelVirtualizationTechnology_3C6F: ['Disable', labelled],
        IntelVTforDirectedI_O_VT_d__1E32: ['Disable', labelled],
        SR_IOVSupport_0047: [
          'Disabled',
          [
            ['0', 'Disabled'],
            ['1', 'Enabled'],
          ],
        ],
        ExtendedAPIC_F281: ['Enable', labelled],
        Hyper_Threading_ALL__F27F: ['Disable', labelledBackwards],
      },
      true,
    ),
    on: {
      vtx: ['Change', 'IntelVirtualizationTechnology_3C6F', 'Enable'],
      vtd: ['Change', 'IntelVTforDirectedI_O_VT_d__1E32', 'Enable'],
      sriov: ['Change', 'SR_IOVSupport_0047', 'Enabled'],
      x2apic: ['AlreadySet', 'ExtendedAPIC_F281'],
      ht: ['Change', 'Hyper_Threading_ALL__F27F', 'Enable'],
    },
    off: { ht: ['AlreadySet', 'Hyper_Threading_ALL__F27F'] },
  },
  {
    name: 'Supermicro with the older spelling and no registry',
    server: server(
      'supermicro',
      undefined,
      {
        'IntelVirtualizationTechnology#3C2E': ['Disable'],
        'IntelVTforDirectedI/O(VT-d)#1E12': ['Disable'],
        'SR-IOVSupport#0048': ['Disabled'],
      },
      false,
    ),
    on: {
      vtx: ['Change', 'IntelVirtualizationTechnology#3C2E', 'Enable'],
      vtd: ['Change', 'IntelVTforDirectedI/O(VT-d)#1E12', 'Enable'],
      sriov: ['Change', 'SR-IOVSupport#0048', 'Enabled'],
    },
  },
  {
    name: 'Supermicro X12 without suffix',
    server: server('supermicro', 'Supermicro BMC', { IntelVirtualizationTechnology: ['Enable', labelled] }, true),
    on: { vtx: ['AlreadySet', 'IntelVirtualizationTechnology'] },
  },
  {
    name: 'Supermicro X10, which serves no BIOS settings at all',
    server: server('supermicro', 'Supermicro BMC', {}, false),
    on: { vtx: ['NotExposed'], vtd: ['NotExposed'], ht: ['NotExposed'] },
  },
  {
    name: 'Intel S2600: bare numbers, no registry, and a name that reads inverted',
    server: server(
      'intel',
      'Intel BMC',
      { ProcessorVmxEnable: [0], VTdSupport: [0], SRIOVEnable: [1], ProcessorHyperThreadingDisable: [1] },
      false,
    ),
    on: {
      vtx: ['Change', 'ProcessorVmxEnable', 1],
      vtd: ['Change', 'VTdSupport', 1],
      sriov: ['AlreadySet', 'SRIOVEnable'],
      x2apic: ['NotExposed'],
      ht: ['Unknown', 'ProcessorHyperThreadingDisable'],
    },
    off: { ht: ['Unknown', 'ProcessorHyperThreadingDisable'], sriov: ['Change', 'SRIOVEnable', 0] },
  },
  {
    name: 'AMI MegaRAC with reference-code names: two attributes for SR-IOV, and a label that explains hyper-threading',
    server: server('ami', 'MegaRAC', ami, true),
    on: {
      vtx: ['Change', 'ProcessorVmxEnable', 'Enable'],
      vtd: ['Change', 'VTdSupport', 'Enable'],
      sriov: ['Change', 'SRIOVEnable', 'Enable'],
      x2apic: ['NotExposed'],
      ht: ['Change', 'ProcessorHyperThreadingDisable', 'Enabled'],
    },
    off: { ht: ['AlreadySet', 'ProcessorHyperThreadingDisable'], sriov: ['Change', 'SriovSupport', 'Disabled'] },
  },
  {
    name: 'AMI MegaRAC with token names',
    server: server('ami', 'MegaRAC', { VMXEN: ['Disable'], PCIS007: ['Disabled'] }, false),
    on: { vtx: ['Change', 'VMXEN', 'Enable'], sriov: ['Change', 'PCIS007', 'Enabled'] },
  },
  {
    name: 'Gigabyte with AMD processors: numbered names, so the labels decide',
    server: server(
      'ami',
      'MegaRAC',
      {
        Rome0565: ['Disabled', enabled, 'SVM Mode'],
        Rome0162: ['Auto', ['Auto', ...enabled], 'IOMMU'],
        Rome0039: ['Auto', ['x2APIC', 'xAPIC', 'Auto'], 'Local APIC Mode'],
        Rome0059: ['Auto', ['Auto', ...enabled], 'SMT Control'],
        PCIS007: ['PCIS007Disabled', ['PCIS007Disabled', 'PCIS007Enabled'], 'SR-IOV Support'],
      },
      true,
    ),
    on: {
      vtx: ['Change', 'Rome0565', 'Enabled'],
      vtd: ['Change', 'Rome0162', 'Enabled'],
      x2apic: ['AlreadySet', 'Rome0039'],
      ht: ['AlreadySet', 'Rome0059'],
      sriov: ['Change', 'PCIS007', 'PCIS007Enabled'],
    },
    off: { x2apic: ['Change', 'Rome0039', 'xAPIC'], ht: ['Change', 'Rome0059', 'Disabled'] },
  },
  {
    name: 'Gigabyte with Xeon processors',
    server: server(
      'ami',
      'MegaRAC',
      {
        EagleStream0041: ['Disable', enable, 'VMX'],
        EagleStream0042: ['Disable', enable, 'Intel VT for Directed I/O (VT-d)'],
        EagleStream0043: ['Disabled', enabled, 'x2APIC Opt Out'],
      },
      true,
    ),
    on: {
      vtx: ['Change', 'EagleStream0041', 'Enable'],
      vtd: ['Change', 'EagleStream0042', 'Enable'],
      x2apic: ['NotExposed'],
    },
  },
  {
    name: 'Cisco M4: human words and no registry',
    server: server('cisco', 'CIMC', cisco, false),
    on: {
      vtx: ['Change', 'IntelVT', 'Enabled'],
      vtd: ['Change', 'IntelVTD', 'Enabled'],
      sriov: ['AlreadySet', 'SrIov'],
      x2apic: ['Unknown', 'LocalX2Apic'],
      ht: ['AlreadySet', 'IntelHyperThread'],
    },
  },
  {
    name: 'Cisco M5: no SR-IOV attribute',
    server: server('cisco', 'CIMC', { IntelVT: ['Enabled'], IntelVTD: ['Enabled'] }, false),
    on: { sriov: ['NotExposed'], vtx: ['AlreadySet', 'IntelVT'] },
  },
  {
    name: 'Huawei and xFusion: ALL LPs means on, whatever the name reads like',
    server: server(
      'huawei',
      'iBMC',
      {
        ProcessorVmxEnable: ['Disabled'],
        VTdSupport: ['Disabled'],
        SriovEnablePolicy: ['Disabled'],
        ProcessorX2apic: ['Enabled'],
        ProcessorHyperThreadingDisable: ['ALL LPs'],
      },
      false,
    ),
    on: {
      vtx: ['Change', 'ProcessorVmxEnable', 'Enabled'],
      sriov: ['Change', 'SriovEnablePolicy', 'Enabled'],
      x2apic: ['AlreadySet', 'ProcessorX2apic'],
      ht: ['AlreadySet', 'ProcessorHyperThreadingDisable'],
    },
    off: { ht: ['Change', 'ProcessorHyperThreadingDisable', 'Single LP'] },
  },
  {
    name: 'Cray: every attribute is an object, whose value is read and which is never written',
    server: server(
      'cray',
      undefined,
      {
        'SVM Mode': [{ current_value: 'Enabled', AllowableValues: enabled }],
        'SMT Control': [{ current_value: 'Disabled', AllowableValues: enabled }],
        IOMMU: [{ AllowableValues: enabled }],
        'Enable SR-IOV Support': [{ current_value: 'Enabled' }],
        'Intel(R) TXT Support': [{ current_value: 'Disabled' }],
      },
      false,
    ),
    on: {
      vtx: ['AlreadySet', 'SVM Mode'],
      ht: ['Unknown', 'SMT Control'],
      vtd: ['Unknown', 'IOMMU'],
      sriov: ['AlreadySet', 'Enable SR-IOV Support'],
    },
    off: { vtx: ['Unknown', 'SVM Mode'] },
  },
  {
    name: 'A vendor that nobody knows, without registry: names that say nothing stay unknown',
    server: server('generic', undefined, { Q00042: ['Enabled'], FanMode: ['Quiet'] }, false),
    on: { vtx: ['Unknown'], vtd: ['Unknown'], sriov: ['Unknown'], x2apic: ['Unknown'], ht: ['Unknown'] },
  },
]

describe.each([...rows, ...securityRows])('$name', ({ server: snapshot, on, off, choices = [] }) => {
  const switches = (['Enabled', 'Disabled'] as const).flatMap(wish =>
    Object.entries((wish === 'Enabled' ? on : off) ?? {}).map(
      ([knob, expected]) => [wish, knob as KnobName, expected] as const,
    ),
  )
  const cases: (readonly [Wish, KnobName, Expected])[] = [
    ...switches,
    ...choices.map(([knob, wish, ...expected]) => [wish, knob, expected] as const),
  ]
  it.each(cases)('wishing %s resolves %s as expected', (wish: Wish, knob, [outcome, attribute, value]) => {
    const { row, writes } = resolveKnob(knob, wish, { snapshot, knowledge, wishes: { [knob]: wish }, writes: {} })
    expect(row).toMatchObject({ knob, outcome, ...(attribute === undefined ? {} : { attribute }) })
    expect(row.evidence).not.toBe('')
    if (attribute !== undefined && outcome === 'Change') expect(writes[attribute]).toBe(value)
    if (outcome !== 'Change') expect(writes).toEqual({})
  })
})

describe('knobs that own several attributes', () => {
  it('set all of them and say so in one row', () => {
    const { row, writes } = resolveKnob('sriov', 'Disabled', {
      snapshot: server('ami', 'MegaRAC', { ...ami, SRIOVEnable: ['Enable', enable, 'SR-IOV'] }, true),
      knowledge,
      wishes: {},
      writes: {},
    })
    expect(writes).toEqual({ SRIOVEnable: 'Disable', SriovSupport: 'Disabled' })
    expect(row.also).toEqual([{ attribute: 'SriovSupport', from: 'Enabled', to: 'Disabled' }])
  })

  it('change only the attribute that differs', () => {
    const { writes, row } = resolveKnob('sriov', 'Enabled', {
      snapshot: server('ami', 'MegaRAC', ami, true),
      knowledge,
      wishes: {},
      writes: {},
    })
    expect(writes).toEqual({ SRIOVEnable: 'Enable' })
    expect(row.also).toEqual([{ attribute: 'SriovSupport', from: 'Enabled' }])
  })

  it('are met on Supermicro only when each suffixed attribute is', () => {
    const snapshot = server(
      'supermicro',
      'Supermicro BMC',
      { SR_IOVSupport_0047: ['Enabled'], SR_IOVSupport_0048: ['Disabled'] },
      false,
    )
    expect(resolveKnob('sriov', 'Enabled', { snapshot, knowledge, wishes: {}, writes: {} })).toMatchObject({
      row: { outcome: 'Change', attribute: 'SR_IOVSupport_0048', also: [{ attribute: 'SR_IOVSupport_0047' }] },
      writes: { SR_IOVSupport_0048: 'Enabled' },
    })
  })
})

describe('names that read inverted', () => {
  const ht = (values: Values | undefined, displayName?: string, value: unknown = 'Enabled') =>
    resolveKnob('ht', 'Disabled', {
      snapshot: server('openbmc', 'OpenBMC', { ProcessorHyperThreadingDisable: [value, values, displayName] }, true),
      knowledge,
      wishes: {},
      writes: {},
    })

  it('are not believed when the registry lists the attribute without a label', () => {
    expect(ht(enabled).row).toMatchObject({ outcome: 'Unknown', evidence: expect.stringContaining('inverted') })
  })

  it('are not believed when the label reads inverted too', () => {
    expect(ht(enabled, 'Hyper-Threading Disable').row.outcome).toBe('Unknown')
  })

  it('are not believed when the registry lists no values', () => {
    expect(ht([], 'Hyper-Threading', 1).row.outcome).toBe('Unknown')
  })

  it('mean what the label says when there is a plain one', () => {
    expect(ht(enabled, 'Hyper-Threading')).toMatchObject({
      row: { outcome: 'Change' },
      writes: { ProcessorHyperThreadingDisable: 'Disabled' },
    })
  })

  it('make even an innocent name doubtful when they stand in its label', () => {
    const snapshot = server('openbmc', 'OpenBMC', { VTdSupport: ['Enabled', enabled, 'Disable VT-d'] }, true)
    const { row, writes } = resolveKnob('vtd', 'Enabled', { snapshot, knowledge, wishes: {}, writes: {} })
    expect(row.outcome).toBe('Unknown')
    expect(writes).toEqual({})
  })
})
