import type { Clock } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import type { BmcCall, BootOverride } from '../model.js'
import { allowableValues } from './allowable.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { isRedfishError } from './errors.js'
import { type JsonObject, link, object, type RedfishResource, text } from './resource.js'
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
): Promise<BootOverride> => overrideOf((await readBootHome(client, context, call)).boot)

/**
 * Sets the override and reads it back. `Continuous` becomes `Once` where the service lists no Continuous; the caller
 * sees that in the next readBootOverride. Errors: BMCUnsupported for a target that the system does not list,
 * BMCWriteIgnored when it reads back otherwise.
 */
export const setBootOverride = async (
  client: RedfishClient,
  context: RedfishContext,
  override: BootOverride,
  clock: Clock,
  call: BmcCall,
): Promise<void> => {
  const home = await readBootHome(client, context, call)
  const wish = wishFor(override, home, context)
  if (holds(home.boot, wish)) return
  await withRetries(writeRules, clock, call, () => writeLadder(client, home, bodies(home.boot, wish), call))
  for (const wait of [...readBackWaitsMs, undefined]) {
    const { boot } = await readBootHome(client, context, call)
    if (tookEffect(boot, wish)) return
    if (wait === undefined) throw ignored(home, boot, wish)
    await pause(clock, wait, call)
  }
}

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

const wishFor = (override: BootOverride, home: BootHome, context: RedfishContext): Wish => {
  const { boot, resource, targets } = home
  const none: Wish = { target: 'None', enabled: 'Disabled', uri: undefined }
  if (override.enabled === 'Disabled' || override.target === 'None') return none
  const [target] = wordsFor(override.target, targets, context)
  if (target === undefined) {
    const seen = `no boot from ${override.target}; it lists ${targets?.join(', ') ?? 'nothing'}`
    throw new KatametalError('BMCUnsupported', { about: resource.path, seen })
  }
  if (override.httpBootUri !== undefined && !(uriProperty in boot))
    throw new KatametalError('BMCUnsupported', { about: resource.path, seen: 'no HttpBootUri to write' })
  const offered = allowableValues(boot, enabledProperty)
  const once = override.enabled === 'Continuous' && offered !== undefined && !offered.includes('Continuous')
  return { target, enabled: once ? 'Once' : override.enabled, uri: override.httpBootUri }
}

/** After a write another word for the same device will do: services put their own in its place. */
const tookEffect = (boot: JsonObject, wish: Wish): boolean => {
  const meaning = overrideOf({ [targetProperty]: wish.target }).target
  return holds(overrideOf(boot).target === meaning ? { ...boot, [targetProperty]: wish.target } : boot, wish)
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
