import type { Clock } from '../../base/clock.js'
import { isKatametalError, KatametalError, toKatametalError } from '../../base/errors.js'
import type { BmcCall, BootOverride } from '../model.js'
import { allowableValues } from './allowable.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { isRedfishError } from './errors.js'
import { readManagerBoot, setManagerBoot } from './manager-boot.js'
import { type JsonObject, link, object, type RedfishResource, samePath, text } from './resource.js'
import { pause, withRetries, writeRules } from './retries.js'

/** Where a system keeps its boot override: in itself, or in the settings object that its release wants written. */
export interface BootHome {
  readonly resource: RedfishResource
  readonly boot: JsonObject
  /** Words for the override target; undefined when the service does not say. */
  readonly targets: readonly string[] | undefined
}

/** Reads the system anew, and its settings object where the override can only be written there. */
const readBootHome = async (client: RedfishClient, context: RedfishContext, call: BmcCall): Promise<BootHome> =>
  bootHomeOf(client, await client.get(context.systemPath, call), call)

export const bootHomeOf = async (client: RedfishClient, system: RedfishResource, call: BmcCall): Promise<BootHome> => {
  const boot = object(system.body, 'Boot')
  const targets = allowableValues(boot, targetProperty)
  if (targets !== undefined) return { resource: system, boot, targets }
  const settings = await client.tryGet(link(system.body, '@Redfish.Settings', 'SettingsObject'), call)
  const pending = object(settings?.body, 'Boot')
  // Other services keep only boot order or mode there: then the override stays with the system.
  if (settings === undefined || !(targetProperty in pending)) return { resource: system, boot, targets }
  return { resource: settings, boot: { ...boot, ...pending }, targets: allowableValues(pending, targetProperty) }
}

export const readBootOverride = async (
  client: RedfishClient,
  context: RedfishContext,
  call: BmcCall,
): Promise<BootOverride> => {
  const override = overrideOf((await readBootHome(client, context, call)).boot)
  if (override.enabled !== 'Disabled') return override
  return (await readManagerBoot(client, context, call)) ?? override
}

/**
 * Sets the override and reads it back; by attributes of the manager where a vendor boots the CD only so. `Continuous`
 * becomes `Once` where the service lists no Continuous, and the other way round where the service keeps no Once
 * (sushy-tools); where nothing can be switched off, the disk is what is booted from then on. The caller sees that in the
 * next readBootOverride. Where the service knows several words for a device, and where both the system
 * and its settings object hold the override, the next is tried when one is refused or has no effect. Errors:
 * BMCUnsupported for a target that the system does not list, BMCWriteIgnored when it reads back otherwise.
 */
export const setBootOverride = async (
  client: RedfishClient,
  context: RedfishContext,
  override: BootOverride,
  clock: Clock,
  call: BmcCall,
): Promise<void> => {
  const cd = override.target === 'Cd' && override.enabled !== 'Disabled'
  const byManager = await setManagerBoot(client, context, cd ? 'cd' : 'none', clock, call)
  // What the manager boots first would be kept from it by an override that is still set.
  const wanted: BootOverride = cd && byManager ? { target: 'None', enabled: 'Disabled' } : override
  const home = await readBootHome(client, context, call)
  const wishes = wishesFor(wanted, home, context)
  // Booting from the disk is the makeshift for an override that cannot be switched off, not as good as none.
  if (wishes.some(wish => wish !== fromDisk && holds(home.boot, wish))) return
  const work: Work = { client, clock, call }
  const failure = await write(work, home, wishes)
  if (failure === undefined) return
  for (const place of await otherHomes(client, context, home, call))
    if ((await write(work, place, wishes)) === undefined) return
  throw failure
}

interface Work {
  readonly client: RedfishClient
  readonly clock: Clock
  readonly call: BmcCall
}

