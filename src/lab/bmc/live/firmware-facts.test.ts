import { describe, expect, it } from 'vitest'
import { firmwareFacts } from './firmware-facts.js'

describe('what the CPU of a simulated server shows', () => {
  it.each([
    ['Dell, where VT-d comes with VT-x', { ProcVirtualization: 'Enabled' }, true, true],
    ['Dell, off', { ProcVirtualization: 'Disabled' }, false, false],
    ['HPE with VT-d off', { ProcVirtualization: 'Enabled', IntelProcVtd: 'Disabled' }, true, false],
    [
      'Lenovo, first generation words',
      { Processors_IntelVirtualizationTechnology: 'Enable', DevicesandIOPorts_IntelVTforDirectedIOVTd: 'Disable' },
      true,
      false,
    ],
    [
      'Supermicro with suffixes',
      { IntelVirtualizationTechnology_3C6F: 'Disable', IntelVTforDirectedI_O_VT_d__1E32: 'Enable' },
      false,
      true,
    ],
    ['Intel with numbers', { ProcessorVmxEnable: 1, VTdSupport: 0 }, true, false],
    ['Cisco', { IntelVT: 'Enabled', IntelVTD: 'Enabled' }, true, true],
    ['a machine that shows neither knob', { QuietBoot: true }, true, true],
  ])('%s', (_, attributes, vtx, vtd) => {
    expect(firmwareFacts(attributes)).toEqual({ vtx, vtd })
  })
})
