import { type KatametalError, toKatametalError } from '../../base/errors.js'
import type { BmcIdentity } from '../../bmc/model.js'
import type { FirmwareKnowledge } from '../../firmware/knowledge.js'
import { secureBootSetting } from '../../firmware/model.js'
import { planFirmware } from '../../firmware/plan.js'
import type { NamedProfile } from './profile.js'
import type { BmcSession } from './session.js'

/** One thing that was looked at. */
export interface Check {
  readonly check: string
  readonly ok: boolean
  readonly seen: string
  /** What to do about it; empty when there is nothing to do. */
  readonly advice: string
}

/** A check whose failure says why: the error becomes the row. */
export const attempt = async (check: string, look: () => Promise<Omit<Check, 'check'>>): Promise<Check> => {
  try {
    return { check, ...(await look()) }
  } catch (error) {
    return failed(check, toKatametalError(error))
  }
}

export const failed = (check: string, error: KatametalError): Check => ({
  check,
  ok: false,
  seen: `${error.code}: ${error.message}`,
  advice: error.remedy,
})

const good = (seen: string, advice = '') => ({ ok: true, seen, advice })
const bad = (seen: string, advice: string) => ({ ok: false, seen, advice })

/** What the identity alone tells. */
export const identityChecks = (identity: BmcIdentity): Check[] => [
  { check: 'login', ...good('user name and password were accepted') },
  { check: 'certificate', ...certificate(identity.trust) },
  {
    check: 'vendor',
    ...(identity.vendor === 'generic'
      ? bad('not recognised', 'Standard Redfish is used; please report what `bmc inspect` shows.')
      : good([identity.vendor, identity.product, identity.firmwareVersion].filter(Boolean).join(' '))),
  },
  {
    check: 'system',
    ...good([identity.manufacturer, identity.model, identity.system].filter(Boolean).join('  ')),
  },
  {
    check: 'reset types',
    ...(identity.resetTypes.length === 0
      ? bad('none named', 'Power is tried with the standard words; check the privilege of the account.')
      : good(identity.resetTypes.join(', '))),
  },
  {
    check: 'boot method',
    ...(identity.bootMethods[0] === undefined
      ? bad('none', 'License virtual media on the BMC, or boot from the network by spec.bootMACAddress.')
      : good(`${identity.bootMethods[0]} would be used; offered: ${identity.bootMethods.join(', ')}`)),
  },
]

const certificate = (trust: BmcIdentity['trust']) => {
  switch (trust) {
    case 'insecure':
      return bad('any certificate was accepted', 'Use --ca or --fingerprint instead of --insecure.')
    case 'none':
      return bad('the connection is not encrypted', 'Use https where the BMC offers it.')
    case 'system':
    case 'bundle':
    case 'fingerprint':
      return good(`trusted by ${trust === 'system' ? 'the CAs of this machine' : trust}`)
  }
}

/** What takes requests of its own. All of them only read. */
export const featureChecks = async (
  { bmc, call, progress }: BmcSession,
  biosSettings: boolean,
  profile: NamedProfile,
  knowledge: FirmwareKnowledge,
): Promise<Check[]> => {
  const checks: Check[] = []
  const look = async (check: string, run: () => Promise<Omit<Check, 'check'>>) => {
    progress.step(`looking at ${check}`)
    checks.push(await attempt(check, run))
    call.signal.throwIfAborted()
  }
  await look('power', async () => {
    const state = await bmc.readPower(call)
    return state === 'Unknown' ? bad(state, 'Reset the BMC if this lasts.') : good(state)
  })
  await look('boot override', async () => {
    const { target, enabled } = await bmc.readBootOverride(call)
    return good(enabled === 'Disabled' ? 'none set' : `${target}, ${enabled}`)
  })
  await look('virtual media', async () => {
    const slots = await bmc.readVirtualMedia(call)
    const usable = slots.filter(slot => slot.usable)
    if (usable.length === 0)
      return bad(`${slots.length} slots, none takes a CD image`, 'License virtual media, or boot from the network.')
    const inserted = usable.filter(slot => slot.inserted).length
    return good(`${usable.length} of ${slots.length} slots take a CD image, ${inserted} in use`)
  })
  await look('BIOS settings', async () => {
    if (!biosSettings) return bad('not offered', 'Set the BIOS by hand; the running system proves it later.')
    const { attributes, pending, registryEvidence } = await bmc.readBios(call)
    const waiting = Object.keys(pending).length
    return good(
      `${Object.keys(attributes).filter(name => name !== secureBootSetting).length} attributes, ${waiting} pending; registry: ${registryEvidence}`,
      waiting === 0 ? '' : 'Restart the server to apply what is pending.',
    )
  })
  if (biosSettings)
    await look(`profile ${profile.name}`, async () => {
      const { rows, reboots, obstacles } = planFirmware(profile.spec, await bmc.readBios(call), knowledge)
      const seen = rows.map(({ knob, outcome }) => `${knob} ${outcome}`).join(', ')
      if (obstacles.length > 0) return bad(seen, obstacles.map(({ message }) => message).join('; '))
      return good(seen, reboots === 0 ? '' : '`katametal bmc apply --restart` would set it with one restart.')
    })
  return checks
}
