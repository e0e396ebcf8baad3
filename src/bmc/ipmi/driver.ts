import type { Clock } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import type { Logger } from '../../base/log.js'
import type { Bmc, BmcAccess, BmcExchange } from '../model.js'
import type { VendorKnowledge } from '../vendors.js'
import { readBootOverride, setBootOverride } from './boot.js'
import { identify } from './identify.js'
import { readInventory } from './inventory.js'
import { createIpmitool } from './ipmitool.js'
import { readPower, setPower } from './power.js'
import { readLogs } from './sel.js'
import { readSensors } from './sensors.js'
import { readUsers } from './users.js'

export interface IpmiBmcOptions {
  readonly address: { readonly host: string; readonly port: number }
  readonly access: BmcAccess
  readonly clock: Clock
  readonly log: Logger
  readonly onExchange?: ((exchange: BmcExchange) => void) | undefined
  /** The program; default `ipmitool`, found in the usual folders. */
  readonly ipmitool?: string
  /** Least time between two commands; see createIpmitool. */
  readonly intervalMs?: number
  /** See createIpmitool. */
  readonly suites?: Map<string, string>
  /** Knows whose boot device bytes differ; see loadVendors. */
  readonly vendors?: Pick<VendorKnowledge, 'vendors'>
}

/**
 * A server of which only IPMI 2.0 is known: power, boot device, sensors, event log, users and a little inventory, through ipmitool. No virtual
 * media and no BIOS settings: those answer BMCUnsupported, except that there is never anything to eject.
 */
export const createIpmiBmc = (options: IpmiBmcOptions): Bmc => {
  const { clock, address, vendors: { vendors } = { vendors: [] } } = options
  const tool = createIpmitool(options)
  const about = `${address.host}:${address.port}`
  const lacks = (what: string): Promise<never> =>
    Promise.reject(new KatametalError('BMCUnsupported', { about, seen: `IPMI has no ${what}` }))
  return {
    identify: call => identify(tool, call),
    readPower: call => readPower(tool, call),
    setPower: (action, call) => setPower(tool, action, call),
    readBootOverride: call => readBootOverride(tool, vendors, call),
    setBootOverride: (override, call) => setBootOverride(tool, vendors, override, call),
    readVirtualMedia: () => lacks('virtual media'),
    insertVirtualMedia: () => lacks('virtual media'),
    ejectVirtualMedia: () => Promise.resolve(),
    readBios: () => lacks('BIOS settings'),
    writeBios: () => lacks('BIOS settings'),
    readInventory: call => readInventory(tool, clock, call),
    readSensors: call => readSensors(tool, call),
    readLogs: (query, call) => readLogs(tool, query, call),
    readUsers: call => readUsers(tool, call),
    close: () => {
      tool.close()
      return Promise.resolve()
    },
  }
}
