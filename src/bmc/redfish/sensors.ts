import type { BmcCall, ReadProblem, SensorKind, SensorReading, SensorReadings } from '../model.js'
import { readChassis } from './chassis.js'
import type { RedfishClient } from './client.js'
import { problemOf } from './collection.js'
import type { RedfishContext } from './context.js'
import { array, isObject, type JsonObject, link, object, type RedfishResource, text } from './resource.js'
import { fanOf, inOrder, powerReadings, sensorReading, thermalReadings } from './sensor-readings.js'

/**
 * What the sensors of the server show, chassis by chassis. Thermal and Power hold everything in one answer each and
 * come first where a service still has them; what they leave open comes from Sensors, and without that from the
 * subsystems. Throws only what concerns the BMC as a whole.
 */
export const readSensors = async (
  client: RedfishClient,
  context: RedfishContext,
  call: BmcCall,
): Promise<SensorReadings> => {
  const { chassis, problems: unread } = await readChassis(client, context, call)
  const problems: ReadProblem[] = [...unread]
  const sensors: SensorReading[] = []
  for (const one of chassis) sensors.push(...(await ofChassis({ client, call, problems }, one)))
  return { sensors: inOrder(sensors), problems }
}

interface Looking {
  readonly client: RedfishClient
  readonly call: BmcCall
  readonly problems: ReadProblem[]
}

const ofChassis = async (looking: Looking, { body }: RedfishResource): Promise<SensorReading[]> => {
  const thermal = await resourceAt(looking, link(body, 'Thermal'))
  const power = await resourceAt(looking, link(body, 'Power'))
  const known = [...thermalReadings(thermal), ...powerReadings(power)]
  const told = new Set(known.map(one => one.kind))
  const open = wanted.filter(kind => !told.has(kind))
  if (open.length === 0) return known
  const sensors = await membersOf(looking, link(body, 'Sensors'))
  const more = sensors.length > 0 ? sensors.map(one => sensorReading(one)) : await ofSubsystems(looking, body)
  // A kind that the old resources tell about is not told a second time.
  return [...known, ...more.filter(one => !told.has(one.kind))]
}

const wanted: readonly SensorKind[] = ['Temperature', 'Fan', 'Power']

const ofSubsystems = async (looking: Looking, chassis: JsonObject): Promise<SensorReading[]> => {
  const thermal = await resourceAt(looking, link(chassis, 'ThermalSubsystem'))
  const metrics = await resourceAt(looking, link(thermal, 'ThermalMetrics'))
  const fans = await membersOf(looking, link(thermal, 'Fans'))
  const environment = await resourceAt(looking, link(chassis, 'EnvironmentMetrics'))
  return [
    ...temperaturesOf(metrics),
    ...fans.map(fanOf),
    ...excerpt(environment, 'PowerWatts', 'Power', 'W'),
    ...(Object.keys(metrics).length > 0 ? [] : excerpt(environment, 'TemperatureCelsius', 'Temperature', 'Cel')),
  ]
}

/** Excerpts of sensors name what they were taken of, and the one for the whole by its place. */
const temperaturesOf = (metrics: JsonObject): SensorReading[] => [
  ...array(metrics, 'TemperatureReadingsCelsius')
    .filter(isObject)
    .map(one => ({ ...sensorReading({ ReadingType: 'Temperature', ...one }), name: nameOf(one) })),
  ...Object.entries(object(metrics, 'TemperatureSummaryCelsius')).flatMap(([place, one]) =>
    isObject(one) ? [{ ...sensorReading({ ReadingType: 'Temperature', ...one }), name: place }] : [],
  ),
]

const nameOf = (one: JsonObject): string =>
  text(one, 'DeviceName') ??
  link(one, 'DataSourceUri')?.split('/').at(-1) ??
  text(one, 'PhysicalContext') ??
  'Temperature'

const excerpt = (from: JsonObject, property: string, kind: SensorKind, units: string): SensorReading[] => {
  const one = from[property]
  return isObject(one) ? [sensorReading({ ReadingType: kind, ReadingUnits: units, ...one }, property)] : []
}

const resourceAt = async ({ client, call, problems }: Looking, path: string | undefined): Promise<JsonObject> => {
  try {
    return (await client.tryGet(path, call))?.body ?? {}
  } catch (error) {
    problems.push(problemOf(path ?? '', error))
    return {}
  }
}

const membersOf = async ({ client, call, problems }: Looking, path: string | undefined): Promise<JsonObject[]> => {
  try {
    const members = await client.members(path, call)
    problems.push(...members.problems)
    return members.resources.map(one => one.body).filter(one => text(one, 'Status', 'State') !== 'Absent')
  } catch (error) {
    problems.push(problemOf(path ?? '', error))
    return []
  }
}
