import type { Clock } from '../../base/clock.js'
import { isKatametalError, KatametalError } from '../../base/errors.js'
import type { BmcCall, VirtualMediaSlot } from '../model.js'
import type { RedfishClient, WriteAnswer } from './client.js'
import type { RedfishContext } from './context.js'
import { isRedfishError } from './errors.js'
import { nextBody } from './media-parameters.js'
import { readSlots, type Slot, slotOf } from './media-slots.js'
import type { JsonObject } from './resource.js'
import { pause } from './retries.js'

export const readVirtualMedia = async (
  client: RedfishClient,
  context: RedfishContext,
  call: BmcCall,
): Promise<VirtualMediaSlot[]> => (await readSlots(client, context, call)).map(publicSlot)

/**
 * Empties the best CD slot, inserts the image and reads the slot back until the image is there. A slot that turns out
 * to take none is passed over; what somebody else has inserted is only ejected when there is no other slot. Errors: BMCUnsupported without a usable slot, BMCWriteIgnored when it is not there.
 */
export const insertVirtualMedia = async (
  client: RedfishClient,
  context: RedfishContext,
  url: string,
  clock: Clock,
  call: BmcCall,
): Promise<VirtualMediaSlot> => {
  const slots = (await readSlots(client, context, call, url)).filter(slot => slot.usable)
  const work: Work = { client, context, clock, call }
  const attempts = { left: mostAttempts }
  for (const [index, slot] of slots.entries()) {
    const last = index === slots.length - 1
    try {
      if (slot.inserted) await eject(work, slot)
      await insert(work, slot, url, attempts, last)
      return publicSlot(await seenInserted(work, slot, url))
    } catch (error) {
      if (last || attempts.left === 0 || !(takesNone(error) || isKatametalError(error, 'BMCWriteIgnored'))) throw error
    }
  }
  throw new KatametalError('BMCUnsupported', {
    about: context.systemPath,
    seen: 'no virtual media slot takes a CD image from a URL',
  })
}

/** Ejects what is in slots that take CD images. Other slots are none of our business. */
export const ejectVirtualMedia = async (
  client: RedfishClient,
  context: RedfishContext,
  clock: Clock,
  call: BmcCall,
): Promise<void> => {
  for (const slot of await readSlots(client, context, call))
    if (slot.usable && slot.inserted) await eject({ client, context, clock, call }, slot)
}

interface Work {
  readonly client: RedfishClient
  readonly context: RedfishContext
  readonly clock: Clock
  readonly call: BmcCall
}

const mostAttempts = 4
const mostEjects = 3
const busyWaitMs = 2000
const settleWaitsMs = [250, 500, 1000, 2000, 4000]

/** Refusals that say what is missing are answered; guesses are left to the last slot that there is to try. */
const insert = async (
  work: Work,
  slot: Slot,
  url: string,
  attempts: { left: number },
  guess: boolean,
): Promise<void> => {
  const { client, clock, call } = work
  let body: JsonObject =
    slot.insert === undefined ? { Image: url, Inserted: true, WriteProtected: true } : { Image: url }
  for (;;) {
    attempts.left--
    try {
      await finished(work, await send(client, slot, body, call))
      return
    } catch (error) {
      if (attempts.left === 0) throw error
      if (isKatametalError(error, 'BMCBusy') || isRedfishError(error, 500)) await pause(clock, busyWaitMs, call)
      else body = nextBody(body, error, url, guess)
    }
  }
}

const send = (client: RedfishClient, slot: Slot, body: JsonObject, call: BmcCall): Promise<WriteAnswer> =>
  slot.insert === undefined ? client.patch(slot.resource, body, call) : client.action(slot.insert, body, call)

/** Nothing inserted any more is success, whatever the service said about the request. */
const eject = async (work: Work, slot: Slot): Promise<void> => {
  const { client, clock, call } = work
  let refusal: KatametalError | undefined
  for (let attempt = 1; attempt <= mostEjects; attempt++) {
    refusal = undefined
    try {
      await finished(work, await sendEject(client, slot, call))
    } catch (error) {
      if (!isRedfishError(error)) throw error
      refusal = error
    }
    if (await settled(work, slot, now => !now.inserted)) return
    // The BMC fails at it for a while after an insert or an eject; another refusal would be the same again.
    if (refusal === undefined || (refusal.kind !== 'transient' && !isRedfishError(refusal, 500))) break
    if (attempt < mostEjects) await pause(clock, busyWaitMs, call)
  }
  throw refusal ?? new KatametalError('BMCWriteIgnored', { about: slot.id, seen: 'still inserted after eject' })
}

const sendEject = async (client: RedfishClient, slot: Slot, call: BmcCall): Promise<WriteAnswer> => {
  if (slot.eject === undefined) return client.patch(slot.resource, { Image: null, Inserted: false }, call)
  try {
    return await client.action(slot.eject, {}, call)
  } catch (error) {
    // The standard has no parameters here: some want an empty object, others no body at all.
    if (!isRedfishError(error, 400, 415)) throw error
    return client.action(slot.eject, undefined, call)
  }
}

const seenInserted = async (work: Work, slot: Slot, url: string): Promise<Slot> => {
  const there = await settled(work, slot, now => now.inserted && isImage(now.image, url))
  if (there !== undefined) return there
  throw new KatametalError('BMCWriteIgnored', { about: slot.id, seen: 'the image was taken but is not inserted' })
}

/** Reads the slot until it is as wished; undefined when it does not become so. */
const settled = async (work: Work, slot: Slot, wished: (now: Slot) => boolean): Promise<Slot | undefined> => {
  for (const wait of [...settleWaitsMs, undefined]) {
    const now = slotOf(await work.client.get(slot.resource.path, work.call), work.context)
    if (wished(now)) return now
    if (wait !== undefined) await pause(work.clock, wait, work.call)
  }
  return undefined
}

/** Waits for the task of an insert or eject, where the service made one. */
const finished = async (work: Work, answer: WriteAnswer): Promise<void> => {
  for (let path = answer.task; path !== undefined; ) {
    const task = await work.client.task(path, work.call)
    if (task.state === 'Failed') throw new KatametalError('BMCTaskFailed', { about: path, seen: task.seen })
    if (task.state !== 'Running') return
    path = task.path
    await pause(work.clock, 1000, work.call)
  }
}

/** Services hide the image, cut its URL, or keep only the name of the file. */
const isImage = (image: string | undefined, url: string): boolean =>
  image === undefined || image === url || lastPart(image) === lastPart(url)

const lastPart = (url: string): string => url.split(/[/\\]/).at(-1)?.split('?')[0] ?? ''

/** Slots of the remote console look like others and say only when asked that they take no URL. */
const takesNone = (error: unknown): boolean =>
  isRedfishError(error, 404, 405, 501) || (isRedfishError(error, 400) && error.code === 'BMCRejected')

const publicSlot = ({ id, mediaTypes, inserted, image, usable }: Slot): VirtualMediaSlot => ({
  id,
  mediaTypes,
  inserted,
  image,
  usable,
})
