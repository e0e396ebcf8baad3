import type { Clock } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import type { BootOverride } from '../../bmc/model.js'
import type { Console } from '../console.js'
import { print } from '../print/table.js'
import { shownURL } from '../print/urls.js'
import { bootTargets, type BootVerb } from './boot-verbs.js'
import type { BmcFlags } from './flags.js'
import { type BmcSession, withSession } from './session.js'

export interface BootFlags extends BmcFlags {
  readonly continuous?: boolean
}

interface BootReport {
  readonly before: BootOverride
  readonly after: BootOverride
}

/** Shows or sets what the server boots next, and shows what the BMC then says about it. */
export const boot = async (
  address: string,
  verb: BootVerb,
  url: string | undefined,
  flags: BootFlags,
  console: Console,
  clock: Clock,
): Promise<void> => {
  const wanted = wish(verb, url, flags.continuous === true)
  const report = await withSession(address, flags, console, clock, session => change(wanted, session))
  const before = shown(report.before)
  const after = shown(report.after)
  print(console, flags.output, {
    columns: [
      { title: 'address', cell: () => address },
      { title: 'action', cell: () => verb },
      { title: 'before', cell: () => words(before) },
      { title: 'after', cell: () => words(after) },
    ],
    rows: [report],
    data: { address, action: verb, before, after },
    remarks: remarks(wanted, report.after),
  })
}

/** What is asked for, checked before anybody is asked for a password. Throws UsageInvalid. */
const wish = (verb: BootVerb, url: string | undefined, continuous: boolean): BootOverride | undefined => {
  if (verb === 'http' && (url === undefined || !/^https?:\/\//i.test(url) || !URL.canParse(url)))
    throw new KatametalError('UsageInvalid', { about: 'boot http', seen: 'it needs an http or https URL' })
  if (verb !== 'http' && url !== undefined)
    throw new KatametalError('UsageInvalid', { about: `boot ${verb}`, seen: 'only http takes a URL' })
  if (continuous && (verb === 'status' || verb === 'none'))
    throw new KatametalError('UsageInvalid', { about: `boot ${verb}`, seen: '--continuous needs a boot target' })
  if (verb === 'status') return undefined
  return {
    target: bootTargets[verb],
    enabled: verb === 'none' ? 'Disabled' : continuous ? 'Continuous' : 'Once',
    ...(url === undefined ? {} : { httpBootUri: url }),
  }
}

const change = async (wanted: BootOverride | undefined, { bmc, call, progress }: BmcSession): Promise<BootReport> => {
  progress.step('reading the boot override')
  const before = await bmc.readBootOverride(call)
  if (wanted === undefined) return { before, after: before }
  progress.step('setting the boot override')
  await bmc.setBootOverride(wanted, call)
  progress.step('reading the boot override back')
  return { before, after: await bmc.readBootOverride(call) }
}

const remarks = (wanted: BootOverride | undefined, after: BootOverride): string[] =>
  wanted?.enabled === 'Continuous' && after.enabled === 'Once'
    ? ['The BMC takes no Continuous: this holds for one boot and must be set again before the next.']
    : []

/** An override that is switched off may keep an old target and URL: they mean nothing. */
const shown = ({ target, enabled, httpBootUri }: BootOverride): BootOverride => ({
  target,
  enabled,
  ...(httpBootUri === undefined || target !== 'UefiHttp' ? {} : { httpBootUri: shownURL(httpBootUri) }),
})

const words = ({ target, enabled, httpBootUri }: BootOverride): string =>
  enabled === 'Disabled' ? 'none' : [target, enabled, httpBootUri].filter(Boolean).join(' ')
