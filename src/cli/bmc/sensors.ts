import type { Clock } from '../../base/clock.js'
import type { SensorReading } from '../../bmc/model.js'
import type { Console } from '../console.js'
import { print, type Tone } from '../print/table.js'
import type { BmcFlags } from './flags.js'
import { withSession } from './session.js'

/** Shows what the sensors of the server read now. */
export const sensors = async (address: string, flags: BmcFlags, console: Console, clock: Clock): Promise<void> => {
  const readings = await withSession(address, flags, console, clock, ({ bmc, call, progress }) => {
    progress.step('reading the sensors')
    return bmc.readSensors(call)
  })
  print(console, flags.output, {
    columns: [
      { title: 'kind', cell: ({ kind }) => kind },
      { title: 'sensor', cell: ({ name }) => name },
      { title: 'reading', cell: reading },
      { title: 'health', cell: ({ health }) => health, tone: ({ health }) => toneOf(health) },
      { title: 'context', cell: ({ context }) => context, wide: true },
      { title: 'lower critical', cell: ({ lowerCritical }) => limit(lowerCritical), wide: true },
      { title: 'lower caution', cell: ({ lowerCaution }) => limit(lowerCaution), wide: true },
      { title: 'upper caution', cell: ({ upperCaution }) => limit(upperCaution), wide: true },
      { title: 'upper critical', cell: ({ upperCritical }) => limit(upperCritical), wide: true },
    ],
    rows: readings.sensors,
    data: readings,
    remarks: [
      ...(readings.sensors.length === 0 ? ['The BMC shows no sensors.'] : []),
      ...readings.problems.map(({ about, message }) => `could not read ${about}: ${message}`),
    ],
  })
}

const reading = ({ reading: value, units }: SensorReading): string | undefined =>
  value === undefined
    ? undefined
    : [String(Math.round(value * 1000) / 1000), unitWords[units ?? ''] ?? units].join(' ').trim()

const limit = (value: number | undefined): string | undefined => (value === undefined ? undefined : String(value))

/** UCUM as people write it. */
const unitWords: Readonly<Partial<Record<string, string>>> = { Cel: '°C', '[degF]': '°F' }

export const toneOf = (health: string | undefined): Tone | undefined =>
  health === 'OK' ? 'good' : health === 'Warning' ? 'warn' : health === 'Critical' ? 'bad' : undefined
