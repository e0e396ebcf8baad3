import { describe, expect, it } from 'vitest'
import { places, simulators } from '../../../../test/support/bmc-simulators.js'
import { ask, read } from '../../../../test/support/bmc-client.js'
import type { Board, PoweredMachine } from '../../server/board.js'
import type { PersonaName } from '../personas/personas.js'
import type { BmcSimulator } from '../simulator.js'

const start = simulators()

const reset = (bmc: BmcSimulator, ResetType: string, persona: PersonaName = 'dell') =>
  ask(bmc, 'POST', `${places[persona].system}/Actions/ComputerSystem.Reset`, { json: { ResetType } })

const shown = async (bmc: BmcSimulator, persona: PersonaName = 'dell') =>
  (await read(bmc, places[persona].system)).PowerState

/** A machine that only writes down what is done to it. */
const recorder = () => {
  const calls: string[] = []
  let board: Board | undefined
  const machine: PoweredMachine = {
    attach: given => {
      board = given
    },
    powerOn: () => calls.push('on'),
    powerOff: () => calls.push('off'),
    pressPowerButton: () => calls.push('button'),
  }
  return { calls, machine, board: () => board }
}

describe('power of a simulated server', () => {
  it('takes its time to come on and to go off, and the machine learns when it is done', async () => {
    const { calls, machine } = recorder()
    const { bmc, clock } = await start({ server: machine })
    expect((await reset(bmc, 'On')).status).toBe(204)
    await clock.advance(299)
    expect([await shown(bmc), calls]).toEqual(['Off', []])
    await clock.advance(1)
    expect([await shown(bmc), calls]).toEqual(['On', ['on']])
    expect((await reset(bmc, 'ForceOff')).status).toBe(204)
    await clock.advance(199)
    expect(bmc.power).toBe('On')
    await clock.advance(1)
    expect([await shown(bmc), calls]).toEqual(['Off', ['on', 'off']])
    expect(bmc.journal.happened).toEqual(['power On', 'power is On', 'power ForceOff', 'power is Off'])
  })

  it('shows its way there on services that do', async () => {
    const { bmc, clock } = await start({ persona: 'lenovo' })
    await reset(bmc, 'On', 'lenovo')
    expect(await shown(bmc, 'lenovo')).toBe('PoweringOn')
    await clock.advance(300)
    await reset(bmc, 'ForceOff', 'lenovo')
    expect(await shown(bmc, 'lenovo')).toBe('PoweringOff')
    await clock.advance(200)
    expect(await shown(bmc, 'lenovo')).toBe('Off')
  })

  it('refuses reset types that are not offered, in the annotation or in the ActionInfo', async () => {
    const dell = (await start({ persona: 'dell' })).bmc
    expect((await reset(dell, 'ForceOn')).status).toBe(400)
    expect((await reset(dell, 'Nonsense')).status).toBe(400)
    const supermicro = (await start({ persona: 'supermicro' })).bmc
    expect((await reset(supermicro, 'PushPowerButton', 'supermicro')).status).toBe(400)
    expect((await reset(supermicro, 'ForceOn', 'supermicro')).status).toBe(204)
    expect(dell.journal.happened).toEqual([])
  })

  it('answers a needless reset as the service is known to: accepted, 409 or 400', async () => {
    const statuses = await Promise.all(
      (['supermicro', 'dell', 'hpe'] as const).map(async persona => {
        const { bmc } = await start({ persona })
        return [(await reset(bmc, 'ForceOff', persona)).status, (await reset(bmc, 'ForceRestart', persona)).status]
      }),
    )
    expect(statuses).toEqual([
      [204, 204],
      [409, 409],
      [400, 400],
    ])
  })

  it('goes through off on a restart', async () => {
    const { calls, machine } = recorder()
    const { bmc, clock } = await start({ server: machine })
    await reset(bmc, 'On')
    await clock.advance(300)
    await reset(bmc, 'ForceRestart')
    await clock.advance(200)
    expect(await shown(bmc)).toBe('Off')
    await clock.advance(500)
    expect(await shown(bmc)).toBe('On')
    expect(calls).toEqual(['on', 'off', 'on'])
  })

  it('only presses the button for a graceful shutdown: without a system nothing ever happens', async () => {
    const { calls, machine } = recorder()
    const { bmc, clock } = await start({ server: machine })
    await reset(bmc, 'On')
    await clock.advance(300)
    expect((await reset(bmc, 'GracefulShutdown')).status).toBe(204)
    await clock.advance(3_600_000)
    expect([await shown(bmc), calls]).toEqual(['On', ['on', 'button']])
  })

  it('goes off when the system halts itself, and comes back when a graceful restart was asked for', async () => {
    const { machine, board } = recorder()
    const { bmc, clock } = await start({ server: machine })
    await reset(bmc, 'On')
    await clock.advance(300)
    board()?.powerDown()
    expect(await shown(bmc)).toBe('Off')
    await clock.advance(10_000)
    expect(await shown(bmc)).toBe('Off')
    await reset(bmc, 'On')
    await clock.advance(300)
    await reset(bmc, 'GracefulRestart')
    board()?.powerDown()
    await clock.advance(500)
    expect(await shown(bmc)).toBe('On')
  })

  it('lets a forced off win over a start that is under way', async () => {
    const { calls, machine } = recorder()
    const { bmc, clock } = await start({ persona: 'lenovo', server: machine })
    await reset(bmc, 'On', 'lenovo')
    await clock.advance(100)
    await reset(bmc, 'ForceOff', 'lenovo')
    await clock.advance(10_000)
    expect([await shown(bmc, 'lenovo'), calls]).toEqual(['Off', ['off']])
  })

  it('shows at the chassis too', async () => {
    const { bmc, clock } = await start()
    await reset(bmc, 'PushPowerButton')
    await clock.advance(300)
    expect((await read(bmc, '/redfish/v1/Chassis/System.Embedded.1')).PowerState).toBe('On')
  })

  it('does not outlive its simulator', async () => {
    const { calls, machine } = recorder()
    const { bmc, clock } = await start({ server: machine })
    await reset(bmc, 'On')
    await bmc.stop()
    await clock.advance(10_000)
    expect(calls).toEqual(['off'])
    expect(clock.pending).toBe(0)
  })
})
