import type { Clock } from '../../base/clock.js'
import { isKatametalError, KatametalError } from '../../base/errors.js'
import type { BmcCall, BootOverride } from '../model.js'
import type { VendorQuirks } from '../vendors.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { type JsonObject, links, object, type RedfishResource, text } from './resource.js'
import { pause } from './retries.js'

type ManagerBoot = NonNullable<VendorQuirks['managerBoot']>

/**
 * Where a vendor boots the virtual CD by attributes of its manager and not by the standard override: the quirk, if it
 * holds for this product and firmware.
 */
export const managerBootOf = ({
  quirks,
  product,
  manager,
}: Pick<RedfishContext, 'quirks' | 'product' | 'manager'>): ManagerBoot | undefined => {
  const firmware = text(manager?.body, 'FirmwareVersion') ?? ''
  const holds = quirks.managerBoot?.where.some(
    one => one.product.test(product ?? '') && (one.firmware?.test(firmware) ?? true),
  )
  return holds === true ? quirks.managerBoot : undefined
}

/** The override as the manager's attributes tell it; undefined when they tell none, or do not exist. */
export const readManagerBoot = async (
  client: RedfishClient,
  context: RedfishContext,
  call: BmcCall,
): Promise<BootOverride | undefined> => {
  const quirk = managerBootOf(context)
  const place = quirk && (await placeOf(client, context, quirk, call))
  if (quirk === undefined || place === undefined) return undefined
  return differing(place.resource, quirk.cd).length === 0 ? { target: 'Cd', enabled: 'Once' } : undefined
}

/**
 * Points the next boot at the virtual CD, or takes that back; writes only what differs and reads it back. False where
 * this is not the way of the BMC, its attributes do not exist, or it refuses them. Throws BMCWriteIgnored.
 */
export const setManagerBoot = async (
  client: RedfishClient,
  context: RedfishContext,
  wish: 'cd' | 'none',
  clock: Clock,
  call: BmcCall,
): Promise<boolean> => {
  const quirk = managerBootOf(context)
  const place = quirk && (await placeOf(client, context, quirk, call))
  if (quirk === undefined || place === undefined) return false
  const wanted = quirk[wish]
  // Nothing points at the CD: then nothing is to be taken back, whatever else is chosen there.
  if (wish === 'none' && differing(place.resource, quirk.cd).length > 0) return true
  const changes = differing(place.resource, wanted)
  if (changes.length === 0) return true
  const taken = await orNothing(() => client.patch(place.resource, { Attributes: Object.fromEntries(changes) }, call))
  if (taken === undefined) return false
  for (const wait of [...readBackWaitsMs, undefined]) {
    const left = differing(await client.get(place.path, call), wanted)
    if (left.length === 0) return true
    if (wait === undefined)
      throw new KatametalError('BMCWriteIgnored', {
        about: place.path,
        seen: `${left.map(([name]) => name).join(', ')} did not change`,
      })
    await pause(clock, wait, call)
  }
  return true
}

const readBackWaitsMs = [500, 1000, 2000]

interface Place {
  readonly path: string
  readonly resource: RedfishResource
}

/** The first linked resource that has all the attributes. */
const placeOf = async (
  client: RedfishClient,
  { manager }: RedfishContext,
  quirk: ManagerBoot,
  call: BmcCall,
): Promise<Place | undefined> => {
  for (const path of quirk.links.flatMap(keys => links(manager?.body, ...keys.split('/')))) {
    const resource = await orNothing(() => client.tryGet(path, call))
    const attributes = object(resource?.body, 'Attributes')
    if (resource !== undefined && Object.keys(quirk.cd).every(name => name in attributes)) return { path, resource }
  }
  return undefined
}

/** What is broken or refused there leaves the standard way. */
const orNothing = async <R>(read: () => Promise<R | undefined>): Promise<R | undefined> => {
  try {
    return await read()
  } catch (error) {
    if (isKatametalError(error) && error.kind === 'fault') return undefined
    throw error
  }
}

const differing = ({ body }: RedfishResource, wanted: Readonly<Record<string, string>>): [string, string][] => {
  const attributes: JsonObject = object(body, 'Attributes')
  return Object.entries(wanted).filter(([name, value]) => attributes[name] !== value)
}
