import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { hostInventorySpecSchema } from '../../api/metal/host-inventory.js'
import { systemClock } from '../../src/base/clock.js'
import { run } from '../../src/cli/program.js'
import { type PersonaName, personaNames } from '../../src/lab/bmc/personas/personas.js'
import { type BmcSimulator, startBmcSimulator } from '../../src/lab/bmc/simulator.js'
import { credentials } from '../support/bmc-client.js'
import { testConsole } from '../support/test-console.js'
import { summaryOf } from './summary.js'

interface Golden {
  readonly hardware: 'dense' | 'edge'
  readonly doctor: Readonly<Record<string, string>>
}

const goldens = parse(readFileSync(join(import.meta.dirname, 'personas.yaml'), 'utf8')) as Record<string, Golden>

const hardware = {
  dense: {
    processors: { count: 2, cores: 56, threads: 112, architecture: 'x86_64' },
    memory: { totalMiB: 524_288, modules: 8 },
    nics: { count: 2 },
    storage: { drives: 3, bytes: 4_800_000_000_000 },
  },
  edge: {
    processors: { count: 2, cores: 32, threads: 64, architecture: 'x86_64' },
    memory: { totalMiB: 262_144, modules: 8 },
    nics: { count: 2 },
    storage: { drives: 2, bytes: 3_360_000_000_000 },
  },
}

const running: BmcSimulator[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(bmc => bmc.stop()))
})

const katametal = async (persona: PersonaName, verb: string): Promise<unknown> => {
  const bmc = await startBmcSimulator({ persona, credentials, clock: systemClock, timings: { speed: 100 } })
  running.push(bmc)
  const console = testConsole({
    KATAMETAL_BMC_USERNAME: credentials.username,
    KATAMETAL_BMC_PASSWORD: credentials.password,
  })
  const line = ['bmc', verb, bmc.url, '--fingerprint', bmc.fingerprint, '-o', 'json']
  const exit = await run(line, console, systemClock)
  expect({ exit, err: console.text.err, sessions: bmc.sessions }).toEqual({ exit: 0, err: '', sessions: 0 })
  return JSON.parse(console.text.out)
}

describe('the golden files', () => {
  it('are there for every simulated server', () => {
    expect(Object.keys(goldens).sort()).toEqual([...personaNames].sort())
  })
})

for (const name of personaNames)
  describe(`the simulated server ${name}`, () => {
    const golden = goldens[name] ?? { hardware: 'dense', doctor: {} }

    it('is inspected as it is built', async () => {
      const seen = hostInventorySpecSchema.parse(await katametal(name, 'inspect'))
      expect(summaryOf(seen)).toMatchObject({ ...hardware[golden.hardware], health: 'OK', problems: 0 })
      expect(new Set(seen.provenance?.map(one => one.source))).toEqual(new Set(['redfish']))
    })

    it('has a doctor who says what works, with evidence', async () => {
      const rows = (await katametal(name, 'doctor')) as { check: string; seen: string; ok: boolean }[]
      const seen = Object.fromEntries(rows.map(row => [row.check, row.seen]))
      for (const [check, says] of Object.entries(golden.doctor)) expect(`${check}: ${seen[check]}`).toContain(says)
      expect(rows.filter(row => !row.ok)).toEqual([])
    })
  })
