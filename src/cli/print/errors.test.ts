import { describe, expect, it } from 'vitest'
import { testConsole } from '../../../test/support/test-console.js'
import { type ErrorCode, errorTable, KatametalError } from '../../base/errors.js'
import { exitCodeOf, printError } from './errors.js'

describe('an error on the command line', () => {
  it('says what is wrong, where, what was seen and what to do, on standard error only', () => {
    const console = testConsole()
    printError(console, new KatametalError('BMCUnreachable', { about: 'https://192.0.2.10', seen: 'ECONNREFUSED' }))
    expect(console.text).toEqual({
      out: '',
      err: [
        'error: the BMC does not answer (BMCUnreachable)',
        'about: https://192.0.2.10',
        'seen:  ECONNREFUSED',
        `do:    ${errorTable.BMCUnreachable.remedy}`,
        '',
      ].join('\n'),
    })
  })

  it('leaves away what it does not know', () => {
    const console = testConsole()
    printError(console, new KatametalError('Cancelled'))
    expect(console.text.err.split('\n')).toHaveLength(3)
  })

  it('is red on a terminal', () => {
    const console = testConsole({}, { tty: true })
    printError(console, new KatametalError('Cancelled'))
    expect(console.text.err).toContain('\u001b[31merror\u001b[39m')
  })
})

describe('exit codes', () => {
  it.each<[ErrorCode, number]>([
    ['UsageInvalid', 2],
    ['BMCAddressInvalid', 2],
    ['BMCSchemeUnknown', 2],
    ['FirmwareProfileUnknown', 2],
    ['FileInvalid', 2],
    ['AgentTokenRefused', 3],
    ['BMCUnreachable', 4],
    ['KubernetesUnreachable', 4],
    ['BMCLoginRefused', 1],
    ['BMCCertificateRefused', 1],
    ['FirmwareKnobImpossible', 1],
    ['FirmwareNotApplied', 1],
    ['DeadlineExceeded', 1],
    ['Cancelled', 130],
  ])('%s ends with %i', (code, exit) => {
    expect(exitCodeOf(new KatametalError(code))).toBe(exit)
  })

  it('are never 0 for an error', () => {
    for (const code of Object.keys(errorTable) as ErrorCode[])
      expect(exitCodeOf(new KatametalError(code))).toBeGreaterThan(0)
  })
})
