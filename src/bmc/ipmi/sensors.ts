import type { BmcCall, SensorKind, SensorReading, SensorReadings } from '../model.js'
import type { Ipmitool } from './ipmitool.js'

/**
 * All sensors of the SDR repository with what they show, in one run of ipmitool; on real BMCs it takes a minute. One
 * sensor that cannot be read is a problem; the others are there.
 */
export const readSensors = async (tool: Ipmitool, call: BmcCall): Promise<SensorReadings> => {
  const { stdout, problem } = await tool.look(['sdr', 'elist'], call)
  return {
    sensors: parseSensors(stdout),
    problems: problem === undefined ? [] : [{ about: 'sensor records', message: problem }],
  }
}

/** Lines `name | number | status | entity | reading`; in the order of kinds, then in that of the BMC. */
export const parseSensors = (stdout: string): SensorReading[] => {
  const sensors = stdout.split('\n').flatMap(line => sensorOf(line.split('|').map(part => part.trim())) ?? [])
  return kinds.flatMap(kind => sensors.filter(sensor => sensor.kind === kind))
}

const sensorOf = (parts: readonly string[]): SensorReading | undefined => {
  const [name, , status, entity, shown] = parts
  if (name === undefined || name === '' || shown === undefined || parts.length !== 5) return undefined
  const [, number, words] = /^(-?\d+(?:\.\d+)?) (.+)$/.exec(shown) ?? []
  const unit = words === undefined ? undefined : units.find(([form]) => form.test(words))
  return {
    name,
    kind: unit?.[2] ?? 'Other',
    reading: number === undefined || unit === undefined ? undefined : Number(number),
    units: unit?.[1],
    health: healthOf[status ?? ''],
    context: contextOf(entity),
    lowerCritical: undefined,
    lowerCaution: undefined,
    upperCaution: undefined,
    upperCritical: undefined,
  }
}

const kinds: readonly SensorKind[] = ['Temperature', 'Fan', 'Power', 'Voltage', 'Current', 'Other']

/** Units as ipmitool spells them (IPMI 2.0 table 43-15), in UCUM. */
const units: readonly (readonly [RegExp, string, SensorKind])[] = [
  [/^degrees C/i, 'Cel', 'Temperature'],
  [/^degrees F/i, '[degF]', 'Temperature'],
  [/^RPM/i, 'RPM', 'Fan'],
  [/^Watts/i, 'W', 'Power'],
  [/^Volts/i, 'V', 'Voltage'],
  [/^Amps/i, 'A', 'Current'],
  [/^percent/i, '%', 'Other'],
]

/** Status as `sdr` abbreviates it; `ns` (no reading) says nothing about health. */
const healthOf: Readonly<Partial<Record<string, string>>> = {
  ok: 'OK',
  nc: 'Warning',
  lnc: 'Warning',
  unc: 'Warning',
  cr: 'Critical',
  lcr: 'Critical',
  ucr: 'Critical',
  nr: 'Critical',
  lnr: 'Critical',
  unr: 'Critical',
}

/** Entity ids (IPMI 2.0 table 43-13) in the words of Redfish's PhysicalContext. */
const contexts: Readonly<Partial<Record<string, string>>> = {
  '3': 'CPU',
  '7': 'SystemBoard',
  '8': 'Memory',
  '10': 'PowerSupply',
  '19': 'PowerSupply',
  '29': 'Fan',
  '30': 'Fan',
  '32': 'Memory',
  '55': 'Intake',
  '64': 'Intake',
  '65': 'CPU',
  '66': 'SystemBoard',
}

const contextOf = (entity: string | undefined): string | undefined => contexts[entity?.split('.')[0] ?? '']
