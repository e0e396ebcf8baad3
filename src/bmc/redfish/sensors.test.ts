import { afterEach, describe, expect, it } from 'vitest'
import { bmcFor, call } from '../../../test/support/redfish-client.js'
import { machine, systemPath } from '../../../test/support/redfish-machine.js'
import { type RedfishServer, reply, startRedfishServer } from '../../../test/support/redfish-server.js'
import type { Bmc } from '../model.js'

let server: RedfishServer
let bmc: Bmc
afterEach(async () => {
  await bmc.close()
  await server.stop()
})

const ref = (path: string) => ({ '@odata.id': path })
const chassisPath = '/redfish/v1/Chassis/1'

const start = async (chassis: object, more: Record<string, unknown> = {}, members = [chassisPath]) => {
  server = await startRedfishServer({
    resources: {
      ...machine({ root: { Chassis: ref('/redfish/v1/Chassis') } }),
      '/redfish/v1/Chassis': { Members: members.map(ref) },
      [chassisPath]: { '@odata.id': chassisPath, Links: { ComputerSystems: [ref(systemPath)] }, ...chassis },
      ...more,
    },
  })
  bmc = await bmcFor(server)
}
const shown = async () =>
  (await bmc.readSensors(call)).sensors.map(({ kind, name, reading, units }) => [kind, name, reading, units])
const paths = () => server.requests.map(one => one.path)

const thermal = {
  Temperatures: [
    { Name: 'CPU1', ReadingCelsius: 37, UpperThresholdCritical: 99, Status: { Health: 'OK', State: 'Enabled' } },
    { Name: 'CPU3', ReadingCelsius: 0, Status: { State: 'Absent' } },
    { Name: 'Riser', ReadingCelsius: 'N/A' },
    null,
    'broken',
  ],
  Fans: [
    { Name: 'Fan 1', Reading: 26, ReadingUnits: 'Percent' },
    { FanName: 'Fan 2', Reading: 18600, ReadingUnits: 'RPM' },
    { FanName: 'Fan 3', ReadingRPM: 4000 },
  ],
}
const power = {
  PowerControl: [{ Name: 'System', PowerConsumedWatts: 614 }],
  PowerSupplies: [
    { Name: 'HpeServerPowerSupply', LastPowerOutputWatts: 75 },
    { Name: 'HpeServerPowerSupply', PowerInputWatts: 80, LastPowerOutputWatts: 70 },
  ],
  Voltages: [{ Name: '12V', ReadingVolts: 12.1, LowerThresholdNonCritical: 11 }],
}

