import { describe, expect, it } from 'vitest'
import { parseSel } from './sel.js'

const one = (line: string) => parseSel(line)[0]

describe('the event log as ipmitool prints it', () => {
  it.each([
    ['05/11/2023 | 10:22:31', '2023-05-11T10:22:31Z'],
    ['05/11/23 | 10:22:31 UTC', '2023-05-11T10:22:31Z'],
    ['Pre-Init  |0000002875', undefined],
    ['01/01/70 | 00:00:12 UTC', undefined],
    ['01/01/1970 | 00:00:12', undefined],
    ['99/99/2023 | 10:22:31', undefined],
  ])('%s is the time %s', (written, time) => {
    expect(one(`   1 | ${written} | Temperature CPU1 Temp | Upper Critical going high | Asserted`)?.time).toBe(time)
  })

  it('has number, message and what was written', () => {
    expect(
      one(
        '  1a | 05/11/2023 | 10:22:31 | Temperature CPU1 Temp | Upper Critical going high | Asserted | Reading 96 > 90',
      ),
    ).toEqual({
      log: 'SEL',
      id: '1a',
      time: '2023-05-11T10:22:31Z',
      written: '05/11/2023 10:22:31',
      severity: 'Critical',
      message: 'Temperature CPU1 Temp, Upper Critical going high, Asserted, Reading 96 > 90',
      messageId: undefined,
    })
  })

  it.each([
    ['Upper Critical going high | Asserted', 'Critical'],
    ['Upper Critical going high | Deasserted', 'OK'],
    ['Upper Non-critical going high | Asserted', 'Warning'],
    ['Lower Non-recoverable going low | Asserted', 'Critical'],
    ['Correctable ECC | Asserted', 'Warning'],
    ['Uncorrectable ECC | Asserted', 'Critical'],
    ['Power Supply AC lost | Asserted', 'Critical'],
    ['Predictive failure | Asserted', 'Warning'],
    ['Log area reset/cleared | Asserted', 'OK'],
    ['S0/G0: working | Asserted', 'OK'],
  ])('%s is %s', (event, severity) => {
    expect(one(`1 | 05/11/2023 | 10:22:31 | Sensor X | ${event}`)?.severity).toBe(severity)
  })

  it('has no entries in words', () => {
    expect(parseSel('SEL has no entries\n\n')).toEqual([])
  })
})
