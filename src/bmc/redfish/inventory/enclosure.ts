import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import { membersOf, type Reading, resourceAt } from '../reading.js'
import { array, isObject, type JsonObject, link, type RedfishResource } from '../resource.js'
import { byName, healthOf, isPresent, positive, shortText } from './tidy.js'

type Chassis = NonNullable<HostInventorySpec['chassis']>[number]
type PowerSupply = NonNullable<HostInventorySpec['powerSupplies']>[number]
type Tpm = NonNullable<HostInventorySpec['tpms']>[number]

export const chassisPart = (chassis: readonly RedfishResource[]): Chassis[] =>
  chassis
    .filter(one => isPresent(one.body))
    .map(({ body, path }) => ({
      name: shortText(body, 'Id') ?? shortText(body, 'Name') ?? path,
      type: shortText(body, 'ChassisType'),
      manufacturer: shortText(body, 'Manufacturer'),
      model: shortText(body, 'Model'),
      serialNumber: shortText(body, 'SerialNumber'),
      partNumber: shortText(body, 'PartNumber'),
      health: healthOf(body),
    }))
    .slice(0, 64)

/** Power supplies that are there. Power has them all in one answer; services without it have a collection. */
export const readPowerSupplies = async (
  reading: Reading,
  chassis: readonly RedfishResource[],
): Promise<PowerSupply[]> => {
  const supplies: PowerSupply[] = []
  for (const { body } of chassis) {
    const power = await resourceAt(reading, link(body, 'Power'))
    const inline = array(power?.body, 'PowerSupplies').filter(isObject)
    const found = inline.length > 0 ? inline : await inSubsystem(reading, body)
    supplies.push(...found.filter(isSupply).map(supplyOf))
  }
  return byName(supplies, one => one.name).slice(0, 64)
}

const inSubsystem = async (reading: Reading, chassis: JsonObject): Promise<readonly JsonObject[]> => {
  const subsystem = await resourceAt(reading, link(chassis, 'PowerSubsystem'))
  return (await membersOf(reading, link(subsystem?.body, 'PowerSupplies'))).map(one => one.body)
}

/** Empty bays are listed with nothing but a name, and not always as absent. */
const isSupply = (one: JsonObject): boolean =>
  isPresent(one) &&
  ['Model', 'SerialNumber', 'PartNumber', 'Manufacturer'].some(key => shortText(one, key) !== undefined)

const supplyOf = (one: JsonObject, index: number): PowerSupply => ({
  name: supplyName(one, index),
  manufacturer: shortText(one, 'Manufacturer'),
  model: shortText(one, 'Model'),
  serialNumber: shortText(one, 'SerialNumber'),
  firmwareVersion: shortText(one, 'FirmwareVersion'),
  capacityWatts: positive(one, 'PowerCapacityWatts'),
  health: healthOf(one),
})

/** All supplies have one name on some services; their place says which it is. */
const supplyName = (one: JsonObject, index: number): string => {
  const name = shortText(one, 'Name') ?? shortText(one, 'MemberId') ?? shortText(one, 'Id') ?? 'power supply'
  return /\d/.test(name) ? name : `${name} ${index + 1}`
}

/** TPMs as the system lists them; on services that moved them, the trusted components of the chassis. */
export const readTpms = async (reading: Reading, chassis: readonly RedfishResource[]): Promise<Tpm[]> => {
  const modules = array(reading.context.system.body, 'TrustedModules').filter(isObject).filter(isPresent)
  if (modules.length > 0) return modules.map(tpmOf).slice(0, 16)
  const components: RedfishResource[] = []
  for (const { body } of chassis) components.push(...(await membersOf(reading, link(body, 'TrustedComponents'))))
  return components
    .map(one => one.body)
    .filter(body => isPresent(body) && isTpm(body))
    .map(body => ({ ...tpmOf(body), type: shortText(body, 'TrustedComponentType') }))
    .slice(0, 16)
}

/** Roots of trust of GPUs, BMC and CPLDs are trusted components too. */
const isTpm = (body: JsonObject): boolean =>
  ['Id', 'Name', 'Model', 'Description'].some(key => /TPM|Trusted Platform/i.test(shortText(body, key) ?? ''))

const tpmOf = (body: JsonObject): Tpm => ({
  type: shortText(body, 'InterfaceType'),
  manufacturer: shortText(body, 'Manufacturer'),
  model: shortText(body, 'Model') ?? shortText(body, 'ModuleType'),
  firmwareVersion: shortText(body, 'FirmwareVersion'),
  state: shortText(body, 'Status', 'State'),
})
