import { describe, expect, it } from 'vitest'
import { personaNames } from '../../src/lab/bmc/personas/personas.js'
import { acceptedFailures } from './deviations.js'
import { judging } from './judged-bmc.js'
import { runInteropValidator } from './validators.js'

describe('the interop validator of DMTF, with the profile of OpenStack Ironic', () => {
  it.each(personaNames)('finds all that Ironic needs on the %s persona, but for what is accepted', name =>
    judging(name, async judged => {
      const { totals, failures } = await runInteropValidator(judged)
      expect(failures).toEqual(acceptedFailures('interop validator', name))
      expect(totals.fail).toBe(failures.length)
      expect(totals.pass).toBeGreaterThan(80)
    }),
  )
})
