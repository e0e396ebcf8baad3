import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import { mainMembers, type Reading, resourceAt } from '../reading.js'
import { boolean, link, text } from '../resource.js'
import { shortText } from './tidy.js'

type Firmware = NonNullable<HostInventorySpec['firmware']>

/** Installed firmware. Services without such a list still tell the versions of their BIOS and BMC. */
export const readFirmware = async (reading: Reading): Promise<Firmware> => {
  const { context } = reading
  const service = await resourceAt(reading, link(context.root.body, 'UpdateService'))
  const resources = await mainMembers(reading, link(service?.body, 'FirmwareInventory'))
  const stored = context.quirks.firmwareNotInstalled
  const listed = resources
    .filter(({ body }) => shortText(body, 'Version') !== undefined && stored?.test(text(body, 'Id') ?? '') !== true)
    .map(({ body }) => ({
      name: shortText(body, 'Name') ?? shortText(body, 'Id'),
      version: shortText(body, 'Version'),
      updateable: boolean(body, 'Updateable'),
    }))
  if (listed.length > 0) return listed.slice(0, 1024)
  return [
    { name: 'BIOS', version: shortText(context.system.body, 'BiosVersion') },
    { name: 'BMC', version: shortText(context.manager?.body, 'FirmwareVersion') },
  ].filter(one => one.version !== undefined)
}
