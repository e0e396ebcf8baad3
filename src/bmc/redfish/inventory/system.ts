import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import type { RedfishResource } from '../resource.js'
import { healthOf, shortText } from './tidy.js'

export const systemPart = ({ body }: RedfishResource): HostInventorySpec['system'] => ({
  manufacturer: shortText(body, 'Manufacturer'),
  model: shortText(body, 'Model'),
  sku: shortText(body, 'SKU'),
  serialNumber: shortText(body, 'SerialNumber'),
  uuid: shortText(body, 'UUID'),
  hostName: shortText(body, 'HostName'),
  biosVersion: shortText(body, 'BiosVersion'),
  health: healthOf(body),
})
