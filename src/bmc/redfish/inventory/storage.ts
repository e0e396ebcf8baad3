import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import { problemOf } from '../collection.js'
import { inTurns } from '../in-turns.js'
import type { Reading } from '../inventory.js'
import { array, comparablePath, isObject, link, links, type RedfishResource, text } from '../resource.js'
import { driveOf } from './drives.js'
import { byName, isPresent, positive, shortText } from './tidy.js'

type Storage = NonNullable<HostInventorySpec['storage']>
type Controller = NonNullable<Storage['controllers']>[number]
type Drive = NonNullable<Storage['drives']>[number]
type Volume = NonNullable<Storage['volumes']>[number]

/** Storage with its controllers, drives and volumes; on services without Storage, the devices of SimpleStorage. */
export const readStorage = async (reading: Reading): Promise<Storage> => {
  const { client, context, call, problem } = reading
  const { resources, problems } = await client.members(link(context.system.body, 'Storage'), call)
  problems.forEach(problem)
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
const controllersOf = async ({ client, call, problem }: Reading, storage: RedfishResource): Promise<Controller[]> => {
  const { body } = storage
  const inline = array(body, 'StorageControllers').filter(isObject)
  const listed = inline.length > 0 ? undefined : await client.members(link(body, 'Controllers'), call)
  listed?.problems.forEach(problem)
  const found = inline.length > 0 ? inline : (listed?.resources.map(one => one.body) ?? [])
  const id = shortText(body, 'Id')
  return (found.length > 0 ? found : [{}]).map(controller => ({
    id,
    name: shortText(controller, 'Name') ?? shortText(body, 'Name'),
    model: shortText(controller, 'Model'),
    firmwareVersion: shortText(controller, 'FirmwareVersion'),
  }))
}

const volumesOf = async ({ client, call, problem }: Reading, { body }: RedfishResource): Promise<Volume[]> => {
  const { resources, problems } = await client.members(link(body, 'Volumes'), call)
  problems.forEach(problem)
  return resources
    .filter(one => text(one.body, 'RAIDType') !== undefined || text(one.body, 'VolumeType') !== 'RawDevice')
    .map(one => ({
      name: shortText(one.body, 'Name') ?? shortText(one.body, 'Id'),
      sizeBytes: positive(one.body, 'CapacityBytes'),
      raidType: shortText(one.body, 'RAIDType') ?? shortText(one.body, 'VolumeType'),
    }))
}

const drivesOf = async (reading: Reading, storages: readonly RedfishResource[]): Promise<Drive[]> => {
  const { client, call, problem } = reading
  const paths = new Map(storages.flatMap(one => links(one.body, 'Drives')).map(path => [comparablePath(path), path]))
  const drives = await inTurns([...paths.values()], async path => {
    try {
      return await client.get(path, call)
    } catch (error) {
      problem(problemOf(path, error))
      return undefined
    }
  })
  return drives.filter(drive => isPresent(drive.body)).map(drive => driveOf(drive.body))
}

const simpleDevices = async ({ client, context, call, problem }: Reading): Promise<Drive[]> => {
  const { resources, problems } = await client.members(link(context.system.body, 'SimpleStorage'), call)
  problems.forEach(problem)
  return resources.flatMap(one => array(one.body, 'Devices').filter(isObject).filter(isPresent).map(driveOf))
}
