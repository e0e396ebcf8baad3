import { describe, expect, it } from 'vitest'
import { parseSensors } from './sensors.js'

/** As `ipmitool sdr elist` prints them. */
const printed = `
CPU1 Temp        | 01h | ok  |  3.1 | 42 degrees C
CPU2 Temp        | 02h | ucr |  3.2 | 97 degrees C
Inlet Temp       | 05h | nc  | 64.1 | 38.5 degrees C
FAN1             | 41h | ok  | 29.1 | 3500 RPM
FAN2             | 42h | ns  | 29.2 | No Reading
PS1 Input        | 60h | ok  | 10.1 | 184 Watts
12V              | 30h | ok  |  7.1 | 12.12 Volts
PS1 Current      | 61h | ok  | 10.1 | 0.80 Amps
PS1 Status       | C8h | ok  | 10.1 | Presence detected
Chassis Intru    | AAh | cr  | 23.1 | General Chassis intrusion
SEL              | 70h | ns  |  7.1 | Disabled
`

describe('sensors as ipmitool prints them', () => {
  const sensors = parseSensors(printed)
  const named = (name: string) => sensors.find(sensor => sensor.name === name)

  it('have kind, number, unit, health and place', () => {
    expect(named('CPU1 Temp')).toMatchObject({
      kind: 'Temperature',
      reading: 42,
      units: 'Cel',
      health: 'OK',
      context: 'CPU',
    })
    expect(named('Inlet Temp')).toMatchObject({ reading: 38.5, health: 'Warning', context: 'Intake' })
    expect(named('CPU2 Temp')).toMatchObject({ health: 'Critical' })
    expect(named('12V')).toMatchObject({ kind: 'Voltage', reading: 12.12, units: 'V', context: 'SystemBoard' })
    expect(named('PS1 Current')).toMatchObject({ kind: 'Current', reading: 0.8, units: 'A', context: 'PowerSupply' })
  })

  it('have no number where there is none', () => {
    for (const name of ['FAN2', 'PS1 Status', 'SEL'])
      expect(named(name)).toMatchObject({ reading: undefined, units: undefined })
    expect(named('FAN2')?.health).toBeUndefined()
    expect(named('Chassis Intru')?.health).toBe('Critical')
  })

  it('come in the order of kinds', () => {
    expect(sensors.map(({ kind }) => kind)).toEqual([
      ...Array(3).fill('Temperature'),
      'Fan',
      'Power',
      'Voltage',
      'Current',
      ...Array(4).fill('Other'),
    ])
  })

  it('are none in lines of another form', () => {
    expect(parseSensors('SDR record 4: no response\n| | | |\nA | B\n')).toEqual([])
  })
})
