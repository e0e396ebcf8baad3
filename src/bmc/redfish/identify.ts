import type { BmcAccess, BmcCall, BmcIdentity, BootMethod } from '../model.js'
import type { BmcAddress } from '../address.js'
import { bootHomeOf, type BootHome, wordsFor } from './boot.js'
import { readCapabilities, unlessBroken } from './capabilities.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { managerBootOf } from './manager-boot.js'
import { readSlots } from './media-slots.js'
import { powerOf, readResetTypes } from './power.js'
import { link, type RedfishResource, text } from './resource.js'

/** What the BMC is and can do. `system` is the ComputerSystem as just read. */
export const identify = async (
  client: RedfishClient,
  context: RedfishContext,
  system: RedfishResource,
  address: BmcAddress,
  access: BmcAccess,
  call: BmcCall,
): Promise<BmcIdentity> => {
  const { body } = system
  const home = await bootHomeOf(client, system, call)
  const media = await unlessBroken([], () => readSlots(client, context, call))
  return {
    vendor: context.vendor,
    product: context.product,
    generation: context.generation,
    firmwareVersion: text(context.manager?.body, 'FirmwareVersion'),
    biosVersion: text(body, 'BiosVersion'),
    manufacturer: text(body, 'Manufacturer'),
    model: text(body, 'Model'),
    serialNumber: text(body, 'SerialNumber'),
    system: context.systemPath,
    manager: context.managerPath,
    bootMethods: bootMethods(
      home,
      media.some(slot => slot.usable),
      context,
      address.bootMethod,
    ),
    resetTypes: (await unlessBroken(undefined, () => readResetTypes(client, system, call))) ?? [],
    biosSettings: link(body, 'Bios') !== undefined,
    power: powerOf(system),
    capabilities: context.capabilities ?? (await readCapabilities(client, context, media, call)),
    trust: address.https ? access.trust.kind : 'none',
  }
}

/** What the address asks for comes first if the server can do it; otherwise what needs the least around the server. */
const bootMethods = (
  home: BootHome,
  media: boolean,
  context: Pick<RedfishContext, 'quirks' | 'product' | 'manager'>,
  preferred: BootMethod | undefined,
): readonly BootMethod[] => {
  const { boot, targets } = home
  const offers = (target: 'Cd' | 'UefiHttp' | 'Pxe') => wordsFor(target, targets, context).length > 0
  const overridable = 'BootSourceOverrideTarget' in boot || targets !== undefined
  const methods: BootMethod[] = []
  if (!overridable) return methods
  if (media && (offers('Cd') || managerBootOf(context) !== undefined)) methods.push('VirtualMedia')
  // Listed also where the URI cannot be set: then the server would take one from DHCP, which is not ours.
  if (offers('UefiHttp') && 'HttpBootUri' in boot) methods.push('UefiHttp')
  if (offers('Pxe')) methods.push('Pxe')
  return methods.sort((a, b) => Number(b === preferred) - Number(a === preferred))
}
