import { afterEach } from 'vitest'
import { type BmcSimulator, type BmcSimulatorOptions, startBmcSimulator } from '../../src/lab/bmc/simulator.js'
import { credentials } from './bmc-client.js'
import { ManualClock } from './manual-clock.js'

/** Starts simulators on a clock that stands still; those of a test are stopped after it. */
export const simulators = () => {
  const running: BmcSimulator[] = []
  afterEach(async () => {
    await Promise.all(running.splice(0).map(bmc => bmc.stop()))
  })
  return async (options: Partial<BmcSimulatorOptions> = {}): Promise<{ bmc: BmcSimulator; clock: ManualClock }> => {
    const clock = new ManualClock()
    const bmc = await startBmcSimulator({ persona: 'dell', credentials, clock, ...options })
    running.push(bmc)
    return { bmc, clock }
  }
}

/** Paths of the parts in the personas. */
export const places = {
  dell: {
    system: '/redfish/v1/Systems/System.Embedded.1',
    bios: '/redfish/v1/Systems/System.Embedded.1/Bios',
    settings: '/redfish/v1/Systems/System.Embedded.1/Bios/Settings',
    slot: '/redfish/v1/Managers/iDRAC.Embedded.1/VirtualMedia/CD',
  },
  hpe: {
    system: '/redfish/v1/Systems/1',
    bios: '/redfish/v1/systems/1/bios/',
    settings: '/redfish/v1/systems/1/bios/settings/',
    slot: '/redfish/v1/Managers/1/VirtualMedia/2',
  },
  lenovo: {
    system: '/redfish/v1/Systems/1',
    bios: '/redfish/v1/Systems/1/Bios',
    settings: '/redfish/v1/Systems/1/Bios/Pending',
    slot: '/redfish/v1/Managers/1/VirtualMedia/EXT1',
  },
  supermicro: {
    system: '/redfish/v1/Systems/1',
    bios: '/redfish/v1/Systems/1/Bios',
    settings: '/redfish/v1/Systems/1/Bios/SD',
    slot: '/redfish/v1/Managers/1/VirtualMedia/VirtualMedia1',
  },
  ami: {
    system: '/redfish/v1/Systems/Node',
    bios: '/redfish/v1/Systems/Node/Bios',
    settings: '/redfish/v1/Systems/Node/Bios/SD',
    slot: '/redfish/v1/Managers/Self/VirtualMedia/CD1',
  },
  cisco: {
    system: '/redfish/v1/Systems/LABC0001',
    bios: '/redfish/v1/Systems/LABC0001/Bios',
    settings: '/redfish/v1/Systems/LABC0001/Bios',
    slot: '/redfish/v1/Managers/CIMC/VirtualMedia/0',
  },
} as const