/** Writes one wish after the other until one is there; the first failure when none is. */
const write = async (work: Work, place: BootHome, wishes: readonly Wish[]): Promise<KatametalError | undefined> => {
  const { client, clock, call } = work
  let failure: KatametalError | undefined
  for (const wish of wishes) {
    try {
      await withRetries(writeRules, clock, call, () => writeLadder(client, place, bodies(place.boot, wish), call))
      await seen(work, place, wish)
      return undefined
    } catch (error) {
      if (!isRefusal(error) && !isKatametalError(error, 'BMCWriteIgnored')) throw error
      failure ??= toKatametalError(error)
    }
  }
  return failure
}

/** Reads the place that was written until the wish is there. Throws BMCWriteIgnored. */
const seen = async ({ client, clock, call }: Work, place: BootHome, wish: Wish): Promise<void> => {
  for (const wait of [...readBackWaitsMs, undefined]) {
    const boot = { ...place.boot, ...object((await client.get(place.resource.path, call)).body, 'Boot') }
    if (tookEffect(boot, wish)) return
    if (wait === undefined) throw ignored(place, boot, wish)
    await pause(clock, wait, call)
  }
}

/** The settings object beside the system, and the system beside its settings object, where both hold the override. */
const otherHomes = async (
  client: RedfishClient,
  context: RedfishContext,
  home: BootHome,
  call: BmcCall,
): Promise<readonly BootHome[]> => {
  const { body } = context.system
  const path = samePath(home.resource.path, context.systemPath)
    ? link(body, '@Redfish.Settings', 'SettingsObject')
    : context.systemPath
  const resource = await client.tryGet(path, call)
  const boot = object(resource?.body, 'Boot')
  if (resource === undefined || !(targetProperty in boot)) return []
  return [{ resource, boot: { ...home.boot, ...boot }, targets: allowableValues(boot, targetProperty) }]
}

const isRefusal = (error: unknown): boolean =>
  isRedfishError(error, 400, 405, 501) && (error.code === 'BMCRejected' || error.code === 'BMCUnsupported')

/** What the words of a service mean to us; a target that is none of ours reads as None with its `enabled` kept. */
const overrideOf = (boot: JsonObject): BootOverride => {
  const enabled = text(boot, enabledProperty)
  const uri = text(boot, uriProperty)
  return {
    target: meanings.get(word(boot[targetProperty]).toLowerCase()) ?? 'None',
    enabled: enabled === 'Once' || enabled === 'Continuous' ? enabled : 'Disabled',
    ...(uri === undefined ? {} : { httpBootUri: uri }),
  }
}

/** The words that this system takes for a target, best first; empty when it lists words and none of them fits. */
export const wordsFor = (
  target: BootOverride['target'],
  targets: readonly string[] | undefined,
  context: Pick<RedfishContext, 'quirks'>,
): readonly string[] => {
  const words = target === 'Cd' ? context.quirks.cdTargets : [target]
  return targets === undefined ? words.slice(0, 1) : words.filter(one => targets.includes(one))
}

const targetProperty = 'BootSourceOverrideTarget'
const enabledProperty = 'BootSourceOverrideEnabled'
const modeProperty = 'BootSourceOverrideMode'
const uriProperty = 'HttpBootUri'
const readBackWaitsMs = [500, 1000, 2000]

const meanings: ReadonlyMap<string, BootOverride['target']> = new Map([
  ['none', 'None'],
  ['cd', 'Cd'],
  ['usbcd', 'Cd'],
  ['uefiusbcd', 'Cd'],
  ['cd/dvd', 'Cd'],
  ['pxe', 'Pxe'],
  ['uefihttp', 'UefiHttp'],
  ['hdd', 'Hdd'],
  ['biossetup', 'BiosSetup'],
])

const ignored = ({ resource }: BootHome, boot: JsonObject, wish: Wish): KatametalError =>
  new KatametalError('BMCWriteIgnored', {
    about: resource.path,
    seen: `wanted ${wish.target} ${wish.enabled}, reads ${word(boot[targetProperty])} ${word(boot[enabledProperty])}`,
  })

interface Wish {
  readonly target: string
  readonly enabled: BootOverride['enabled']
  readonly uri: string | undefined
}

