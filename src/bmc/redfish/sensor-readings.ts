import type { SensorKind, SensorReading } from '../model.js'
import { array, isObject, type JsonObject, number, text } from './resource.js'

/** Temperatures and fans of a Thermal resource (schema Thermal v1). */
export const thermalReadings = (thermal: JsonObject): SensorReading[] => [
  ...entries(thermal, 'Temperatures').map(one => ({
    ...common(one, 'Temperature'),
    ...reading(one, 'ReadingCelsius', 'Cel'),
  })),
  ...entries(thermal, 'Fans').map(one => ({ ...common(one, 'Fan'), ...fanReading(one) })),
]

/** Consumption, power supplies and voltages of a Power resource (schema Power v1). */
export const powerReadings = (power: JsonObject): SensorReading[] => [
  ...entries(power, 'PowerControl').map(one => ({
    ...common(one, 'Power'),
    ...reading(one, 'PowerConsumedWatts', 'W'),
  })),
  ...entries(power, 'PowerSupplies').map((one, index) => ({
    ...common(one, 'Power'),
    name: supplyName(one, index),
    ...reading(one, powerOfSupply(one), 'W'),
  })),
  ...entries(power, 'Voltages').map(one => ({ ...common(one, 'Voltage'), ...reading(one, 'ReadingVolts', 'V') })),
]

/** A Sensor resource (schema Sensor v1), or an excerpt of one under the name of its place. */
export const sensorReading = (sensor: JsonObject, name?: string): SensorReading => {
  const kind = kindOf(text(sensor, 'ReadingType'), text(sensor, 'ReadingUnits'))
  const limit = (level: string) => number(sensor, 'Thresholds', level, 'Reading')
  return {
    ...common(sensor, kind),
    ...(name === undefined ? {} : { name }),
    reading: number(sensor, 'Reading'),
    units: text(sensor, 'ReadingUnits') ?? unitsOf[kind],
    lowerCritical: limit('LowerCritical') ?? limit('LowerFatal'),
    lowerCaution: limit('LowerCaution'),
    upperCaution: limit('UpperCaution'),
    upperCritical: limit('UpperCritical') ?? limit('UpperFatal'),
  }
}

/** The fan of a ThermalSubsystem: its speed is an excerpt of a sensor. */
export const fanOf = (fan: JsonObject): SensorReading => {
  const speed = isObject(fan['SpeedPercent']) ? fan['SpeedPercent'] : {}
  const rpm = number(speed, 'SpeedRPM')
  return {
    ...common(fan, 'Fan'),
    reading: rpm ?? number(speed, 'Reading'),
    units: rpm === undefined ? '%' : 'RPM',
  }
}

/** In the order of kinds; empty places, which some services list with their limits, are left out. */
export const inOrder = (sensors: readonly SensorReading[]): SensorReading[] =>
  kinds.flatMap(kind => sensors.filter(one => one.kind === kind))

const kinds: readonly SensorKind[] = ['Temperature', 'Fan', 'Power', 'Voltage', 'Current', 'Other']

/** Places that are empty say so; a sensor that is merely switched off is still one. */
const entries = (from: JsonObject, list: string): JsonObject[] =>
  array(from, list)
    .filter(isObject)
    .filter(one => text(one, 'Status', 'State') !== 'Absent')

const common = (one: JsonObject, kind: SensorKind): SensorReading => ({
  name:
    text(one, 'Name') ??
    text(one, 'FanName') ??
    text(one, 'DeviceName') ??
    text(one, 'MemberId') ??
    text(one, 'Id') ??
    kind,
  kind,
  reading: undefined,
  units: undefined,
  health: text(one, 'Status', 'Health'),
  context: text(one, 'PhysicalContext'),
  lowerCritical: number(one, 'LowerThresholdCritical') ?? number(one, 'LowerThresholdFatal'),
  lowerCaution: number(one, 'LowerThresholdNonCritical'),
  upperCaution: number(one, 'UpperThresholdNonCritical'),
  upperCritical: number(one, 'UpperThresholdCritical') ?? number(one, 'UpperThresholdFatal'),
})

const reading = (one: JsonObject, property: string, units: string): Pick<SensorReading, 'reading' | 'units'> => ({
  reading: number(one, property),
  units,
})

/** iLO counts in percent, most others in revolutions; the first schema had `ReadingRPM`. */
const fanReading = (one: JsonObject): Pick<SensorReading, 'reading' | 'units'> => {
  const old = number(one, 'ReadingRPM')
  if (old !== undefined) return { reading: old, units: 'RPM' }
  return reading(one, 'Reading', text(one, 'ReadingUnits') === 'Percent' ? '%' : 'RPM')
}

/** All supplies have one name on some services; which of them it is says their place. */
const supplyName = (one: JsonObject, index: number): string => {
  const name = text(one, 'Name') ?? 'Power supply'
  return /\d/.test(name) ? name : `${name} ${index + 1}`
}

const powerOfSupply = (one: JsonObject): string =>
  ['PowerInputWatts', 'LastPowerOutputWatts', 'PowerOutputWatts'].find(key => number(one, key) !== undefined) ??
  'PowerInputWatts'

/** By the type of the reading (schema Sensor, ReadingType), else by its unit. */
const kindOf = (type: string | undefined, units: string | undefined): SensorKind => {
  const word = type ?? units ?? ''
  if (/^(Temperature|Cel)$/i.test(word)) return 'Temperature'
  if (/^(Rotational|RPM|\{rev\}\/min)$/i.test(word)) return 'Fan'
  if (/^(Power|W)$/i.test(word)) return 'Power'
  if (/^(Voltage|V)$/i.test(word)) return 'Voltage'
  return /^(Current|A)$/i.test(word) ? 'Current' : 'Other'
}

const unitsOf: Readonly<Record<SensorKind, string | undefined>> = {
  Temperature: 'Cel',
  Fan: 'RPM',
  Power: 'W',
  Voltage: 'V',
  Current: 'A',
  Other: undefined,
}
