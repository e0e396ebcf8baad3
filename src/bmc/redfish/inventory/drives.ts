import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import { array, isObject, type JsonObject, text } from '../resource.js'
import { healthOf, positive, shortText } from './tidy.js'

type Drive = NonNullable<NonNullable<HostInventorySpec['storage']>['drives']>[number]

/** A Drive, or a Device of SimpleStorage, which has fewer of the same properties. */
export const driveOf = (body: JsonObject): Drive => {
  const mediaType = shortText(body, 'MediaType')
  return {
    name: shortText(body, 'Name') ?? shortText(body, 'Id'),
    model: shortText(body, 'Model'),
    vendor: shortText(body, 'Manufacturer'),
    serialNumber: shortText(body, 'SerialNumber'),
    wwn: wwnOf(body),
    sizeBytes: positive(body, 'CapacityBytes'),
    mediaType,
    protocol: shortText(body, 'Protocol'),
    rotational: mediaType === undefined ? undefined : /HDD/i.test(mediaType),
    firmwareVersion: shortText(body, 'FirmwareVersion') ?? shortText(body, 'Revision'),
    health: healthOf(body),
  }
}

/** As Linux writes it (0x and lower case) when it is a World Wide Name; other durable names are no wwn. */
const wwnOf = (body: JsonObject): string | undefined => {
  for (const identifier of array(body, 'Identifiers').filter(isObject)) {
    const format = text(identifier, 'DurableNameFormat')?.toUpperCase()
    const name = text(identifier, 'DurableName')?.replace(/^(naa|eui|0x)\.?/i, '')
    const digits = name?.replaceAll(/[:-]/g, '').toLowerCase()
    if (digits === undefined || !/^[0-9a-f]{16}([0-9a-f]{16})?$/.test(digits)) continue
    if (format === undefined || format === 'NAA') return `0x${digits}`
    if (format === 'EUI') return `eui.${digits}`
  }
  return undefined
}
