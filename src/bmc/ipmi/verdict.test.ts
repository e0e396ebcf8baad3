import { describe, expect, it } from 'vitest'
import { verdictOf } from './verdict.js'

const ended = (exitCode: number | undefined, stderr: string, stdout = '') => verdictOf({ exitCode, stderr, stdout })
const noSession = 'Error: Unable to establish IPMI v2 / RMCP+ session'

describe('the verdict on a run of ipmitool', () => {
  it('is done when it ended with 0 and complained about nothing', () => {
    expect(ended(0, '', 'Chassis Power is on')).toEqual({ kind: 'done' })
  })

  it('takes no offence at what a verbose run says on the way, nor at a missing list of enterprise numbers', () => {
    const chatter = [
      'Loading IANA PEN Registry...',
      'Running Get VSO Capabilities my_addr 0x20, transit 0, target 0x20',
      'Invalid completion code received: Invalid command',
      'Discovered IPMB address 0x0',
      'IANA PEN registry open failed: No such file or directory',
    ].join('\n')
    expect(ended(0, chatter)).toEqual({ kind: 'done' })
  })

  it.each([
    ['Set Chassis Boot Parameter 5 failed: Invalid data field in request', 'BMCRejected'],
    ['Err in cmd get sensor sdr info', 'BMCProtocol'],
    [
      'Unable to send RAW command (channel=0x0 netfn=0x0 lun=0x0 cmd=0x8 rsp=0xcc): Invalid data field in request',
      'BMCRejected',
    ],
  ])('is a failure although it ended with 0, when it said: %s', (stderr, code) => {
    expect(ended(0, stderr)).toMatchObject({ kind: 'failed', code })
  })

  it.each([
    [`> RAKP 2 HMAC is invalid\n${noSession}`, 'BMCLoginRefused'],
    [`RAKP 2 message indicates an error : unauthorized name\n${noSession}`, 'BMCLoginRefused'],
    [`RAKP 4 message has invalid integrity check value\n${noSession}`, 'BMCLoginRefused'],
    ['lanplus: password is longer than 20 bytes.', 'BMCLoginRefused'],
    [`Address lookup for nowhere failed\nCould not open socket!\n${noSession}`, 'BMCUnreachable'],
    [
      `Get Auth Capabilities error\nError issuing Get Channel Authentication Capabilities request\n${noSession}`,
      'BMCUnreachable',
    ],
    [`RAKP 2 message indicates an error : unauthorized role\n${noSession}`, 'BMCForbidden'],
    ['Set Chassis Power Control to Up/On failed: Insufficient privilege level', 'BMCForbidden'],
    ['Unable to send RAW command (channel=0x0 netfn=0x0 lun=0x0 cmd=0x77 rsp=0xc1): Invalid command', 'BMCUnsupported'],
    ['Set Chassis Power Control to Cycle failed: Command not supported in present state', 'BMCRejected'],
    ['something that nobody has seen yet', 'BMCProtocol'],
  ])('names the code for: %s', (stderr, code) => {
    expect(ended(1, stderr)).toMatchObject({ kind: 'failed', code })
  })

  it.each([
    `Error in open session response message : invalid authentication algorithm\n\n${noSession}`,
    `Error in open session response message : no matching cipher suite with security payload\n${noSession}`,
    `Authentication algorithm 0x03 is not what we requested 0x01\n${noSession}`,
    'Unsupported cipher suite ID : 17',
    `RAKP 2 message indicates an error : invalid role\n${noSession}`,
  ])('asks for another cipher suite after: %s', stderr => {
    expect(ended(1, stderr).kind).toBe('otherSuite')
  })

  it('cannot tell why there is no session when the words do not', () => {
    expect(ended(1, noSession)).toMatchObject({ kind: 'noSession' })
  })

  it.each([
    [`RAKP 2 message indicates an error : insufficient resources for session\n${noSession}`, 'BMCSessionLimit', true],
    ['Get Device ID command failed: BMC initialization in progress', 'BMCBusy', true],
    ['Get Chassis Power Status failed: Node busy', 'BMCBusy', true],
    ['Set Chassis Power Control to Reset failed: Timeout', 'BMCTimeout', false],
  ])('is worth another try after: %s', (stderr, code, untouched) => {
    expect(ended(1, stderr)).toMatchObject({ kind: 'retry', code, untouched })
  })

  it('does not call an assertion of ipmitool an answer of the BMC', () => {
    expect(ended(134, 'ipmitool: lanplus_crypt_impl.c:172: Assertion `0` failed.')).toMatchObject({
      code: 'BMCProtocol',
    })
    expect(ended(undefined, '')).toMatchObject({ kind: 'failed', seen: expect.stringContaining('a signal') })
  })

  it('reads the reason from the ordinary output when the complaints are empty', () => {
    const verdict = ended(1, '', ' Device not present (Invalid data field in request)')
    expect(verdict).toMatchObject({ code: 'BMCRejected', seen: 'Device not present (Invalid data field in request)' })
  })
})
