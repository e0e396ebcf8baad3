import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import type { RedfishResource } from '../resource.js'
import { shortText } from './tidy.js'

export const systemPart = ({ body }: RedfishResource): HostInventorySpec['system'] => ({
  manufacturer: shortText(body, 'Manufacturer'),
  model: shortText(body, 'Model'),
  sku: shortText(body, 'SKU'),
  serialNumber: shortText(body, 'SerialNumber'),
  uuid: shortText(body, 'UUID'),
  hostName: shortText(body, 'HostName'),
  biosVersion: shortText(body, 'BiosVersion'),
  // HealthRollup covers the parts; some services have only the health of the system itself.
  health: shortText(body, 'Status', 'HealthRollup') ?? shortText(body, 'Status', 'Health'),
})
