import { afterEach, describe, expect, it } from 'vitest'
import { createFakeIpmitool, type FakeRule } from '../../../test/support/fake-ipmitool.js'
import { ManualClock } from '../../../test/support/manual-clock.js'
import type { Clock } from '../../base/clock.js'
import { systemClock } from '../../base/clock.js'
import { silentLogger } from '../../base/log.js'
import type { BmcExchange } from '../model.js'
import { createIpmitool } from './ipmitool.js'

const call = { signal: new AbortController().signal }
const access = { username: 'operator', password: 'do-not-tell-me' }
const noSession = 'Error: Unable to establish IPMI v2 / RMCP+ session\n'
const info: FakeRule = { matches: /mc info$/, stdout: 'Firmware Revision : 1.0\n' }

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const setUp = async (rules: readonly FakeRule[], clock: Clock = systemClock) => {
  const fake = await createFakeIpmitool(rules)
  const exchanges: BmcExchange[] = []
  const tool = createIpmitool({
    address: { host: '192.0.2.7', port: 623 },
    access,
    clock,
    log: silentLogger,
    ipmitool: fake.path,
    intervalMs: 0,
    onExchange: exchange => exchanges.push(exchange),
  })
  cleanups.push(() => tool.close(), fake.remove)
  return { fake, tool, exchanges }
}

