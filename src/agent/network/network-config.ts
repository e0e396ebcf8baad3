import { z } from 'zod'
import { type Addressing, type Link, type NetworkPlan, noAddressing } from './plan.js'

const routeSchema = z.object({ to: z.string(), via: z.string() })
const nameserversSchema = z.object({ addresses: z.array(z.string()).default([]) })
const common = {
  dhcp4: z.boolean().optional(),
  dhcp6: z.boolean().optional(),
  addresses: z.array(z.string()).default([]),
  gateway4: z.string().optional(),
  gateway6: z.string().optional(),
  routes: z.array(routeSchema).default([]),
  nameservers: nameserversSchema.optional(),
  mtu: z.int().optional(),
}
const ethernetSchema = z.object({
  ...common,
  match: z.object({ macaddress: z.string().optional(), name: z.string().optional() }).optional(),
  'set-name': z.string().optional(),
})
const bondSchema = z.object({
  ...common,
  interfaces: z.array(z.string()),
  macaddress: z.string().optional(),
  parameters: z
    .object({
      mode: z.string().optional(),
      'mii-monitor-interval': z.union([z.string(), z.number()]).optional(),
      'lacp-rate': z.string().optional(),
      'transmit-hash-policy': z.string().optional(),
      primary: z.string().optional(),
    })
    .optional(),
})
const vlanSchema = z.object({ ...common, id: z.int().min(0).max(4094), link: z.string() })

const bodySchema = z.object({
  version: z.literal(2),
  ethernets: z.record(z.string(), ethernetSchema).default({}),
  bonds: z.record(z.string(), bondSchema).default({}),
  vlans: z.record(z.string(), vlanSchema).default({}),
})

/** cloud-init documentation, "Networking config Version 2"; with or without the outer `network`. */
export const networkConfigSchema = z.union([
  z.object({ network: bodySchema }).transform(({ network }) => network),
  bodySchema,
])

type Body = z.output<typeof bodySchema>
type Common = Pick<z.output<typeof ethernetSchema>, keyof typeof common>

export const fromNetworkConfig = ({ ethernets, bonds, vlans }: Body): NetworkPlan => {
  const links: Link[] = [
    ...Object.entries(ethernets).map(([name, ethernet]) => ({
      kind: 'physical' as const,
      name: ethernet['set-name'] ?? ethernet.match?.name ?? name,
      mac: ethernet.match?.macaddress?.toLowerCase(),
      ...addressingOf(ethernet),
    })),
    ...Object.entries(bonds).map(([name, bond]) => ({
      kind: 'bond' as const,
      name,
      mac: bond.macaddress?.toLowerCase(),
      members: bond.interfaces.map(member => ethernets[member]?.['set-name'] ?? member),
      options: bondOptions(bond.parameters ?? {}),
      ...addressingOf(bond),
    })),
    ...Object.entries(vlans).map(([name, { id, link, ...vlan }]) => ({
      kind: 'vlan' as const,
      name,
      parent: ethernets[link]?.['set-name'] ?? link,
      id,
      ...addressingOf(vlan),
    })),
  ]
  const all = [...Object.values(ethernets), ...Object.values(bonds), ...Object.values(vlans)]
  return { links, nameservers: [...new Set(all.flatMap(({ nameservers }) => nameservers?.addresses ?? []))] }
}

const addressingOf = ({ dhcp4, dhcp6, addresses, gateway4, gateway6, routes, mtu }: Common): Addressing => ({
  ...noAddressing,
  dhcp: dhcp4 === true || dhcp6 === true,
  addresses,
  mtu,
  routes: [
    ...routes.map(({ to, via }) => ({ to: to === '0.0.0.0/0' || to === '::/0' ? 'default' : to, via })),
    ...[gateway4, gateway6].flatMap(via => (via === undefined ? [] : [{ to: 'default', via }])),
  ],
})

const bondOptions = (parameters: NonNullable<z.output<typeof bondSchema>['parameters']>): Record<string, string> => {
  const options: readonly (readonly [string, string | undefined])[] = [
    ['mode', parameters.mode],
    ['miimon', String(parameters['mii-monitor-interval'] ?? 100)],
    ['lacp_rate', parameters['lacp-rate']],
    ['xmit_hash_policy', parameters['transmit-hash-policy']],
    ['primary', parameters.primary],
  ]
  return Object.fromEntries(options.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
