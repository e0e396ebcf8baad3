import type { BootSource } from '../../server/board.js'
import type { Behaviour } from '../behaviour.js'
import type { BmcContext } from '../context.js'
import { type JsonObject, isObject, linkAt, listAt, objectAt, textAt } from '../json.js'
import { type Message, type Reply, refuse } from '../reply.js'
import { takeManagerBoot } from './manager-boot.js'

/** Where the boot override is written: the system, or its settings object. */
export const bootHome = ({ tree, parts, behaviour }: BmcContext): string => {
  const settings = linkAt(objectAt(tree.body(parts.system), '@Redfish.Settings'), 'SettingsObject')
  return behaviour.bootInSettings ? (settings ?? parts.system) : parts.system
}

/** Changes what the system and, where the override is kept there, its settings object show of it. */
const updateBoot = (context: BmcContext, change: JsonObject): void => {
  for (const path of new Set([context.parts.system, bootHome(context)]))
    context.tree.update(path, body => ({ ...body, Boot: { ...objectAt(body, 'Boot'), ...change } }))
}

/** Checks a PATCH of `Boot` and stores it; answers a refusal or nothing. */
export const writeBoot = (context: BmcContext, posting: boolean, wanted: JsonObject): Reply | undefined => {
  const { tree, behaviour, journal } = context
  const boot = objectAt(tree.body(bootHome(context)), 'Boot')
  if (behaviour.bootLockedDuringPost && posting)
    return refuse(400, 'UnableToModifyDuringSystemPOST', 'The boot settings cannot be changed while the server posts.')
  const problems = Object.entries(wanted).flatMap(([name, value]) => problemOf(boot, name, value))
  if (behaviour.bootNeedsEnabled && changesOverride(wanted) && !('BootSourceOverrideEnabled' in wanted))
    problems.push({
      id: 'PropertyMissing',
      text: 'BootSourceOverrideEnabled must be part of every change.',
      related: ['#/Boot/BootSourceOverrideEnabled'],
    })
  const whole = ['Target', 'Enabled', 'Mode'].map(part => `BootSourceOverride${part}`)
  if (behaviour.bootNeedsWhole && changesOverride(wanted) && !whole.every(name => name in wanted))
    problems.push({ id: 'PropertyMissing', text: 'Target, enabled and mode belong together.', related: ['#/Boot'] })
  if (problems.length > 0) return { status: 400, messages: problems }
  const next: JsonObject = { ...boot, ...wanted }
  const cleared = wanted['BootSourceOverrideEnabled'] === 'Disabled' && behaviour.bootClearsTarget
  if (cleared) next['BootSourceOverrideTarget'] = 'None'
  updateBoot(context, { ...wanted, ...(cleared ? { BootSourceOverrideTarget: 'None' } : {}) })
  if (changesOverride(wanted) || 'BootSourceOverrideEnabled' in wanted)
    journal.note(
      `boot override ${textAt(next, 'BootSourceOverrideTarget') ?? ''} ${textAt(next, 'BootSourceOverrideEnabled') ?? ''}`,
    )
  return undefined
}

const changesOverride = (wanted: JsonObject): boolean =>
  'BootSourceOverrideTarget' in wanted || 'BootSourceOverrideMode' in wanted

/** A property must be shown to be written, and its value must be listed where a list is given. */
const problemOf = (boot: JsonObject, name: string, value: unknown): Message[] => {
  const related = [`#/Boot/${name}`]
  if (!(name in boot)) return [{ id: 'PropertyUnknown', text: `${name} is not known here.`, related, args: [name] }]
  const listed = listAt(boot, `${name}@Redfish.AllowableValues`)
  const allowed = listed.length > 0 ? listed : (standardValues[name] ?? [])
  if (allowed.length === 0 || allowed.includes(value as string)) return []
  const text = `${String(value)} is not one of the values of ${name}.`
  return [{ id: 'PropertyValueNotInList', text, related, args: [String(value), name] }]
}

const standardValues: Readonly<Record<string, readonly string[]>> = {
  BootSourceOverrideEnabled: ['Disabled', 'Once', 'Continuous'],
  BootSourceOverrideMode: ['UEFI', 'Legacy'],
}

/** What the firmware boots now; an override of `Once` is used up by this. */
export const takeBootSource = (context: BmcContext, cdImage: string | undefined): BootSource => {
  const { tree, parts, behaviour, journal } = context
  const boot = objectAt(tree.body(parts.system), 'Boot')
  const enabled = textAt(boot, 'BootSourceOverrideEnabled') ?? 'Disabled'
  const target = enabled === 'Disabled' ? 'None' : (textAt(boot, 'BootSourceOverrideTarget') ?? 'None')
  if (enabled === 'Once')
    updateBoot(context, {
      BootSourceOverrideEnabled: 'Disabled',
      ...(behaviour.bootClearsTarget ? { BootSourceOverrideTarget: 'None' } : {}),
    })
  const byManager = cdImage !== undefined && takeManagerBoot(context)
  const source: BootSource = byManager ? { kind: 'cd', url: cdImage } : sourceOf(behaviour, target, boot, cdImage)
  journal.note(`boots ${source.kind}`)
  return source
}

const sourceOf = (behaviour: Behaviour, target: string, boot: JsonObject, cdImage: string | undefined): BootSource => {
  if (cdWords.has(target))
    return cdImage !== undefined && behaviour.cdByManager === undefined && behaviour.cdTargets.includes(target)
      ? { kind: 'cd', url: cdImage }
      : { kind: 'disk' }
  if (target === 'Pxe') return { kind: 'network' }
  if (target === 'UefiHttp') {
    const url = textAt(boot, 'HttpBootUri')
    return url === undefined || url === '' ? { kind: 'network' } : { kind: 'http', url }
  }
  return target === 'BiosSetup' || target === 'UefiShell' ? { kind: 'setup' } : { kind: 'disk' }
}

const cdWords: ReadonlySet<string> = new Set(['Cd', 'UsbCd', 'CD/DVD', 'UefiUsbCd', 'UefiCd'])

/** Whether a PATCH body speaks about booting. */
export const bootOf = (body: JsonObject): JsonObject | undefined => (isObject(body['Boot']) ? body['Boot'] : undefined)