/** Moves a manual clock on until the promise has settled. */
const pass = async <T>(clock: ManualClock, promise: Promise<T>): Promise<T> => {
  let settled = false
  const watched = promise.finally(() => (settled = true))
  watched.catch(() => undefined)
  for (let turn = 0; turn < 500 && !settled; turn++) {
    await clock.advance(500)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return watched
}

describe('ipmitool', () => {
  it('is always given a cipher suite and gets the password through the environment only', async () => {
    const { fake, tool } = await setUp([info, { matches: /power status/, stdout: 'Chassis Power is on\n' }])
    expect(await tool.run(['chassis', 'power', 'status'], call)).toContain('is on')
    const calls = await fake.calls()
    expect(calls.map(({ command }) => command)).toEqual(['-v mc info', 'chassis power status'])
    for (const { args, password, environment } of calls) {
      expect(args.join(' ')).toMatch(/^-I lanplus -H 192\.0\.2\.7 -p 623 -U operator -E -C 17 /)
      expect(args.join(' ')).not.toContain(access.password)
      expect(password).toBe(access.password)
      expect(environment.filter(name => /^(PATH|LC_ALL|IPMI_PASSWORD)$/.test(name))).toHaveLength(3)
      expect(environment).not.toContain('HOME')
    }
  })

  it('falls back to suite 3 where 17 is not known, and remembers it', async () => {
    const stderr = `Error in open session response message : invalid authentication algorithm\n${noSession}`
    const { fake, tool } = await setUp([
      { matches: /./, suite: '17', stderr, exit: 1 },
      info,
      { matches: /raw/, stdout: ' 01\n' },
    ])
    await tool.run(['raw', '0x01'], call)
    await tool.run(['raw', '0x02'], call)
    const suites = (await fake.calls()).map(({ args }) => args[args.indexOf('-C') + 1])
    expect(suites).toEqual(['17', '3', '3', '3'])
  })

  it('tries suite 3 also when a BMC stays silent on suite 17, and calls it unreachable when both are silent', async () => {
    const { fake, tool } = await setUp([{ matches: /./, stderr: noSession, exit: 1 }])
    await expect(tool.run(['mc', 'info'], call)).rejects.toMatchObject({ code: 'BMCUnreachable' })
    expect(await fake.calls()).toHaveLength(2)
  })

  it('logs in with a wrong password once and never again', async () => {
    const { fake, tool } = await setUp([{ matches: /./, stderr: `> RAKP 2 HMAC is invalid\n${noSession}`, exit: 1 }])
    for (let time = 0; time < 3; time++)
      await expect(tool.run(['chassis', 'power', 'on'], call)).rejects.toMatchObject({ code: 'BMCLoginRefused' })
    expect(await fake.commands()).toEqual(['-v mc info'])
  })

  it('asks verbosely why a session is suddenly refused', async () => {
    const { fake, tool } = await setUp([
      { ...info, times: 1 },
      { matches: /raw/, stderr: noSession, exit: 1 },
      { matches: /-v mc info/, stderr: `> RAKP 2 HMAC is invalid\n${noSession}`, exit: 1 },
    ])
    await expect(tool.run(['raw', '0x01'], call)).rejects.toMatchObject({ code: 'BMCLoginRefused' })
    expect(await fake.commands()).toEqual(['-v mc info', 'raw 0x01', '-v mc info'])
  })

  it('waits and tries again when the BMC is busy, and gives up after three times', async () => {
    const clock = new ManualClock()
    const busy = { matches: /raw/, stderr: 'Unable to send RAW command: Node busy', exit: 1 }
    const { fake, tool } = await setUp(
      [info, { ...busy, times: 2 }, { matches: /raw 0x01/, stdout: ' 01' }, busy],
      clock,
    )
    expect(await pass(clock, tool.run(['raw', '0x01'], call))).toBe(' 01')
    await expect(pass(clock, tool.run(['raw', '0x02'], call))).rejects.toMatchObject({ code: 'BMCBusy' })
    expect(await fake.commands()).toEqual(['-v mc info', ...Array(3).fill('raw 0x01'), ...Array(3).fill('raw 0x02')])
  })

  it('does not repeat a reset that timed out, because it may have happened', async () => {
    const { fake, tool } = await setUp([
      info,
      { matches: /reset/, stderr: 'Set Chassis Power Control to Reset failed: Timeout', exit: 1 },
    ])
    await expect(tool.run(['chassis', 'power', 'reset'], call, 'once')).rejects.toMatchObject({ code: 'BMCTimeout' })
    expect(await fake.commands()).toEqual(['-v mc info', 'chassis power reset'])
  })

  it('does not believe exit code 0 when the words say that it failed', async () => {
    const { tool } = await setUp([
      info,
      { matches: /bootdev/, stderr: 'Set Chassis Boot Parameter 5 failed: Invalid data field in request', exit: 0 },
    ])
    await expect(tool.run(['chassis', 'bootdev', 'pxe'], call)).rejects.toMatchObject({ code: 'BMCRejected' })
  })

  it('kills a command that hangs when its deadline is over', async () => {
    const clock = new ManualClock()
    const { tool, exchanges } = await setUp([info, { matches: /raw/, sleepMs: 60_000 }], clock)
    const hanging = tool.run(['raw', '0x01'], call)
    await expect(pass(clock, hanging)).rejects.toMatchObject({ code: 'BMCTimeout' })
    expect(exchanges.at(-1)).toMatchObject({ path: 'raw 0x01', status: undefined, note: 'BMCTimeout' })
  })

  it('ends at once when the caller gives up or the connection is closed', async () => {
    const { tool, exchanges } = await setUp([info, { matches: /raw/, sleepMs: 60_000 }])
    await tool.run(['mc', 'info'], call)
    const caller = new AbortController()
    const first = tool.run(['raw', '0x01'], { signal: caller.signal })
    setTimeout(() => caller.abort(), 20)
    await expect(first).rejects.toMatchObject({ name: 'AbortError' })
    const second = tool.run(['raw', '0x02'], call)
    setTimeout(() => tool.close(), 20)
    await expect(second).rejects.toMatchObject({ code: 'Cancelled' })
    await expect(tool.run(['mc', 'info'], call)).rejects.toMatchObject({ code: 'Cancelled' })
    expect(exchanges.length).toBeLessThan(5)
  })

  it('tells that the program is missing', async () => {
    const tool = createIpmitool({
      address: { host: '192.0.2.7', port: 623 },
      access,
      clock: systemClock,
      log: silentLogger,
      ipmitool: '/nowhere/ipmitool',
    })
    await expect(tool.run(['mc', 'info'], call)).rejects.toMatchObject({ code: 'IPMIToolMissing' })
  })

  it('tells who traces it every command with its exit code, and never the password', async () => {
    const { tool, exchanges } = await setUp([info])
    await tool.run(['mc', 'info'], call)
    await expect(tool.run(['nonsense'], call)).rejects.toMatchObject({ code: 'BMCUnsupported' })
    expect(exchanges.map(({ path, status }) => [path, status])).toEqual([
      ['-v mc info', 0],
      ['mc info', 0],
      ['nonsense', 1],
    ])
    expect(tool.requests).toBe(3)
    expect(JSON.stringify(exchanges)).not.toContain(access.password)
  })
})