const disabled: Wish = { target: 'None', enabled: 'Disabled', uri: undefined }
const fromDisk: Wish = { target: 'Hdd', enabled: 'Continuous', uri: undefined }

/** One wish for each word that the service has for the target, best first. Throws BMCUnsupported when it has none. */
const wishesFor = (override: BootOverride, home: BootHome, context: RedfishContext): readonly Wish[] => {
  const { boot, resource, targets } = home
  if (override.enabled === 'Disabled' || override.target === 'None')
    return [disabled, ...(targets?.includes('Hdd') === true ? [fromDisk] : [])]
  const words = wordsFor(override.target, targets, context)
  if (words.length === 0) {
    const lists = `no boot from ${override.target}; it lists ${targets?.join(', ') ?? 'nothing'}`
    throw new KatametalError('BMCUnsupported', { about: resource.path, seen: lists })
  }
  if (override.httpBootUri !== undefined && !(uriProperty in boot))
    throw new KatametalError('BMCUnsupported', { about: resource.path, seen: 'no HttpBootUri to write' })
  const offered = allowableValues(boot, enabledProperty)
  const once = override.enabled === 'Continuous' && offered !== undefined && !offered.includes('Continuous')
  return words.map(target => ({ target, enabled: once ? 'Once' : override.enabled, uri: override.httpBootUri }))
}

/**
 * After a write another word for the same device will do, as services put their own in its place, and so will an
 * override that stays where one of `Once` was asked for.
 */
const tookEffect = (boot: JsonObject, wish: Wish): boolean => {
  const meaning = overrideOf({ [targetProperty]: wish.target }).target
  const same = overrideOf(boot).target === meaning
  const kept = same && wish.enabled === 'Once' && text(boot, enabledProperty) === 'Continuous'
  return holds(
    {
      ...boot,
      ...(same ? { [targetProperty]: wish.target } : {}),
      ...(kept ? { [enabledProperty]: wish.enabled } : {}),
    },
    wish,
  )
}

const holds = (boot: JsonObject, wish: Wish): boolean => {
  const enabled = text(boot, enabledProperty) ?? 'Disabled'
  if (wish.enabled === 'Disabled') return enabled === 'Disabled'
  return (
    enabled === wish.enabled &&
    word(boot[targetProperty]) === wish.target &&
    (wish.uri === undefined || text(boot, uriProperty) === wish.uri)
  )
}

/**
 * Bodies to try, fullest first: most services want target, enabled and mode together and repeated in each write;
 * some reject the whole when mode is in it, or when a target is given while the override is switched off.
 */
const bodies = (boot: JsonObject, wish: Wish): readonly JsonObject[] => {
  const off = wish.enabled === 'Disabled'
  const listed = allowableValues(boot, targetProperty)
  const target = off && listed !== undefined && !listed.includes('None') ? {} : { [targetProperty]: wish.target }
  const uri = wish.uri === undefined ? {} : { [uriProperty]: wish.uri }
  const plain = { ...target, [enabledProperty]: wish.enabled, ...uri }
  const shown = text(boot, modeProperty)
  const modes = allowableValues(boot, modeProperty)
  const mode = off ? shown : modes === undefined || modes.includes('UEFI') ? 'UEFI' : undefined
  return [
    ...(shown === undefined || mode === undefined ? [] : [{ ...plain, [modeProperty]: mode }]),
    plain,
    ...(off && Object.keys(target).length > 0 ? [{ [enabledProperty]: 'Disabled' }] : []),
  ]
}

const writeLadder = async (
  client: RedfishClient,
  home: BootHome,
  ladder: readonly JsonObject[],
  call: BmcCall,
): Promise<void> => {
  let refusal: unknown
  for (const boot of ladder) {
    try {
      await client.patch(home.resource, { Boot: boot }, call)
      return
    } catch (error) {
      if (!isRedfishError(error, 400) || error.code !== 'BMCRejected') throw error
      refusal ??= error
    }
  }
  throw refusal
}

/** Unlike `text`, keeps the word None: here it is a value. */
const word = (value: unknown): string => (typeof value === 'string' ? value : '')
