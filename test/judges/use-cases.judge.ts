import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type PersonaName, personaNames } from '../../src/lab/bmc/personas/personas.js'
import { acceptedFailures } from './deviations.js'
import { judgeProgram } from './installed.js'
import { judging } from './judged-bmc.js'
import { runProgram } from './run-program.js'
import { readTotals, type Totals } from './totals.js'

/** What each must have passed; fewer means that it did not get to what it is for. */
const passed = { AccountManagement: 8, BootOverride: 8, QueryParameters: 5 } as const

type UseCase = keyof typeof passed

const check = (persona: PersonaName, useCase: UseCase): Promise<{ totals: Totals; failures: string[] }> =>
  judging(persona, async ({ url, user, password, folder, env }) => {
    const report = join(folder, 'report')
    const args = ['-r', url, '-u', user, '-p', password, '--report-dir', report, '--test-list', useCase]
    const { stdout, stderr } = await runProgram(judgeProgram('rf_use_case_checkers'), args, { folder, env })
    const files = await readdir(report, { recursive: true })
    const html = await readFile(join(report, files.find(name => name.endsWith('.html')) ?? ''), 'utf8')
    return { totals: readTotals(stdout + stderr), failures: failuresIn(html) }
  })

/** The result and its reason stand in two cells of the report. */
const failuresIn = (html: string): string[] =>
  [...html.matchAll(/>FAIL<\/span><\/td><td>([^<]*)</g)]
    .map(([, reason = '']) => reason.replaceAll('&#x27;', "'").replace(/\s+/g, ' ').trim())
    .sort()

// They mostly wait, so all run side by side.
describe.concurrent.each(personaNames)('the use case checkers of DMTF, on the %s persona', persona => {
  it.each(Object.keys(passed) as UseCase[])('pass %s', async useCase => {
    const { totals, failures } = await check(persona, useCase)
    expect(failures).toEqual(acceptedFailures(`use case ${useCase}`, persona))
    expect(totals.fail).toBe(failures.length)
    expect(totals.pass).toBeGreaterThanOrEqual(passed[useCase])
  })
})
