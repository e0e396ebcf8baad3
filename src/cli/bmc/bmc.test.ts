import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { hostInventorySpecSchema } from '../../../api/metal/host-inventory.js'
import { credentials } from '../../../test/support/bmc-client.js'
import { testConsole } from '../../../test/support/test-console.js'
import { systemClock } from '../../base/clock.js'
import type { PersonaName } from '../../lab/bmc/personas/personas.js'
import { type BmcSimulator, startBmcSimulator } from '../../lab/bmc/simulator.js'
import { run } from '../program.js'

const folder = mkdtempSync(join(tmpdir(), 'katametal-bmc-'))
afterAll(() => rmSync(folder, { recursive: true }))

const environment = {
  KATAMETAL_BMC_USERNAME: credentials.username,
  KATAMETAL_BMC_PASSWORD: credentials.password,
}

const running: BmcSimulator[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(bmc => bmc.stop()))
})

const simulate = async (persona: PersonaName = 'dell'): Promise<BmcSimulator> => {
  const bmc = await startBmcSimulator({ persona, credentials, clock: systemClock, timings: { speed: 20 } })
  running.push(bmc)
  return bmc
}

/** Runs `katametal bmc ...` against a simulator whose certificate is pinned; `{}` stands for its address. */
const katametal = async (bmc: BmcSimulator, ...words: readonly string[]) => {
  const console = testConsole(environment)
  const line = ['bmc', ...words.map(word => (word === '{}' ? bmc.url : word)), '--fingerprint', bmc.fingerprint]
  const exit = await run(line, console, systemClock)
  return { exit, ...console.text }
}

const json = (text: string) => JSON.parse(text)

describe('katametal bmc plan', () => {
  it('shows each knob, the restart it needs, and writes nothing', async () => {
    const bmc = await simulate('lenovo')
    const { exit, out, err } = await katametal(bmc, 'plan', '{}', '--profile', 'kata', '-o', 'json')
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    expect(json(out)).toMatchObject({
      profile: 'kata',
      vendor: 'lenovo',
      knobs: [
        { knob: 'vtx', outcome: 'Change', from: 'Disabled', to: 'Enabled' },
        { knob: 'vtd', outcome: 'Change', attribute: 'DevicesandIOPorts_IntelVTforDirectedIOVTd' },
      ],
      reboots: 1,
      obstacles: [],
    })
    expect(bmc.bios.pending).toEqual({})
    expect(bmc.sessions).toBe(0)
  })

  it('shows as a table the order of the changes and the restart', async () => {
    const { out } = await katametal(await simulate('ami'), 'plan', '{}')
    expect(out).toMatch(/^1\. ProcessorVmxEnable: Disable -> Enable \(vtx\)\n2\. VTdSupport: .* \(vtd\)\nOne restart/m)
  })

  it('reads a profile from a file', async () => {
    const path = join(folder, 'mine.yaml')
    writeFileSync(
      path,
      'apiVersion: metal.akraino.org/v1alpha1\nkind: FirmwareProfile\nmetadata: { name: mine }\nspec: { intents: { hyperthreading: Disabled } }\n',
    )
    const { out } = await katametal(await simulate(), 'plan', '{}', '--profile', path, '-o', 'json')
    expect(json(out)).toMatchObject({ profile: 'mine', knobs: [{ knob: 'ht' }] })
  })

  it('of a profile that cannot be met is shown, and then the error says who forbids it', async () => {
    const path = join(folder, 'contrary.yaml')
    writeFileSync(
      path,
      'apiVersion: metal.akraino.org/v1alpha1\nkind: FirmwareProfile\nmetadata: { name: contrary }\nspec: { intents: { virtualization: Disabled, iommu: Enabled } }\n',
    )
    const { exit, out, err } = await katametal(await simulate(), 'plan', '{}', '--profile', path)
    expect(exit).toBe(1)
    expect(out).toMatch(/vtd +ReadOnly +ProcVirtualization/)
    expect(err).toContain('FirmwareKnobImpossible')
  })
})

