import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import type { Reading } from '../inventory.js'
import { boolean, link, text } from '../resource.js'
import { shortText } from './tidy.js'

type Firmware = NonNullable<HostInventorySpec['firmware']>

/** Installed firmware. Services without such a list still tell the versions of their BIOS and BMC. */
export const readFirmware = async ({ client, context, call, problem }: Reading): Promise<Firmware> => {
  const service = await client.tryGet(link(context.root.body, 'UpdateService'), call)
  const { resources, problems } = await client.members(link(service?.body, 'FirmwareInventory'), call)
  problems.forEach(problem)
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
