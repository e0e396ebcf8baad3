import type { Clock } from '../base/clock.js'
import type { Logger } from '../base/log.js'
import { parseBmcAddress } from './address.js'
import { createIpmiBmc } from './ipmi/driver.js'
import type { Bmc, BmcAccess, BmcExchange } from './model.js'
import { createRedfishBmc } from './redfish/driver.js'
import type { VendorKnowledge } from './vendors.js'

export interface BmcOptions {
  /** Metal3-style, or plain `https://host[:port]`; see parseBmcAddress. */
  readonly address: string
  readonly access: BmcAccess
  readonly clock: Clock
  readonly log: Logger
  /** From loadVendors, read once by whoever starts the process. */
  readonly vendors: VendorKnowledge
  readonly onExchange?: ((exchange: BmcExchange) => void) | undefined
}

/**
 * A BMC behind an address, by the driver that its scheme names. Sends nothing until it is asked something.
 *
 * @throws KatametalError BMCAddressInvalid, BMCSchemeUnknown, BMCCertificateRefused for a bundle that cannot be read
 */
export const createBmc = ({ address: text, access, clock, log, vendors, onExchange }: BmcOptions): Bmc => {
  const address = parseBmcAddress(text)
  const options = { address, access, clock, log, vendors, onExchange }
  return address.transport === 'ipmi' ? createIpmiBmc(options) : createRedfishBmc(options)
}