describe('katametal bmc apply', () => {
  it('writes and says that a restart is needed, but does not restart', async () => {
    const bmc = await simulate()
    const { exit, out } = await katametal(bmc, 'apply', '{}', '-o', 'json')
    expect(exit).toBe(0)
    expect(json(out)).toMatchObject({ written: ['ProcVirtualization'], restart: 'Needed', proof: [] })
    expect(bmc.bios.pending).toEqual({ ProcVirtualization: 'Enabled' })
    expect(bmc.bios.current).toMatchObject({ ProcVirtualization: 'Disabled' })
    expect(bmc.journal.events.filter(({ what }) => what.startsWith('power'))).toEqual([])
  })

  it.each(['dell', 'lenovo', 'supermicro', 'ami', 'cisco'] as const)(
    'with --restart brings a %s-like server to the profile and proves it',
    async persona => {
      const bmc = await simulate(persona)
      const first = await katametal(bmc, 'apply', '{}', '--restart', '-o', 'json')
      expect(first.err).toBe('')
      const report = json(first.out)
      expect(report).toMatchObject({
        restart: 'Done',
        proof: [
          { knob: 'vtx', proven: true },
          { knob: 'vtd', proven: true },
        ],
      })
      expect(bmc.bios.current).toMatchObject(report.changes)
      const second = await katametal(bmc, 'apply', '{}', '--restart', '-o', 'json')
      expect(json(second.out)).toMatchObject({ written: [], restart: 'NotNeeded', reboots: 0 })
      expect(bmc.sessions).toBe(0)
    },
  )

  it('only restarts when the values were written before', async () => {
    const bmc = await simulate()
    await katametal(bmc, 'apply', '{}')
    const { out } = await katametal(bmc, 'apply', '{}', '--restart', '-o', 'json')
    expect(json(out)).toMatchObject({ written: [], restart: 'Done', proof: [{ proven: true }, { proven: true }] })
  })

  it('changes nothing on a server that is right already', async () => {
    const bmc = await simulate('hpe')
    const { exit, out } = await katametal(bmc, 'apply', '{}', '--restart')
    expect(exit).toBe(0)
    expect(out).toContain('Everything is in force.')
    expect(bmc.journal.events.filter(({ what }) => /^(power|bios)/.test(what))).toEqual([])
  })

  it('writes nothing when the profile cannot be met', async () => {
    const path = join(folder, 'impossible.yaml')
    writeFileSync(
      path,
      'apiVersion: metal.akraino.org/v1alpha1\nkind: FirmwareProfile\nmetadata: { name: impossible }\nspec: { intents: { sriov: Disabled, virtualization: Disabled, iommu: Enabled } }\n',
    )
    const bmc = await simulate()
    const { exit, err } = await katametal(bmc, 'apply', '{}', '--profile', path, '--restart')
    expect(exit).toBe(1)
    expect(err).toContain('FirmwareKnobImpossible')
    expect(bmc.bios.pending).toEqual({})
  })

  it('says so when the BMC swallows the write', async () => {
    const bmc = await simulate('supermicro')
    bmc.faults.add({ effect: { kind: 'ignore-write' }, path: /Bios/ })
    const { exit, err } = await katametal(bmc, 'apply', '{}', '--restart')
    expect(exit).toBe(1)
    expect(err).toContain('BMCWriteIgnored')
  })
})

describe('katametal bmc apply --restart', () => {
  const secure =
    'apiVersion: metal.akraino.org/v1alpha1\nkind: FirmwareProfile\nmetadata: { name: secure }\nspec: { intents: { secureBoot: Enabled } }\n'

  it.each(['dell', 'hpe', 'lenovo', 'ami'] as const)('turns secure boot on at a %s-like server', async persona => {
    const path = join(folder, 'secure.yaml')
    writeFileSync(path, secure)
    const bmc = await simulate(persona)
    const { exit, out } = await katametal(bmc, 'apply', '{}', '--profile', path, '--restart', '-o', 'json')
    expect(exit).toBe(0)
    expect(json(out)).toMatchObject({ changes: { 'SecureBoot/SecureBootEnable': true }, proof: [{ proven: true }] })
    expect(bmc.journal.happened).toContain('secure boot Enabled')
  })

  it('says in the words of the BMC which wish was refused', async () => {
    const bmc = await simulate('lenovo')
    const text = 'IntelVirtualizationTechnology is managed by policy.'
    bmc.faults.add({
      effect: {
        kind: 'error',
        status: 400,
        messageId: 'Base.1.12.PropertyNotWritable',
        text: `'Processors_IntelVirtualizationTechnology': ${text}`,
      },
      method: 'PATCH',
      count: 1,
    })
    const { exit, err } = await katametal(bmc, 'apply', '{}', '--restart')
    expect(exit).toBe(1)
    expect(err).toContain('BMCRejected')
    expect(err).toContain('vtx (Processors_IntelVirtualizationTechnology): ')
    expect(err).toContain(text)
    expect(bmc.bios.pending).toEqual({ DevicesandIOPorts_IntelVTforDirectedIOVTd: 'Enabled' })
  })

  it('says what reads back wrong when the time is over', async () => {
    const bmc = await simulate()
    bmc.faults.add({ effect: { kind: 'stale' }, path: /\/Bios$/ })
    const { exit, err } = await katametal(bmc, 'apply', '{}', '--restart', '--timeout', '4')
    expect(exit).toBe(1)
    expect(err).toContain('FirmwareNotApplied')
    expect(err).toContain('ProcVirtualization reads Disabled, not Enabled')
    expect(bmc.sessions).toBe(0)
  })

  it('waits out a BMC that cannot answer while the server starts', async () => {
    const bmc = await simulate()
    const ended = katametal(bmc, 'apply', '{}', '--restart', '-o', 'json')
    await expect.poll(() => bmc.journal.happened, { timeout: 20_000 }).toContain('power On')
    const starting = { kind: 'error', status: 503, messageId: 'Base.1.0.GeneralError', text: 'starting' } as const
    bmc.faults.add({ effect: starting, path: /\/Bios$/, method: 'GET', count: 6 })
    const { out, err } = await ended
    expect(err).toBe('')
    expect(json(out)).toMatchObject({ restart: 'Done' })
  })
})