describe('sensors', () => {
  it('are read from Thermal and Power, one request each', async () => {
    await start(
      {
        Thermal: ref(`${chassisPath}/Thermal`),
        Power: ref(`${chassisPath}/Power`),
        Sensors: ref(`${chassisPath}/Sensors`),
      },
      { [`${chassisPath}/Thermal`]: thermal, [`${chassisPath}/Power`]: power },
    )
    expect(await shown()).toEqual([
      ['Temperature', 'CPU1', 37, 'Cel'],
      ['Temperature', 'Riser', undefined, 'Cel'],
      ['Fan', 'Fan 1', 26, '%'],
      ['Fan', 'Fan 2', 18600, 'RPM'],
      ['Fan', 'Fan 3', 4000, 'RPM'],
      ['Power', 'System', 614, 'W'],
      ['Power', 'HpeServerPowerSupply 1', 75, 'W'],
      ['Power', 'HpeServerPowerSupply 2', 80, 'W'],
      ['Voltage', '12V', 12.1, 'V'],
    ])
    expect(paths()).not.toContain(`${chassisPath}/Sensors`)
  })

  it('come with their limits and what the BMC thinks of them', async () => {
    await start({ Thermal: ref(`${chassisPath}/Thermal`) }, { [`${chassisPath}/Thermal`]: thermal })
    expect((await bmc.readSensors(call)).sensors[0]).toMatchObject({
      health: 'OK',
      upperCritical: 99,
      lowerCaution: undefined,
    })
  })

  it('are read from Sensors where Thermal is gone, and what Power tells is not told twice', async () => {
    const sensor = (name: string, body: object) => [`${chassisPath}/Sensors/${name}`, { Name: name, ...body }] as const
    const sensors = Object.fromEntries([
      sensor('Inlet', {
        ReadingType: 'Temperature',
        Reading: 25,
        ReadingUnits: 'Cel',
        Thresholds: { UpperCritical: { Reading: 42 } },
      }),
      sensor('Fan0', { ReadingType: 'Rotational', Reading: 9000, ReadingUnits: 'RPM' }),
      sensor('Total', { ReadingType: 'Power', Reading: 614, ReadingUnits: 'W' }),
      sensor('PSUCurrent', { ReadingUnits: 'A', Reading: 1.5 }),
    ])
    await start(
      { Power: ref(`${chassisPath}/Power`), Sensors: ref(`${chassisPath}/Sensors`) },
      {
        [`${chassisPath}/Power`]: { PowerControl: power.PowerControl },
        [`${chassisPath}/Sensors`]: { Members: Object.keys(sensors).map(ref) },
        ...sensors,
      },
    )
    expect(await shown()).toEqual([
      ['Temperature', 'Inlet', 25, 'Cel'],
      ['Fan', 'Fan0', 9000, 'RPM'],
      ['Power', 'System', 614, 'W'],
      ['Current', 'PSUCurrent', 1.5, 'A'],
    ])
    expect((await bmc.readSensors(call)).sensors[0]?.upperCritical).toBe(42)
  })

  it('are read from the subsystems where there is nothing else', async () => {
    const subsystem = `${chassisPath}/ThermalSubsystem`
    await start(
      { ThermalSubsystem: ref(subsystem), EnvironmentMetrics: ref(`${chassisPath}/EnvironmentMetrics`) },
      {
        [subsystem]: { ThermalMetrics: ref(`${subsystem}/ThermalMetrics`), Fans: ref(`${subsystem}/Fans`) },
        [`${subsystem}/ThermalMetrics`]: {
          TemperatureReadingsCelsius: [{ DataSourceUri: `${chassisPath}/Sensors/CPU1Temp`, Reading: 37 }],
          TemperatureSummaryCelsius: { Intake: { Reading: 25 }, Exhaust: null },
        },
        [`${subsystem}/Fans`]: { Members: [ref(`${subsystem}/Fans/1`)] },
        [`${subsystem}/Fans/1`]: { Name: 'Fan 1A', SpeedPercent: { Reading: 60, SpeedRPM: 10200 } },
        [`${chassisPath}/EnvironmentMetrics`]: { PowerWatts: { Reading: 300.5 } },
      },
    )
    expect(await shown()).toEqual([
      ['Temperature', 'CPU1Temp', 37, 'Cel'],
      ['Temperature', 'Intake', 25, 'Cel'],
      ['Fan', 'Fan 1A', 10200, 'RPM'],
      ['Power', 'PowerWatts', 300.5, 'W'],
    ])
  })

  it('of another system behind the same BMC are left out', async () => {
    const other = '/redfish/v1/Chassis/2'
    await start(
      { Thermal: ref(`${chassisPath}/Thermal`) },
      {
        [`${chassisPath}/Thermal`]: { Temperatures: [{ Name: 'ours', ReadingCelsius: 30 }] },
        [other]: {
          '@odata.id': other,
          Links: { ComputerSystems: [ref('/redfish/v1/Systems/2')] },
          Thermal: ref(`${other}/Thermal`),
        },
        [`${other}/Thermal`]: { Temperatures: [{ Name: 'theirs', ReadingCelsius: 40 }] },
      },
      [other, chassisPath],
    )
    expect(await shown()).toEqual([['Temperature', 'ours', 30, 'Cel']])
  })

  it('that cannot be read are a problem, and the others are there', async () => {
    await start(
      { Thermal: ref(`${chassisPath}/Thermal`), Power: ref(`${chassisPath}/Power`) },
      { [`${chassisPath}/Power`]: power },
    )
    server.on('GET', `${chassisPath}/Thermal`, reply(200, '<html>busy</html>', { 'Content-Type': 'text/html' }))
    const { sensors, problems } = await bmc.readSensors(call)
    expect(sensors.map(one => one.kind)).toEqual(['Power', 'Power', 'Power', 'Voltage'])
    expect(problems).toMatchObject([{ about: `${chassisPath}/Thermal` }])
  })
})
