import { describe, expect, it } from 'vitest'
import { readFailures, readTotals } from './totals.js'

const table = `
+--------------+--------------+--------------+--------------+
|     PASS     |     WARN     |     FAIL     |  NOT TESTED  |
+--------------+--------------+--------------+--------------+
|     895      |      21      |      3       |     1401     |
+--------------+--------------+--------------+--------------+
`

describe('the verdict of a DMTF validator', () => {
  it('is in the table that it prints', () => {
    expect(readTotals(`Validating...\n${table}\nReport`)).toEqual({ pass: 895, warn: 21, fail: 3, notTested: 1401 })
  })

  it('is missing when the validator printed no table, which is an error and not a success', () => {
    expect(() => readTotals('Finished without a word')).toThrow('no totals')
  })

  it('names each failure by resource, property and kind, without values that differ from run to run', () => {
    const log = [
      '2026-11-24 12:10:19,092 - redfish - INFO - Validating /redfish/v1/Systems/1...',
      "2026-11-24 12:10:19,093 - redfish - ERROR - FAIL - /Boot/BootSourceOverrideTarget (UsbCd): Property Value Error: The property 'X' is not one",
      "2026-11-24 12:10:19,094 - redfish - ERROR - FAIL - Resource Capabilities Error: 'POST' not found in the Allow header",
      '2026-11-24 12:10:19,095 - redfish - ERROR - FAIL - /Boot/BootSourceOverrideEnabled (Write) (Disabled): Supported Values Error: The value',
      '2026-11-24 12:10:19,096 - redfish - WARNING - WARN - /IndicatorLED (Off): Deprecated Property Warning: old.',
    ].join('\n')
    expect(readFailures(log)).toEqual([
      '/redfish/v1/Systems/1 /Boot/BootSourceOverrideEnabled: Supported Values Error',
      '/redfish/v1/Systems/1 /Boot/BootSourceOverrideTarget: Property Value Error',
      "/redfish/v1/Systems/1 Resource Capabilities Error, 'POST' not found in the Allow header",
    ])
  })
})
