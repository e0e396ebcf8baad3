import { afterEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../test/support/manual-clock.js'
import { type BmcSimulator, type BmcSimulatorOptions, startBmcSimulator } from './simulator.js'
import { ask, credentials, read } from '../../../test/support/bmc-client.js'

const running: BmcSimulator[] = []
const start = async (options: Partial<BmcSimulatorOptions> = {}) => {
  const clock = new ManualClock()
  const bmc = await startBmcSimulator({ persona: 'dell', credentials, clock, ...options })
  running.push(bmc)
  return { bmc, clock }
}
afterEach(async () => {
  await Promise.all(running.splice(0).map(bmc => bmc.stop()))
})

const system = '/redfish/v1/Systems/System.Embedded.1'

describe('the BMC simulator', () => {
  it('switches the server on, posts, applies pending BIOS settings with a job and uses up a boot override', async () => {
    const { bmc, clock } = await start()
    const write = await ask(bmc, 'PATCH', `${system}/Bios/Settings`, {
      json: {
        Attributes: { ProcVirtualization: 'Enabled' },
        '@Redfish.SettingsApplyTime': { ApplyTime: 'OnReset' },
      },
    })
    expect(write.status).toBe(202)
    const job = String(write.headers.location)
    expect((await read(bmc, job)).TaskState).toBe('New')
    expect((await read(bmc, `${system}/Bios`)).Attributes.ProcVirtualization).toBe('Disabled')
    expect((await read(bmc, `${system}/Bios/Settings`)).Attributes).toEqual({ ProcVirtualization: 'Enabled' })

    const boot = { BootSourceOverrideTarget: 'Pxe', BootSourceOverrideEnabled: 'Once' }
    expect((await ask(bmc, 'PATCH', system, { json: { Boot: boot } })).status).toBe(200)
    expect(
      (await ask(bmc, 'POST', `${system}/Actions/ComputerSystem.Reset`, { json: { ResetType: 'On' } })).status,
    ).toBe(204)
    expect((await read(bmc, system)).PowerState).toBe('Off')
    await clock.advance(300)
    expect((await read(bmc, system)).PowerState).toBe('On')
    expect((await read(bmc, system)).Boot.BootSourceOverrideEnabled).toBe('Once')
    await clock.advance(2000)
    expect((await read(bmc, system)).Boot.BootSourceOverrideEnabled).toBe('Disabled')
    expect((await read(bmc, `${system}/Bios`)).Attributes.ProcVirtualization).toBe('Enabled')
    expect((await read(bmc, job)).TaskState).toBe('Completed')
    expect(bmc.journal.happened).toContain('boots network')
  })
})
