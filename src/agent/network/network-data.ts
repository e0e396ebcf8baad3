import { z } from 'zod'
import { type Addressing, type Link, type NetworkPlan, noAddressing } from './plan.js'

const linkSchema = z.looseObject({
  id: z.string(),
  name: z.string().optional(),
  type: z.string(),
  ethernet_mac_address: z.string().nullish(),
  mtu: z.int().nullish(),
  bond_links: z.array(z.string()).optional(),
  bond_mode: z.string().optional(),
  bond_miimon: z.union([z.string(), z.int()]).optional(),
  bond_xmit_hash_policy: z.string().optional(),
  vlan_link: z.string().optional(),
  vlan_id: z.int().optional(),
})
const networkSchema = z.looseObject({
  type: z.string(),
  link: z.string(),
  ip_address: z.string().optional(),
  netmask: z.union([z.string(), z.int()]).optional(),
  routes: z
    .array(
      z.looseObject({ network: z.string(), netmask: z.union([z.string(), z.int()]).optional(), gateway: z.string() }),
    )
    .default([]),
})

/** network_data.json of the OpenStack metadata service, which Metal3 takes over. */
export const networkDataSchema = z.object({
  links: z.array(linkSchema),
  networks: z.array(networkSchema).default([]),
  services: z.array(z.looseObject({ type: z.string(), address: z.string().optional() })).default([]),
})

type NetworkData = z.output<typeof networkDataSchema>
type DataLink = z.output<typeof linkSchema>

export const fromNetworkData = ({ links, networks, services }: NetworkData): NetworkPlan => {
  const nameOf = (id: string): string => nameOfLink(links.find(link => link.id === id)) ?? id
  const rank = ({ kind }: Link): number => ['physical', 'bond', 'vlan'].indexOf(kind)
  return {
    links: links
      .map(link => linkOf(link, addressingOf(link, networks), nameOf))
      .sort((one, other) => rank(one) - rank(other)),
    nameservers: services.flatMap(({ type, address }) => (type === 'dns' && address !== undefined ? [address] : [])),
  }
}

const nameOfLink = (link: DataLink | undefined): string | undefined => link?.name ?? link?.id

const linkOf = (link: DataLink, addressing: Addressing, nameOf: (id: string) => string): Link => {
  const name = nameOf(link.id)
  const mac = link.ethernet_mac_address?.toLowerCase()
  if (link.type === 'bond')
    return {
      kind: 'bond',
      name,
      mac,
      members: (link.bond_links ?? []).map(nameOf),
      options: {
        mode: link.bond_mode ?? 'active-backup',
        miimon: String(link.bond_miimon ?? 100),
        ...(link.bond_xmit_hash_policy === undefined ? {} : { xmit_hash_policy: link.bond_xmit_hash_policy }),
      },
      ...addressing,
    }
  if (link.type === 'vlan')
    return { kind: 'vlan', name, parent: nameOf(link.vlan_link ?? ''), id: link.vlan_id ?? 0, ...addressing }
  return { kind: 'physical', name, mac, ...addressing }
}

const addressingOf = (link: DataLink, networks: NetworkData['networks']): Addressing => {
  const own = networks.filter(network => network.link === link.id)
  return {
    ...noAddressing,
    mtu: link.mtu ?? undefined,
    dhcp: own.some(({ type }) => /dhcp|slaac/.test(type)),
    addresses: own.flatMap(({ ip_address: address, netmask }) =>
      address === undefined ? [] : [withPrefix(address, netmask)],
    ),
    routes: own.flatMap(({ routes }) =>
      routes.map(({ network, netmask, gateway }) => ({ to: destination(withPrefix(network, netmask)), via: gateway })),
    ),
  }
}

/** 192.0.2.5 and 255.255.255.0, or 24, or nothing because it is in the address already. */
const withPrefix = (address: string, netmask: string | number | undefined): string => {
  if (address.includes('/')) return address
  if (netmask === undefined) return `${address}/${address.includes(':') ? 128 : 32}`
  return `${address}/${typeof netmask === 'number' ? netmask : prefixOf(netmask)}`
}

const prefixOf = (netmask: string): number => {
  if (/^\d+$/.test(netmask)) return Number(netmask)
  const bits = netmask.includes(':')
    ? netmask
        .split(':')
        .filter(part => part !== '')
        .map(part => Number.parseInt(part, 16).toString(2))
    : netmask.split('.').map(part => Number(part).toString(2))
  return bits.join('').replaceAll('0', '').length
}

const destination = (cidr: string): string => (/^(0\.0\.0\.0|::)\/0$/.test(cidr) ? 'default' : cidr)
