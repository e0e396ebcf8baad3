import { KatametalError } from '../../base/errors.js'
import type { BmcCall } from '../model.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { type BiosResources } from './bios-resource.js'
import { pendingOf } from './bios-values.js'
import { link, object, type RedfishResource, text } from './resource.js'

/** A configuration job that waits for the next restart. */
interface WaitingJob {
  readonly path: string
  /** Id and state, for people. */
  readonly name: string
}

/**
 * Where the vendor's quirks say that pending BIOS settings need a job: the one that waits, or a new one. Undefined
 * where none is needed or the manager has no job collection. `written` are the attributes that were just sent.
 *
 * @throws KatametalError BMCBusy when a job is under way and the write, though answered as a success, left nothing
 * pending: services call settings applied that a running job only holds
 */
export const ensureJob = async (
  client: RedfishClient,
  context: RedfishContext,
  { settings, settingsPath }: BiosResources,
  written: readonly string[],
  call: BmcCall,
): Promise<string | undefined> => {
  const collection = await jobCollectionOf(client, context, call)
  const target = link(settings?.body) ?? settingsPath
  if (collection === undefined || target === undefined) return undefined
  const waiting = await findWaitingJob(client, collection, call)
  if (waiting === undefined) return createJob(client, context, collection, target, call)
  const pending = object((await client.tryGet(target, call))?.body, 'Attributes')
  if (written.length > 0 && !written.some(name => Object.hasOwn(pending, name)))
    throw new KatametalError('BMCBusy', {
      about: waiting.name,
      seen: `it is under way, and ${written.slice(0, 5).join(', ')} did not become pending beside it`,
    })
  return waiting.path
}

/**
 * Deletes the waiting job that made the service refuse a write with `refusal`, if everything pending in it is among
 * the attributes `wanted`. False when no job waits: then something else was refused.
 *
 * @throws KatametalError BMCJobConflict when the job holds settings that are not ours to drop
 */
export const clearOwnJob = async (
  client: RedfishClient,
  context: RedfishContext,
  { attributes, settingsAttributes }: BiosResources,
  wanted: readonly string[],
  refusal: KatametalError,
  call: BmcCall,
): Promise<boolean> => {
  const collection = await jobCollectionOf(client, context, call)
  const waiting = collection === undefined ? undefined : await findWaitingJob(client, collection, call)
  if (waiting === undefined) return false
  const pending = Object.keys(pendingOf(attributes, settingsAttributes, undefined))
  const foreign = pending.filter(name => !wanted.includes(name))
  if (pending.length === 0 || foreign.length > 0) {
    const holds = foreign.length > 0 ? `it holds ${foreign.slice(0, 5).join(', ')}` : 'what it holds is not shown'
    throw new KatametalError('BMCJobConflict', {
      about: waiting.name,
      seen: `${holds}; ${refusal.seen ?? refusal.code}`,
    })
  }
  await client.remove(waiting.path, call)
  return true
}

const jobCollectionOf = async (
  client: RedfishClient,
  { managerPath, manager, quirks }: RedfishContext,
  call: BmcCall,
): Promise<string | undefined> => {
  if (quirks.biosConfigJob === undefined || managerPath === undefined) return undefined
  for (const keys of quirks.biosConfigJob.collections) {
    const path = link(manager?.body, ...keys.split('/')) ?? `${managerPath.replace(/\/$/, '')}/${keys}`
    if ((await client.tryGet(path, call)) !== undefined) return path
  }
  return undefined
}

/** Jobs that ended stay listed for months. */
const findWaitingJob = async (
  client: RedfishClient,
  collection: string,
  call: BmcCall,
): Promise<WaitingJob | undefined> => {
  const { resources } = await client.members(collection, call)
  const job = resources.find(resource => isBiosJob(resource) && !isEnded(resource))
  return job === undefined ? undefined : { path: link(job.body) ?? job.path, name: nameOf(job) }
}

const createJob = async (
  client: RedfishClient,
  { quirks }: RedfishContext,
  collection: string,
  settings: string,
  call: BmcCall,
): Promise<string | undefined> => {
  if (quirks.biosConfigJob === undefined) return undefined
  const answer = await client.post(collection, { [quirks.biosConfigJob.targetProperty]: settings }, call)
  const job = answer.task ?? answer.location ?? (await findWaitingJob(client, collection, call))?.path
  if (job === undefined) throw new KatametalError('BMCWriteIgnored', { about: collection, seen: 'no job was made' })
  return job
}

const isBiosJob = (job: RedfishResource): boolean =>
  /bios/i.test(`${text(job.body, 'JobType') ?? ''} ${text(job.body, 'Name') ?? ''}`)

const isEnded = (job: RedfishResource): boolean =>
  /^(?:completed|failed|exception|cancelled|canceled|rebootcompleted|rebootfailed)/i.test(
    text(job.body, 'JobState') ?? '',
  )

const nameOf = (job: RedfishResource): string =>
  [text(job.body, 'Id') ?? job.path, text(job.body, 'JobState')].filter(part => part !== undefined).join(', ')
