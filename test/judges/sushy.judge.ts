import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { personaNames } from '../../src/lab/bmc/personas/personas.js'
import { acceptedFailures } from './deviations.js'
import { judgeProgram } from './installed.js'
import { judging } from './judged-bmc.js'
import { runProgram } from './run-program.js'

const script = fileURLToPath(new URL('sushy-drive.py', import.meta.url))

interface Drive {
  readonly steps: Record<string, string>
  readonly failures: Record<string, string>
  readonly absent: Record<string, string>
}

// The hard gate: the client inside OpenStack Ironic reads and writes every persona.
describe('sushy', () => {
  it.each(personaNames)('drives the %s persona: reads it, and changes power, boot, media and firmware settings', name =>
    judging(name, async ({ url, user, password, bundle, folder, env, bmc }) => {
      const ran = await runProgram(judgeProgram('python'), [script, url, user, password, bundle], { folder, env })
      expect(ran.stderr).toBe('')
      const { steps, failures, absent } = JSON.parse(ran.stdout) as Drive
      expect(Object.entries(failures).map(([step, why]) => `${step}: ${why}`)).toEqual(acceptedFailures('sushy', name))
      expect(absent).toEqual({})
      expect(Object.keys(steps).length + Object.keys(failures).length).toBe(16)
      expect(bmc.sessions, 'sessions that sushy left').toBe(0)
      expect(bmc.journal.happened).toContain('insert media')
    }),
  )
})
