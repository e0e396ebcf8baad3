import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'

const schema = z.array(
  z.strictObject({
    judge: z.string(),
    /** Personas that it is accepted on. */
    personas: z.array(z.string()).min(1),
    /** What the judge says, word for word as the suite reports it. */
    failures: z.array(z.string()).min(1),
    reason: z.string(),
  }),
)

export type Deviation = z.infer<typeof schema>[number]

/** What outside judges hold against our personas and why it stays: test/judges/deviations.yaml. */
export const deviations: readonly Deviation[] = schema.parse(
  parse(readFileSync(fileURLToPath(new URL('deviations.yaml', import.meta.url)), 'utf8')),
)

/** What a judge is expected to hold against a persona, in order. */
export const acceptedFailures = (judge: string, persona: string): string[] =>
  deviations
    .filter(each => each.judge === judge && each.personas.includes(persona))
    .flatMap(({ failures }) => failures)
    .sort()
