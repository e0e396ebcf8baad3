import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import { mainMembers, type Reading, resourceAt } from '../reading.js'
import { boolean, type JsonObject, link, type RedfishResource, text } from '../resource.js'
import { shortText } from './tidy.js'

type Firmware = NonNullable<HostInventorySpec['firmware']>

/**
 * Installed firmware; on services without a list of it, what they list as software, and on services without either the
 * versions of BIOS and BMC.
 */
export const readFirmware = async (reading: Reading): Promise<Firmware> => {
  const { context } = reading
  const service = await resourceAt(reading, link(context.root.body, 'UpdateService'))
  const firmware = await mainMembers(reading, link(service?.body, 'FirmwareInventory'))
  const resources =
    firmware.length > 0 ? firmware : await mainMembers(reading, link(service?.body, 'SoftwareInventory'))
  const stored = context.quirks.firmwareNotInstalled
  const installed = resources.filter(
    ({ body }) => shortText(body, 'Version') !== undefined && stored?.test(text(body, 'Id') ?? '') !== true,
  )
  const listed = installed.map(({ body }) => ({
    name: nameOf(body, installed),
    version: shortText(body, 'Version'),
    updateable: boolean(body, 'Updateable'),
  }))
  if (listed.length > 0) return listed.slice(0, 1024)
  return [
    { name: 'BIOS', version: shortText(context.system.body, 'BiosVersion') },
    { name: 'BMC', version: shortText(context.manager?.body, 'FirmwareVersion') },
  ].filter(one => one.version !== undefined)
}

/** A name that several components share does not tell which one it is; their Ids do. */
const nameOf = (body: JsonObject, all: readonly RedfishResource[]): string | undefined => {
  const [name, id] = [shortText(body, 'Name'), shortText(body, 'Id')]
  if (name === undefined || id === undefined) return name ?? id
  if (all.filter(one => shortText(one.body, 'Name') === name).length === 1) return name
  return /\D/.test(id) ? id : `${name} ${id}`
}
