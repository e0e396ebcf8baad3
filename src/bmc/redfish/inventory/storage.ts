import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import { mainMembers, membersOf, type Reading, resourcesAt } from '../reading.js'
import { array, isObject, link, links, type RedfishResource, text } from '../resource.js'
import { driveOf } from './drives.js'
import { byName, healthOf, isPresent, positive, shortText } from './tidy.js'

type Storage = NonNullable<HostInventorySpec['storage']>
type Controller = NonNullable<Storage['controllers']>[number]
type Drive = NonNullable<Storage['drives']>[number]
type Volume = NonNullable<Storage['volumes']>[number]

/** Storage with its controllers, drives and volumes; on services without Storage, the devices of SimpleStorage. */
export const readStorage = async (reading: Reading): Promise<Storage> => {
  const resources = await mainMembers(reading, link(reading.context.system.body, 'Storage'))
  const controllers: Controller[] = []
  const volumes: Volume[] = []
  for (const storage of resources) {
    controllers.push(...(await controllersOf(reading, storage)))
    volumes.push(...(await volumesOf(reading, storage)))
  }
  const drives = await drivesOf(reading, resources)
  return {
    controllers: controllers.slice(0, 64),
    drives: byName(drives.length > 0 ? drives : await simpleDevices(reading), one => one.name).slice(0, 1024),
    volumes: volumes.slice(0, 256),
  }
}

/** Inline by the old schema, a collection by the new one; the resource itself names its controller if neither does. */
const controllersOf = async (reading: Reading, { body }: RedfishResource): Promise<Controller[]> => {
  const inline = array(body, 'StorageControllers').filter(isObject)
  const found = inline.length > 0 ? inline : (await membersOf(reading, link(body, 'Controllers'))).map(one => one.body)
  const id = shortText(body, 'Id')
  return (found.length > 0 ? found : [{}]).map(controller => ({
    id,
    name: shortText(controller, 'Name') ?? shortText(body, 'Name'),
    manufacturer: shortText(controller, 'Manufacturer'),
    model: shortText(controller, 'Model'),
    firmwareVersion: shortText(controller, 'FirmwareVersion'),
    health: healthOf(controller) ?? healthOf(body),
  }))
}

/** What is named a volume only because the disk below it has no RAID is left out. */
const volumesOf = async (reading: Reading, { body }: RedfishResource): Promise<Volume[]> =>
  (await membersOf(reading, link(body, 'Volumes')))
    .filter(one => text(one.body, 'RAIDType') !== undefined || text(one.body, 'VolumeType') !== 'RawDevice')
    .map(one => ({
      name: shortText(one.body, 'Name') ?? shortText(one.body, 'Id'),
      sizeBytes: positive(one.body, 'CapacityBytes'),
      raidType: shortText(one.body, 'RAIDType') ?? shortText(one.body, 'VolumeType'),
      health: healthOf(one.body),
    }))

const drivesOf = async (reading: Reading, storages: readonly RedfishResource[]): Promise<Drive[]> => {
  const drives = await resourcesAt(
    reading,
    storages.flatMap(one => links(one.body, 'Drives')),
  )
  return drives.filter(drive => isPresent(drive.body)).map(drive => driveOf(drive.body))
}

const simpleDevices = async (reading: Reading): Promise<Drive[]> =>
  (await membersOf(reading, link(reading.context.system.body, 'SimpleStorage'))).flatMap(one =>
    array(one.body, 'Devices').filter(isObject).filter(isPresent).map(driveOf),
  )
