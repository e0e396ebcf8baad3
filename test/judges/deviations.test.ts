import { describe, expect, it } from 'vitest'
import { personaNames } from '../../src/lab/bmc/personas/personas.js'
import { acceptedFailures, type Deviation, deviations } from './deviations.js'

const heading = `# Accepted deviations

What the [outside judges](judges.md) hold against the simulated BMCs and why it stays. The list is
test/judges/deviations.yaml; \`npx vitest run test/judges/deviations.test.ts -u\` writes this page from it.
`

const section = ({ judge, personas, failures, reason }: Deviation): string =>
  `## ${judge}: ${personas.join(', ')}\n\n${reason}\n\n${failures.map(failure => `    ${failure}`).join('\n')}\n`

describe('the accepted deviations', () => {
  it('stand in the documentation as they are', async () => {
    await expect([heading, ...deviations.map(section)].join('\n')).toMatchFileSnapshot(
      '../../docs/judges-deviations.md',
    )
  })

  it('are about personas that exist, and none is given twice', () => {
    for (const { personas } of deviations)
      expect(personas.filter(name => !personaNames.some(each => each === name))).toEqual([])
    for (const judge of new Set(deviations.map(each => each.judge)))
      for (const persona of personaNames) {
        const accepted = acceptedFailures(judge, persona)
        expect(new Set(accepted).size, `${judge} on ${persona}`).toBe(accepted.length)
      }
  })
})
