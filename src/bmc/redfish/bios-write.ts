import type { Clock } from '../../base/clock.js'
import { type RegistryAttribute, secureBootSetting } from '../../firmware/model.js'
import type { BiosValue, BiosWriteResult, BmcCall } from '../model.js'
import { clearOwnJob, ensureJob } from './bios-job.js'
import { awaitScheduled } from './bios-job-wait.js'
import { refusedIn } from './bios-messages.js'
import { patchBios } from './bios-patch.js'
import { knownRegistry, registryOf } from './bios-registry-cache.js'
import { type BiosResources, readBiosResources } from './bios-resource.js'
import { rememberUnshown } from './bios-unshown.js'
import { coerce, sameValue, spelledLike } from './bios-values.js'
import type { RedfishClient, WriteAnswer } from './client.js'
import type { RedfishContext } from './context.js'
import { isRedfishError } from './errors.js'
import { readSecureBoot, writeSecureBoot } from './secure-boot.js'

type Wishes = Readonly<Record<string, BiosValue>>
type Refusals = Map<string, string>

/** How often attributes that the service named are left out and the rest is sent again. */
const rounds = 5

/**
 * Makes attribute values pending for the next restart. Values get the JSON type that the service uses; those that
 * stand already, or are pending already, are not sent again. When the service refuses some by name, the others are
 * still written. Where the vendor needs a job for it, one waits for the restart afterwards; a job that blocks the write is deleted
 * only when everything pending in it is about to be overwritten. Secure boot ({@link secureBootSetting}) goes to its
 * own resource.
 *
 * @throws KatametalError BMCJobConflict, BMCTaskFailed when the job was taken and then failed, those of
 * readBiosResources, and what the service says to the whole request
 */
export const writeBios = async (
  client: RedfishClient,
  context: RedfishContext,
  { [secureBootSetting]: secureBoot, ...attributes }: Wishes,
  clock: Clock,
  call: BmcCall,
): Promise<BiosWriteResult> => {
  const resources = await readBiosResources(client, context, call)
  const rows = await registryRows(client, context, attributes, resources, call)
  const refusals: Refusals = new Map()
  // First, so that one job takes both.
  const sent = secureBoot === undefined ? undefined : await sendSecureBoot(client, context, secureBoot, refusals, call)
  const typed = spelled(coerceAll(attributes, resources, rows, refusals), resources, rows)
  const changes = pick(typed, (name, value) => !sameValue(value, standing(context, resources, name), rows.get(name)))
  const answer = await sendUnblocked(client, context, resources, { changes, typed }, rows, refusals, call)
  const accepted = Object.keys(typed).filter(name => !refusals.has(name))
  const changesSomething = accepted.some(name => !sameValue(typed[name], resources.attributes[name], rows.get(name)))
  rememberUnshown(
    context,
    resources,
    pick(typed, name => answer !== undefined && !refusals.has(name)),
  )
  const written = answer === undefined ? [] : Object.keys(changes).filter(name => !refusals.has(name))
  const needsRestart = changesSomething || sent?.changes === true
  const job =
    answer?.task ??
    sent?.answer?.task ??
    (needsRestart ? await ensureJob(client, context, resources, written, call) : undefined)
  const ready = job === undefined ? undefined : await awaitScheduled(client, job, clock, call)
  return resultOf(sent === undefined ? accepted : [...accepted, secureBootSetting], refusals, ready?.path)
}

const resultOf = (tried: readonly string[], refusals: Refusals, job: string | undefined): BiosWriteResult => ({
  accepted: tried.filter(name => !refusals.has(name)),
  refused: [...refusals].map(([attribute, message]) => ({ attribute, message })),
  ...(job === undefined ? {} : { job }),
})

/** Sets secure boot where it differs. Undefined `answer` when it is so already; `changes` when a restart is missing. */
const sendSecureBoot = async (
  client: RedfishClient,
  context: RedfishContext,
  wanted: BiosValue,
  refusals: Refusals,
  call: BmcCall,
): Promise<{ readonly answer: WriteAnswer | undefined; readonly changes: boolean }> => {
  const state = await readSecureBoot(client, context, call)
  if (state === undefined || typeof wanted !== 'boolean') {
    refusals.set(secureBootSetting, state === undefined ? 'there is no SecureBoot resource' : 'true or false is needed')
    return { answer: undefined, changes: false }
  }
  const changes = state.current !== wanted
  if (state.next === wanted) return { answer: undefined, changes }
  try {
    return { answer: await writeSecureBoot(client, state, wanted, call), changes }
  } catch (error) {
    if (!isRedfishError(error) || error.code !== 'BMCRejected') throw error
    refusals.set(secureBootSetting, error.seen ?? error.message)
    return { answer: undefined, changes: false }
  }
}