describe('katametal bmc inspect', () => {
  it('prints the HostInventory spec', async () => {
    const { exit, out } = await katametal(await simulate(), 'inspect', '{}', '-o', 'json')
    expect(exit).toBe(0)
    const inventory = hostInventorySpecSchema.parse(json(out))
    expect(inventory.system?.manufacturer).toMatch(/Dell/)
    expect(inventory.nics?.length).toBeGreaterThan(0)
  })

  it('prints a summary as a table, and every part with -o wide', async () => {
    const bmc = await simulate()
    const short = await katametal(bmc, 'inspect', '{}')
    expect(short.out).toMatch(/^processors +2 sockets, 56 cores/m)
    const long = await katametal(bmc, 'inspect', '{}', '-o', 'wide')
    expect(long.out.split('\n').length).toBeGreaterThan(short.out.split('\n').length)
  })
})

describe('katametal bmc doctor', () => {
  it('lists what works, with evidence, and changes nothing', async () => {
    const bmc = await simulate()
    const { exit, out } = await katametal(bmc, 'doctor', '{}', '-o', 'json')
    expect(exit).toBe(0)
    const checks: { check: string; ok: boolean; state: string; seen: string; advice: string }[] = json(out)
    const states = Object.fromEntries(checks.map(({ check, state }) => [check, state]))
    expect(states).toMatchObject({
      power: 'works',
      'virtual media': 'works',
      'boot by virtual media': 'works',
      'boot by UEFI HTTP': 'missing',
      'boot by network (PXE)': 'works',
      'BIOS settings': 'works',
      inventory: 'works',
      sensors: 'missing',
      'pending settings': 'works',
      tasks: 'works',
      expand: 'works',
      sessions: 'works',
    })
    for (const check of checks) expect(Object.keys(check)).toEqual(['check', 'ok', 'state', 'seen', 'advice'])
    expect(checks.filter(({ ok }) => !ok)).toEqual([])
    expect(checks.find(({ check }) => check === 'boot method')?.seen).toContain('VirtualMedia would be used')
    expect(checks.find(({ check }) => check === 'profile kata')?.seen).toBe('vtx Change, vtd Implied')
    expect(bmc.bios.pending).toEqual({})
    expect(bmc.sessions).toBe(0)
  })

  it('of a BMC that is not there gives the list so far and exit code 4', async () => {
    const bmc = await simulate()
    const console = testConsole(environment)
    await bmc.stop()
    running.pop()
    expect(await run(['bmc', 'doctor', bmc.url, '-o', 'json'], console, systemClock)).toBe(4)
    expect(json(console.text.out)).toMatchObject([
      { check: 'address', ok: true },
      { check: 'connection', ok: false },
    ])
    expect(console.text.err).toContain('BMCUnreachable')
  })

  it('names the feature that is broken and goes on with the others', async () => {
    const bmc = await simulate('supermicro')
    bmc.faults.add({ effect: { kind: 'invalid-json' }, path: /VirtualMedia\/?$/ })
    const { exit, out } = await katametal(bmc, 'doctor', '{}', '-o', 'json')
    const checks: { check: string; ok: boolean }[] = json(out)
    expect(exit).toBe(0)
    expect(checks.find(({ check }) => check === 'virtual media')).toMatchObject({ ok: false, state: 'broken' })
    expect(checks.find(({ check }) => check === 'BIOS settings')?.ok).toBe(true)
  })
})

