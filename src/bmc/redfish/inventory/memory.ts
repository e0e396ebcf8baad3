import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import { mainMembers, type Reading } from '../reading.js'
import { link, number } from '../resource.js'
import { byName, healthOf, isPresent, positive, shortText, sum } from './tidy.js'

type Memory = NonNullable<HostInventorySpec['memory']>

/** Empty slots are left out. The total is that of the modules; without modules, that of the summary. */
export const readMemory = async (reading: Reading): Promise<Memory> => {
  const { body } = reading.context.system
  const modules = (await mainMembers(reading, link(body, 'Memory')))
    .filter(one => isPresent(one.body) && number(one.body, 'CapacityMiB') !== 0)
    .map(one => ({
      slot: shortText(one.body, 'DeviceLocator') ?? shortText(one.body, 'Name') ?? shortText(one.body, 'Id'),
      sizeMiB: positive(one.body, 'CapacityMiB'),
      type: shortText(one.body, 'MemoryDeviceType'),
      speedMHz: positive(one.body, 'OperatingSpeedMhz'),
      manufacturer: shortText(one.body, 'Manufacturer'),
      partNumber: shortText(one.body, 'PartNumber'),
      serialNumber: shortText(one.body, 'SerialNumber'),
      health: healthOf(one.body),
    }))
  const summary = number(body, 'MemorySummary', 'TotalSystemMemoryGiB')
  return {
    totalMiB: sum(modules.map(one => one.sizeMiB)) ?? (summary === undefined ? undefined : Math.round(summary * 1024)),
    modules: byName(modules, one => one.slot).slice(0, 256),
  }
}
