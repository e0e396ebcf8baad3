import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { type BmcAddress, parseBmcAddress } from '../../bmc/address.js'

/** Key of an index of hosts: the BMC behind an address, however the address is spelled. */
export const bmcKeyOf = (host: BareMetalHost): string => {
  const address = parsed(host)
  return address === undefined ? host.spec.bmc.address : `${address.transport} ${address.host} ${address.port}`
}

/**
 * The host that manages the same server and was created before this one, if there is one. `others` are the hosts with
 * the same {@link bmcKeyOf}; two systems behind one BMC are two servers, and an address that names none means any.
 */
export const earlierTwin = (host: BareMetalHost, others: readonly BareMetalHost[]): BareMetalHost | undefined =>
  others.find(other => isEarlier(other, host) && isSameSystem(other, host))

const isEarlier = (one: BareMetalHost, other: BareMetalHost): boolean => ageOf(one) < ageOf(other)

const ageOf = ({ metadata }: BareMetalHost): string => `${metadata.creationTimestamp ?? ''} ${metadata.uid ?? ''}`

const isSameSystem = (one: BareMetalHost, other: BareMetalHost): boolean => {
  const [its, mine] = [systemOf(one), systemOf(other)]
  return its === undefined || mine === undefined || its === mine
}

const systemOf = (host: BareMetalHost): string | undefined => parsed(host)?.systemPath?.toLowerCase()

const parsed = (host: BareMetalHost): BmcAddress | undefined => {
  try {
    return parseBmcAddress(host.spec.bmc.address)
  } catch {
    return undefined
  }
}
