import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import type { BmcAddress } from '../address.js'
import type { BmcBudget } from '../budget.js'
import type { Bmc, BmcAccess, BmcCall, BmcExchange } from '../model.js'
import type { VendorKnowledge } from '../vendors.js'
import { readBios, writeBios } from './bios.js'
import { readBootOverride, setBootOverride } from './boot.js'
import { createRedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { discover } from './discover.js'
import type { HttpLimits } from './http.js'
import { identify } from './identify.js'
import { readInventory } from './inventory.js'
import { ejectVirtualMedia, insertVirtualMedia, readVirtualMedia } from './media.js'
import { readLogs } from './logs.js'
import { readPower, setPower } from './power.js'
import { readSensors } from './sensors.js'

export interface RedfishBmcOptions {
  /** Of transport `redfish`. */
  readonly address: BmcAddress
  readonly access: BmcAccess
  readonly clock: Clock
  readonly log: Logger
  readonly vendors: VendorKnowledge
  readonly onExchange?: ((exchange: BmcExchange) => void) | undefined
  /** Shared by whoever else talks to this BMC; one of its own when left out. */
  readonly budget?: BmcBudget | undefined
  readonly limits?: Partial<HttpLimits> | undefined
  readonly connectTimeoutMs?: number | undefined
}

/**
 * A BMC that speaks Redfish. Sends nothing until it is asked something; then logs in and finds out what it has before
 * it, once. Errors at creation: BMCCertificateRefused for a bundle that cannot be read.
 */
export const createRedfishBmc = (options: RedfishBmcOptions): Bmc => {
  const { address, access, clock, vendors } = options
  const client = createRedfishClient({ ...options, messages: vendors.messages })
  let known: RedfishContext | undefined
  let biosUsed = 0
  let systemRead = 0

  const context = async (call: BmcCall): Promise<RedfishContext> => {
    if (known === undefined) {
      const found = await discover(client, address.systemPath, vendors, call)
      known = { ...found, registries: new Map(), unshown: new Map() }
      systemRead = clock.now()
    }
    if (clock.now() - biosUsed > keepRegistriesMs) known.registries?.clear()
    return known
  }
  /** With the system as it is now. */
  const freshContext = async (call: BmcCall): Promise<RedfishContext> => {
    const found = await context(call)
    if (clock.now() - systemRead < freshMs) return found
    const system = await client.get(found.systemPath, call)
    systemRead = clock.now()
    return (known = { ...found, system })
  }
  const biosContext = async (call: BmcCall): Promise<RedfishContext> => {
    const found = await context(call)
    biosUsed = clock.now()
    return found
  }

  return {
    identify: async call => {
      const first = known === undefined
      const found = await context(call)
      // Versions and power change behind our back; what was read a moment ago serves.
      const system = first ? found.system : await client.get(found.systemPath, call)
      const manager =
        first || found.managerPath === undefined ? found.manager : await client.get(found.managerPath, call)
      if (!first) systemRead = clock.now()
      const now = { ...found, system, manager }
      known = now
      const identity = await identify(client, now, system, address, access, call)
      known = { ...now, capabilities: identity.capabilities }
      return identity
    },
    readPower: async call => readPower(client, await context(call), call),
    setPower: async (action, call) => setPower(client, await context(call), action, clock, call),
    readBootOverride: async call => readBootOverride(client, await context(call), call),
    setBootOverride: async (override, call) => setBootOverride(client, await context(call), override, clock, call),
    readVirtualMedia: async call => readVirtualMedia(client, await context(call), call),
    insertVirtualMedia: async (url, call) => insertVirtualMedia(client, await context(call), url, clock, call),
    ejectVirtualMedia: async call => ejectVirtualMedia(client, await context(call), clock, call),
    readBios: async call => readBios(client, await biosContext(call), call),
    writeBios: async (attributes, call) => writeBios(client, await biosContext(call), attributes, clock, call),
    readInventory: async call => readInventory(client, await freshContext(call), clock, call),
    readSensors: async call => readSensors(client, await context(call), call),
    readLogs: async (query, call) => readLogs(client, await context(call), query, call),
    close: () => client.close(),
  }
}

// An inventory follows identify at once, and parts do not change within a breath.
const freshMs = 2_000
// Large, slow to fetch, and needed only while firmware is planned and proven: a Bmc may live for months.
const keepRegistriesMs = 300_000
