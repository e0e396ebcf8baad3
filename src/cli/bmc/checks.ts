import { type ErrorCode, type KatametalError, toKatametalError } from '../../base/errors.js'
import type { BmcIdentity } from '../../bmc/model.js'
import type { FirmwareKnowledge } from '../../firmware/knowledge.js'
import { secureBootSetting } from '../../firmware/model.js'
import { planFirmware } from '../../firmware/plan.js'
import type { NamedProfile } from './profile.js'
import type { BmcSession } from './session.js'

/** One thing that was looked at. */
export interface Check {
  readonly check: string
  /** Whether katametal can do its work; true also for what is missing and not needed. */
  readonly ok: boolean
  /** `missing`: not offered. `broken`: offered, and it fails. */
  readonly state: 'works' | 'missing' | 'broken'
  /** The evidence: what the BMC said. */
  readonly seen: string
  /** What to do about it; empty when there is nothing to do. */
  readonly advice: string
}

/** A check whose failure says why: the error becomes the row. */
export const attempt = async (check: string, look: () => Promise<Finding>): Promise<Check> => {
  try {
    return { check, ...(await look()) }
  } catch (error) {
    return failed(check, toKatametalError(error))
  }
}

export const failed = (check: string, error: KatametalError): Check => ({
  check,
  ok: false,
  state: notOffered.has(error.code) ? 'missing' : 'broken',
  seen: `${error.code}: ${error.message}`,
  advice: error.remedy,
})

export type Finding = Omit<Check, 'check'>

const notOffered: ReadonlySet<ErrorCode> = new Set(['BMCUnsupported', 'BMCNotFound'])

export const good = (seen: string, advice = ''): Finding => ({ ok: true, state: 'works', seen, advice })
/** Something that katametal needs is not there. */
const lacking = (seen: string, advice: string): Finding => ({ ok: false, state: 'missing', seen, advice })
/** Something is not there, and nothing needs it. */
export const absent = (seen: string): Finding => ({ ok: true, state: 'missing', seen, advice: '' })
const broken = (seen: string, advice: string): Finding => ({ ok: false, state: 'broken', seen, advice })

/** What the identity alone tells. */
export const identityChecks = (identity: BmcIdentity): Check[] => [
  { check: 'login', ...good('user name and password were accepted') },
  { check: 'certificate', ...certificate(identity.trust) },
  {
    check: 'vendor',
    ...(identity.vendor === 'generic'
      ? lacking('not recognised', 'Standard Redfish is used; please report what `bmc inspect` shows.')
      : good(
          [identity.vendor, identity.generation, identity.product, identity.firmwareVersion].filter(Boolean).join(' '),
        )),
  },
  {
    check: 'system',
    ...good([identity.manufacturer, identity.model, identity.system].filter(Boolean).join('  ')),
  },
  {
    check: 'reset types',
    ...(identity.resetTypes.length === 0
      ? lacking('none named', 'Power is tried with the standard words; check the privilege of the account.')
      : good(identity.resetTypes.join(', '))),
  },
  {
    check: 'boot method',
    ...(identity.bootMethods[0] === undefined
      ? lacking('none', 'License virtual media on the BMC, or boot from the network by spec.bootMACAddress.')
      : good(`${identity.bootMethods[0]} would be used; offered: ${identity.bootMethods.join(', ')}`)),
  },
]

const certificate = (trust: BmcIdentity['trust']) => {
  switch (trust) {
    case 'insecure':
      return lacking('any certificate was accepted', 'Use --ca or --fingerprint instead of --insecure.')
    case 'none':
      return lacking('the connection is not encrypted', 'Use https where the BMC offers it.')
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
  const look = async (check: string, run: () => Promise<Finding>) => {
    progress.step(`looking at ${check}`)
    checks.push(await attempt(check, run))
    call.signal.throwIfAborted()
  }
  await look('power', async () => {
    const state = await bmc.readPower(call)
    return state === 'Unknown' ? broken(state, 'Reset the BMC if this lasts.') : good(state)
  })
  await look('boot override', async () => {
    const { target, enabled } = await bmc.readBootOverride(call)
    return good(enabled === 'Disabled' ? 'none set' : `${target}, ${enabled}`)
  })
  await look('virtual media', async () => {
    const slots = await bmc.readVirtualMedia(call)
    const usable = slots.filter(slot => slot.usable)
    if (usable.length === 0)
      return lacking(`${slots.length} slots, none takes a CD image`, 'License virtual media, or boot from the network.')
    const inserted = usable.filter(slot => slot.inserted).length
    return good(`${usable.length} of ${slots.length} slots take a CD image, ${inserted} in use`)
  })
  await look('BIOS settings', async () => {
    if (!biosSettings) return lacking('not offered', 'Set the BIOS by hand; the running system proves it later.')
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
      if (obstacles.length > 0) return broken(seen, obstacles.map(({ message }) => message).join('; '))
      return good(seen, reboots === 0 ? '' : '`katametal bmc apply --restart` would set it with one restart.')
    })
  await look('inventory', async () => {
    const {
      processors,
      memory,
      nics = [],
      storage,
      firmware = [],
      problems = [],
      requests,
    } = await bmc.readInventory(call)
    const seen = [
      `${processors?.sockets?.length ?? 0} processors`,
      `${memory?.modules?.length ?? 0} memory modules`,
      `${nics.length} network interfaces`,
      `${storage?.drives?.length ?? 0} drives`,
      `${firmware.length} firmware versions`,
      `${requests ?? 0} requests`,
    ].join(', ')
    const [problem] = problems
    if (problem === undefined) return good(seen)
    return good(`${seen}; ${problems.length} parts could not be read`, `${problem.about}: ${problem.message}`)
  })
  await look('sensors', async () => {
    const { sensors, problems } = await bmc.readSensors(call)
    if (sensors.length === 0)
      return problems[0] === undefined ? absent('none shown') : broken(problems[0].message, 'Report it to the vendor.')
    const unwell = sensors.filter(({ health }) => health !== undefined && health !== 'OK').map(({ name }) => name)
    return good(`${sensors.length} sensors`, unwell.length === 0 ? '' : `Look at ${unwell.slice(0, 5).join(', ')}.`)
  })
  await look('event logs', async () => {
    const { entries, logs, problems } = await bmc.readLogs({ limit: 1 }, call)
    if (entries.length > 0 || (logs.length > 0 && problems.length === 0)) return good(logs.join(', '))
    return problems[0] === undefined ? absent('none kept') : broken(problems[0].message, 'Report it to the vendor.')
  })
  if (bmc.readUsers !== undefined)
    await look('users', async () => {
      const users = (await bmc.readUsers?.(call)) ?? []
      const shown = users
        .filter(({ enabled }) => enabled)
        .map(({ name, role }) => `${name} (${role ?? 'no privilege'})`)
      return good(`${shown.length} may log in: ${shown.join(', ')}`)
    })
  return checks
}
