import type { Clock } from '../../base/clock.js'
import { isKatametalError, type KatametalError, toKatametalError } from '../../base/errors.js'
import { parseBmcAddress } from '../../bmc/address.js'
import { loadFirmwareKnowledge } from '../../firmware/data.js'
import type { Console } from '../console.js'
import { print, type Tone } from '../print/table.js'
import { bootMethodChecks, capabilityChecks } from './capability-checks.js'
import { type Check, failed, featureChecks, identityChecks } from './checks.js'
import type { PlanFlags } from './plan.js'
import { readProfile } from './profile.js'
import { type BmcSession, withSession } from './session.js'

/**
 * Looks at everything katametal would use of a BMC and says what works, with evidence. Changes nothing. A BMC that
 * cannot be reached or opened still gives its list, and then the error that decides the exit code.
 */
export const doctor = async (address: string, flags: PlanFlags, console: Console, clock: Clock): Promise<void> => {
  const { scheme, host, port } = parseBmcAddress(address)
  const profile = readProfile(flags.profile)
  const knowledge = loadFirmwareKnowledge()
  const checks: Check[] = [
    { check: 'address', ok: true, state: 'works', seen: `${scheme} to ${host} port ${port}`, advice: '' },
  ]
  let fatal: KatametalError | undefined
  try {
    await withSession(address, flags, console, clock, async session => {
      const identity = await identityOf(session)
      checks.push(...identity.checks)
      checks.push(...(await featureChecks(session, identity.biosSettings, profile, knowledge)))
    })
  } catch (error) {
    fatal = toKatametalError(error, address)
    checks.push(failed(checks.length === 1 ? 'connection' : 'end', fatal))
  }
  print(console, flags.output, {
    columns: [
      { title: 'check', cell: ({ check }) => check },
      { title: 'state', cell: ({ state }) => state, tone: toneOf },
      { title: 'seen', cell: ({ seen }) => seen },
      { title: 'advice', cell: ({ advice }) => advice, wide: true },
    ],
    rows: checks,
    data: checks,
    remarks: checks.filter(({ ok, advice }) => !ok && advice !== '').map(({ check, advice }) => `${check}: ${advice}`),
  })
  if (fatal !== undefined) throw fatal
}

const toneOf = ({ ok, state }: Check): Tone | undefined =>
  state === 'works' ? 'good' : state === 'broken' ? 'bad' : ok ? undefined : 'warn'

/** A part of the BMC that is broken need not hide the rest; whoever is not let in sees nothing more. */
const identityOf = async ({ bmc, call, progress }: BmcSession): Promise<{ checks: Check[]; biosSettings: boolean }> => {
  progress.step('logging in and finding the system')
  try {
    const identity = await bmc.identify(call)
    return {
      checks: [...identityChecks(identity), ...bootMethodChecks(identity), ...capabilityChecks(identity.capabilities)],
      biosSettings: identity.biosSettings,
    }
  } catch (error) {
    if (!isKatametalError(error) || error.kind !== 'fault') throw error
    return { checks: [failed('identity', error)], biosSettings: true }
  }
}
