import type { Clock } from '../base/clock.js'
import type { Logger } from '../base/log.js'
import { KatametalError } from '../base/errors.js'
import { type BmcAddress, parseBmcAddress } from './address.js'
import { createIpmiBmc } from './ipmi/driver.js'
import type { Bmc, BmcAccess, BmcExchange } from './model.js'
import { withPowerFallback } from './power-fallback.js'
import { createRedfishBmc } from './redfish/driver.js'
import type { VendorKnowledge } from './vendors.js'

export interface BmcOptions {
  /** Metal3-style, or plain `https://host[:port]`; see parseBmcAddress. */
  readonly address: string
  /** `ipmi://...` of the same server, for power where the BMC behind `address` cannot switch it. */
  readonly fallbackAddress?: string | undefined
  readonly access: BmcAccess
  readonly clock: Clock
  readonly log: Logger
  /** From loadVendors, read once by whoever starts the process. */
  readonly vendors: VendorKnowledge
  readonly onExchange?: ((exchange: BmcExchange) => void) | undefined
  /** Cipher suite by BMC, for all IPMI connections of the process; see createIpmitool. */
  readonly suites?: Map<string, string>
}

/**
 * A BMC behind an address, by the driver that its scheme names. Sends nothing until it is asked something.
 *
 * @throws KatametalError BMCAddressInvalid, BMCSchemeUnknown, BMCCertificateRefused for a bundle that cannot be read
 */
export const createBmc = ({ address: text, fallbackAddress, ...rest }: BmcOptions): Bmc => {
  const address = parseBmcAddress(text)
  const ipmi = fallbackAddress === undefined ? undefined : fallbackOf(fallbackAddress)
  if (address.transport === 'ipmi') return createIpmiBmc({ address, ...rest })
  const bmc = createRedfishBmc({ address, ...rest })
  return ipmi === undefined ? bmc : withPowerFallback(bmc, createIpmiBmc({ address: ipmi, ...rest }))
}

const fallbackOf = (text: string): BmcAddress => {
  const address = parseBmcAddress(text)
  if (address.transport === 'ipmi') return address
  throw new KatametalError('BMCAddressInvalid', { about: text, seen: 'only IPMI can be the fallback' })
}