/** The value that will hold after the next restart if nobody writes. */
const standing = (
  { unshown }: RedfishContext,
  { attributes, settingsAttributes, settingsPath }: BiosResources,
  name: string,
): unknown => {
  if (settingsPath === undefined && unshown?.has(name) === true) return unshown.get(name)
  return Object.hasOwn(settingsAttributes, name) ? settingsAttributes[name] : attributes[name]
}

/** Sends the changes; when another job is in the way and may go, once more everything that is not current. */
const sendUnblocked = async (
  client: RedfishClient,
  context: RedfishContext,
  resources: BiosResources,
  { changes, typed }: { changes: Wishes; typed: Wishes },
  rows: ReadonlyMap<string, RegistryAttribute>,
  refusals: Refusals,
  call: BmcCall,
): Promise<WriteAnswer | undefined> => {
  try {
    return await send(client, resources, changes, refusals, call)
  } catch (error) {
    if (!isRedfishError(error) || error.code !== 'BMCRejected') throw error
    if (!(await clearOwnJob(client, context, resources, Object.keys(typed), error, call))) throw error
    // What waited in the job went with it.
    const all = pick(typed, (name, value) => !sameValue(value, resources.attributes[name], rows.get(name)))
    return send(client, resources, all, refusals, call)
  }
}

/** Sends until the service names no attribute any more. Undefined when nothing is left to send. */
const send = async (
  client: RedfishClient,
  resources: BiosResources,
  changes: Wishes,
  refusals: Refusals,
  call: BmcCall,
): Promise<WriteAnswer | undefined> => {
  for (let round = 1; ; round++) {
    const left = pick(changes, name => !refusals.has(name))
    const names = Object.keys(left)
    if (names.length === 0) return undefined
    try {
      const answer = await patchBios(client, resources, left, call)
      for (const [name, message] of refusedIn(answer.messages, names)) refusals.set(name, message)
      return answer
    } catch (error) {
      if (!isRedfishError(error) || error.code !== 'BMCRejected') throw error
      const named = refusedIn(error.messages, names)
      if (named.size === 0 || round === rounds) throw error
      for (const [name, message] of named) refusals.set(name, message)
    }
  }
}

const coerceAll = (
  wishes: Wishes,
  { attributes }: BiosResources,
  rows: ReadonlyMap<string, RegistryAttribute>,
  refusals: Refusals,
): Record<string, BiosValue> => {
  const typed: Record<string, BiosValue> = {}
  for (const [name, wanted] of Object.entries(wishes)) {
    const coerced = coerce(wanted, attributes[name], rows.get(name))
    if ('value' in coerced) typed[name] = coerced.value
    else refusals.set(name, coerced.problem)
  }
  return typed
}

/** Enable or Enabled, as the settings resource itself spells it where the registry lists neither. */
const spelled = (
  typed: Wishes,
  { settingsAttributes }: BiosResources,
  rows: ReadonlyMap<string, RegistryAttribute>,
): Record<string, BiosValue> =>
  Object.fromEntries(
    Object.entries(typed).map(([name, value]) => {
      const there = settingsAttributes[name]
      const free = (rows.get(name)?.values.length ?? 0) === 0
      return [name, free && typeof value === 'string' && typeof there === 'string' ? spelledLike(value, there) : value]
    }),
  )

/** The registry is fetched only for an attribute that is not served: its type stands nowhere else. */
const registryRows = async (
  client: RedfishClient,
  context: RedfishContext,
  wishes: Wishes,
  { bios, attributes }: BiosResources,
  call: BmcCall,
): Promise<ReadonlyMap<string, RegistryAttribute>> => {
  const unserved = Object.keys(wishes).some(name => attributes[name] === undefined)
  const found = unserved ? await registryOf(client, context, bios, call) : knownRegistry(context, bios)
  return new Map(found?.registry?.attributes.map(attribute => [attribute.name, attribute]))
}

const pick = (wishes: Wishes, keep: (name: string, value: BiosValue) => boolean): Record<string, BiosValue> =>
  Object.fromEntries(Object.entries(wishes).filter(([name, value]) => keep(name, value)))
