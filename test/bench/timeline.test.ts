import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.js'
import { startFleet } from '../../src/lab/fleet.js'
import { ask } from '../support/bmc-client.js'
import { powerChanges, timelineOf } from './timeline.js'
import { until } from './wait.js'

describe('changes of power', () => {
  it('last from the reset that was taken until the power is there', () => {
    const events = [
      { time: 10, what: 'power ForceOff' },
      { time: 30, what: 'power is Off' },
      { time: 40, what: 'eject media' },
      { time: 50, what: 'power On' },
      { time: 80, what: 'power is On' },
    ]
    expect(powerChanges(events)).toEqual([
      { from: 10, to: 30 },
      { from: 50, to: 80 },
    ])
  })

  it('begin with the first of several resets, and are no change without one', () => {
    const events = [
      { time: 5, what: 'power is Off' },
      { time: 10, what: 'power GracefulShutdown' },
      { time: 20, what: 'power ForceOff' },
      { time: 30, what: 'power is Off' },
    ]
    expect(powerChanges(events)).toEqual([{ from: 10, to: 30 }])
  })
})

describe('the timeline of a simulated server', () => {
  it('tells commands from reads and logins, and has outcomes, edits and busy times', async () => {
    const fleet = await startFleet({
      count: 1,
      personas: ['dell'],
      clock: systemClock,
      namespace: 'lab',
      serverTimings: { speed: 50 },
      bmcTimings: { speed: 50 },
    })
    try {
      const [machine] = fleet.machines
      if (machine === undefined) throw new Error('no machine')
      const { bmc } = machine
      const system = new URL(bmc.address.replace(/^[a-z+-]+:/, 'https:')).pathname
      const { username, password } = machine.secret.stringData
      const headers = { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
      const json = { UserName: username, Password: password }
      await ask(bmc, 'POST', '/redfish/v1/SessionService/Sessions', { login: false, json })
      await ask(bmc, 'GET', system, { login: false, headers })
      await ask(bmc, 'POST', `${system}/Actions/ComputerSystem.Reset`, {
        login: false,
        headers,
        json: { ResetType: bmc.power === 'On' ? 'ForceRestart' : 'On' },
      })
      const what = () => timelineOf(machine, [7]).outcomes.map(outcome => outcome.what)
      await until(
        'the server to boot',
        5000,
        () => what().includes('no bootable device'),
        () => what().join(),
      )
      const { requests, outcomes, messages, busy } = timelineOf(machine, [7])
      expect(requests.map(({ method, command }) => [method, command])).toEqual([
        ['POST', false],
        ['GET', false],
        ['POST', true],
      ])
      expect(what()).toContain('power is On')
      expect(outcomes.map(({ time }) => time)).toEqual(outcomes.map(({ time }) => time).toSorted((a, b) => a - b))
      expect(messages).toEqual([{ time: 7, what: 'spec edited' }])
      expect(busy.length).toBeGreaterThanOrEqual(2)
    } finally {
      await fleet.stop()
    }
  })
})
