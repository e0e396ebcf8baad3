import type { BmcCall, ReadProblem, SensorKind, SensorReading, SensorReadings } from '../model.js'
import { readChassis } from './chassis.js'
import type { RedfishClient } from './client.js'
import { problemOf } from './collection.js'
import type { RedfishContext } from './context.js'
import { isPresent } from './inventory/tidy.js'
import { membersOf, type Reading, resourceAt } from './reading.js'
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
  const problems: ReadProblem[] = []
  const reading: Reading = { client, context, call, problem: one => void problems.push(one) }
  const sensors: SensorReading[] = []
  try {
    for (const chassis of await readChassis(reading)) sensors.push(...(await ofChassis(reading, chassis)))
  } catch (error) {
    reading.problem(problemOf(`${context.systemPath} chassis`, error))
  }
  return { sensors: inOrder(sensors), problems }
}

const ofChassis = async (reading: Reading, { body }: RedfishResource): Promise<SensorReading[]> => {
  const thermal = await resourceAt(reading, link(body, 'Thermal'))
  const power = await resourceAt(reading, link(body, 'Power'))
  const known = [...thermalReadings(thermal?.body ?? {}), ...powerReadings(power?.body ?? {})]
  const told = new Set(known.map(one => one.kind))
  if (wanted.every(kind => told.has(kind))) return known
  const sensors = (await membersOf(reading, link(body, 'Sensors'))).filter(one => isPresent(one.body))
  const more = sensors.length > 0 ? sensors.map(one => sensorReading(one.body)) : await ofSubsystems(reading, body)
  // A kind that the old resources tell about is not told a second time.
  return [...known, ...more.filter(one => !told.has(one.kind))]
}

const wanted: readonly SensorKind[] = ['Temperature', 'Fan', 'Power']

const ofSubsystems = async (reading: Reading, chassis: JsonObject): Promise<SensorReading[]> => {
  const thermal = await resourceAt(reading, link(chassis, 'ThermalSubsystem'))
  const metrics = await resourceAt(reading, link(thermal?.body, 'ThermalMetrics'))
  const fans = await membersOf(reading, link(thermal?.body, 'Fans'))
  const environment = (await resourceAt(reading, link(chassis, 'EnvironmentMetrics')))?.body ?? {}
  return [
    ...(metrics === undefined
      ? excerpt(environment, 'TemperatureCelsius', 'Temperature', 'Cel')
      : temperaturesOf(metrics.body)),
    ...fans.filter(one => isPresent(one.body)).map(one => fanOf(one.body)),
    ...excerpt(environment, 'PowerWatts', 'Power', 'W'),
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
