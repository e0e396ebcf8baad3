/** How one interface gets its addresses. */
export interface Addressing {
  readonly dhcp: boolean
  /** With prefix length: 192.0.2.5/24. */
  readonly addresses: readonly string[]
  readonly routes: readonly Route[]
  readonly mtu: number | undefined
}

export interface Route {
  /** CIDR or `default`. */
  readonly to: string
  readonly via: string
}

/** An interface to be, in the vocabulary of the kernel. Those that others are made of come first. */
export type Link = Addressing &
  (
    | { readonly kind: 'physical'; readonly name: string; readonly mac: string | undefined }
    | {
        readonly kind: 'bond'
        readonly name: string
        readonly mac: string | undefined
        readonly members: readonly string[]
        /** As `/sys/class/net/<bond>/bonding` calls them (Documentation/networking/bonding). */
        readonly options: Readonly<Record<string, string>>
      }
    | { readonly kind: 'vlan'; readonly name: string; readonly parent: string; readonly id: number }
  )

export interface NetworkPlan {
  readonly links: readonly Link[]
  readonly nameservers: readonly string[]
}

export const noAddressing: Addressing = { dhcp: false, addresses: [], routes: [], mtu: undefined }
