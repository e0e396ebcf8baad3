import { isIPv6 } from 'node:net'
import { stringify } from 'yaml'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { KatametalError } from '../../base/errors.js'

type StaticAddress = NonNullable<BareMetalHost['spec']['addresses']>[number]

/**
 * Network configuration of the installed system from spec.addresses, as cloud-init's network-config version 2 (netplan):
 * one NIC per MAC, default routes by family. Undefined when there are no addresses. Throws NetworkAddressUnplaced when an
 * address is for no known NIC.
 */
export const staticNetworkConfig = ({ metadata, spec }: BareMetalHost): string | undefined => {
  const { addresses = [], bootMACAddress } = spec
  if (addresses.length === 0) return undefined
  const byMac = new Map<string, StaticAddress[]>()
  for (const address of addresses) {
    const mac = (address.macAddress ?? bootMACAddress)?.toLowerCase()
    if (mac === undefined)
      throw new KatametalError('NetworkAddressUnplaced', {
        about: metadata.name,
        seen: `${address.address} names no NIC`,
      })
    byMac.set(mac, [...(byMac.get(mac) ?? []), address])
  }
  const ethernets = [...byMac].map(([mac, own], index) => [`nic${index}`, ethernet(mac, own)] as const)
  return stringify({ version: 2, ethernets: Object.fromEntries(ethernets) })
}

const ethernet = (mac: string, addresses: readonly StaticAddress[]): object => {
  const routes = addresses.flatMap(({ gateway }) => (gateway === undefined ? [] : [defaultRoute(gateway)]))
  const nameservers = [...new Set(addresses.flatMap(({ nameservers: known = [] }) => known))]
  return {
    match: { macaddress: mac },
    addresses: addresses.map(({ address, prefix }) => `${address}/${prefix}`),
    dhcp4: false,
    dhcp6: false,
    ...(routes.length === 0 ? {} : { routes: uniqueByGateway(routes) }),
    ...(nameservers.length === 0 ? {} : { nameservers: { addresses: nameservers } }),
  }
}

const defaultRoute = (via: string): { to: string; via: string } => ({ to: isIPv6(via) ? '::/0' : '0.0.0.0/0', via })

const uniqueByGateway = (routes: readonly { to: string; via: string }[]) => [
  ...new Map(routes.map(route => [route.via, route])).values(),
]