describe('katametal bmc power', () => {
  const power = async (bmc: BmcSimulator, action: string) => {
    const { exit, out } = await katametal(bmc, 'power', '{}', action, '-o', 'json')
    expect(exit).toBe(0)
    const { before, after } = json(out)
    return [before, after]
  }

  it('switches on and off and waits until the BMC shows it', async () => {
    const bmc = await simulate()
    expect(await power(bmc, 'status')).toEqual(['Off', 'Off'])
    expect(await power(bmc, 'on')).toEqual(['Off', 'On'])
    expect(await power(bmc, 'on')).toEqual(['On', 'On'])
    expect(await power(bmc, 'restart')).toEqual(['On', 'On'])
    expect(await power(bmc, 'off')).toEqual(['On', 'Off'])
    expect(await power(bmc, 'off')).toEqual(['Off', 'Off'])
    expect(bmc.sessions).toBe(0)
  })

  it('switches a server on that is off and shall be restarted', async () => {
    expect(await power(await simulate(), 'restart')).toEqual(['Off', 'On'])
  })

  it('gives up at the deadline and says what the server still is', async () => {
    const bmc = await simulate()
    await power(bmc, 'on')
    const { exit, err } = await katametal(bmc, 'power', '{}', 'graceful-off', '--timeout', '2')
    expect(exit).toBe(1)
    expect(err).toContain('the server is still On')
  })
})

describe('whoever may not in', () => {
  it('is told that the certificate is not trusted, before any password is sent', async () => {
    const bmc = await simulate()
    const console = testConsole(environment)
    expect(await run(['bmc', 'power', bmc.url], console, systemClock)).toBe(1)
    expect(console.text.err).toContain('BMCCertificateRefused')
    expect(bmc.journal.requests).toEqual([])
  })

  it('is told after one try that the password is wrong, and the password is shown nowhere', async () => {
    const bmc = await simulate()
    const console = testConsole({ ...environment, KATAMETAL_BMC_PASSWORD: 'wrong-and-secret' })
    expect(await run(['bmc', 'power', bmc.url, '--insecure'], console, systemClock)).toBe(1)
    expect(console.text.err).toContain('BMCLoginRefused')
    expect(console.text.err + console.text.out).not.toContain('wrong-and-secret')
  })

  it('is stopped by Ctrl-C, and the session is logged out', async () => {
    const bmc = await simulate()
    const console = testConsole(environment)
    bmc.faults.add({ effect: { kind: 'hang' }, path: /Bios/ })
    const ended = run(['bmc', 'plan', bmc.url, '--insecure'], console, systemClock)
    await expect.poll(() => bmc.sessions, { timeout: 20_000 }).toBe(1)
    console.abort()
    expect(await ended).toBe(130)
    expect(bmc.sessions).toBe(0)
  })

  it.each([
    [['bmc', 'plan', 'foo://x'], 'BMCSchemeUnknown'],
    [['bmc', 'plan', 'https://user:pw@192.0.2.1'], 'BMCAddressInvalid'],
    [['bmc', 'plan', 'https://192.0.2.1', '--profile', 'nobody'], 'FirmwareProfileUnknown'],
    [['bmc', 'plan', 'https://192.0.2.1', '--insecure', '--ca', 'x'], 'cannot be used with'],
    [['bmc', 'plan', 'https://192.0.2.1', '--timeout', 'soon'], 'a number of seconds'],
    [['bmc', 'power', 'https://192.0.2.1', 'explode'], 'Allowed choices'],
    [['bmc', 'plan', 'https://192.0.2.1', '-o', 'xml'], 'Allowed choices'],
    [['bmc', 'plan'], "missing required argument 'address'"],
    [['bmc', 'plan', 'https://192.0.2.1', '--password', 'x'], 'unknown option'],
    [['frobnicate'], 'unknown command'],
  ])('%j is a usage error', async (words, text) => {
    const console = testConsole(environment)
    expect(await run(words, console, systemClock)).toBe(2)
    expect(console.text.err).toContain(text)
    expect(console.text.out).toBe('')
  })
})
