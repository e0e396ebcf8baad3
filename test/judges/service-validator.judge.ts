import { describe, expect, it } from 'vitest'
import { personaNames } from '../../src/lab/bmc/personas/personas.js'
import { ask } from '../support/bmc-client.js'
import { acceptedFailures } from './deviations.js'
import { mayBeMissing, schemasInstalled } from './installed.js'
import { judging, type JudgedBmc } from './judged-bmc.js'
import { runServiceValidator } from './validators.js'

/** Makes what a fresh service has none of, so that it is judged too: a session, a task, a subscription. */
const fill = async ({ bmc, user, password }: JudgedBmc): Promise<void> => {
  const made = [
    ['SessionService/Sessions', { UserName: user, Password: password }],
    ['EventService/Subscriptions', { Destination: 'https://127.0.0.1/events', Protocol: 'Redfish' }],
    ['UpdateService/Actions/UpdateService.SimpleUpdate', { ImageURI: 'https://127.0.0.1/bios.bin' }],
  ] as const
  for (const [path, json] of made) {
    const { status } = await ask(bmc, 'POST', `/redfish/v1/${path}`, { json })
    expect([201, 202], path).toContain(status)
  }
}

describe.skipIf(mayBeMissing && !schemasInstalled())(
  'the service validator of DMTF (needs cargo for its schemas)',
  () => {
    it.each(personaNames)('finds nothing in the whole tree of the %s persona that is not accepted', name =>
      judging(name, async judged => {
        await fill(judged)
        const { totals, failures } = await runServiceValidator(judged)
        expect(failures).toEqual(acceptedFailures('service validator', name))
        expect(totals.fail).toBe(failures.length)
        // Without schemas it passes everything and counts next to nothing.
        expect(totals.pass).toBeGreaterThan(700)
      }),
    )
  },
)
