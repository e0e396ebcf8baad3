import { describe, expect, it } from 'vitest'
import { parseNetwork } from './parse.js'

const plain = { dhcp: false, addresses: [], routes: [], mtu: undefined }

describe('network config version 2', () => {
  it('gives static addresses, routes and name servers to an adapter that is found by its MAC', () => {
    const text = `
network:
  version: 2
  ethernets:
    nic0:
      match: { macaddress: "52:54:00:AA:BB:01" }
      set-name: eth9
      addresses: [192.0.2.5/24, "2001:db8::5/64"]
      gateway4: 192.0.2.1
      routes: [{ to: 198.51.100.0/24, via: 192.0.2.254 }]
      nameservers: { addresses: [192.0.2.53] }
      mtu: 9000
`
    expect(parseNetwork(text)).toEqual({
      nameservers: ['192.0.2.53'],
      links: [
        {
          kind: 'physical',
          name: 'eth9',
          mac: '52:54:00:aa:bb:01',
          dhcp: false,
          addresses: ['192.0.2.5/24', '2001:db8::5/64'],
          routes: [
            { to: '198.51.100.0/24', via: '192.0.2.254' },
            { to: 'default', via: '192.0.2.1' },
          ],
          mtu: 9000,
        },
      ],
    })
  })

  it('stacks a VLAN on a bond of two adapters, adapters first', () => {
    const text = `
version: 2
vlans:
  bond0.100: { id: 100, link: bond0, dhcp4: true }
bonds:
  bond0:
    interfaces: [a, b]
    parameters: { mode: 802.3ad, lacp-rate: fast, transmit-hash-policy: layer3+4 }
ethernets:
  a: { match: { macaddress: "52:54:00:00:00:01" }, set-name: eth0 }
  b: { match: { macaddress: "52:54:00:00:00:02" }, set-name: eth1 }
`
    expect(parseNetwork(text).links).toEqual([
      { kind: 'physical', name: 'eth0', mac: '52:54:00:00:00:01', ...plain },
      { kind: 'physical', name: 'eth1', mac: '52:54:00:00:00:02', ...plain },
      {
        kind: 'bond',
        name: 'bond0',
        mac: undefined,
        members: ['eth0', 'eth1'],
        options: { mode: '802.3ad', miimon: '100', lacp_rate: 'fast', xmit_hash_policy: 'layer3+4' },
        ...plain,
      },
      { kind: 'vlan', name: 'bond0.100', parent: 'bond0', id: 100, ...plain, dhcp: true },
    ])
  })
})

describe('network_data.json', () => {
  const data = {
    links: [
      { id: 'vlan', name: 'bond0.7', type: 'vlan', vlan_link: 'bond', vlan_id: 7, vlan_mac_address: null },
      {
        id: 'bond',
        name: 'bond0',
        type: 'bond',
        bond_mode: 'active-backup',
        bond_links: ['p1', 'p2'],
        ethernet_mac_address: '52:54:00:00:00:01',
      },
      { id: 'p1', name: 'eth0', type: 'phy', ethernet_mac_address: '52:54:00:00:00:01', mtu: 1500 },
      { id: 'p2', name: 'eth1', type: 'phy', ethernet_mac_address: '52:54:00:00:00:02' },
    ],
    networks: [
      {
        id: 'n0',
        type: 'ipv4',
        link: 'vlan',
        ip_address: '192.0.2.9',
        netmask: '255.255.254.0',
        routes: [{ network: '0.0.0.0', netmask: '0.0.0.0', gateway: '192.0.2.1' }],
      },
      { id: 'n1', type: 'ipv6', link: 'vlan', ip_address: '2001:db8::9', netmask: 'ffff:ffff:ffff:ffff::', routes: [] },
      { id: 'n2', type: 'ipv4_dhcp', link: 'p2' },
    ],
    services: [{ type: 'dns', address: '192.0.2.53' }],
  }

  it('means the same in the words of OpenStack', () => {
    const { links, nameservers } = parseNetwork(JSON.stringify(data))
    expect(nameservers).toEqual(['192.0.2.53'])
    expect(links.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'physical eth0',
      'physical eth1',
      'bond bond0',
      'vlan bond0.7',
    ])
    expect(links[1]).toMatchObject({ dhcp: true })
    expect(links[2]).toMatchObject({ members: ['eth0', 'eth1'], options: { mode: 'active-backup', miimon: '100' } })
    expect(links[3]).toMatchObject({
      parent: 'bond0',
      id: 7,
      addresses: ['192.0.2.9/23', '2001:db8::9/64'],
      routes: [{ to: 'default', via: '192.0.2.1' }],
    })
  })
})

describe('anything else', () => {
  it('is refused with the field that is wrong, and never quoted', () => {
    for (const [text, seen] of [
      ['version: 1\nconfig: [secret-word]', /version/],
      ['{"links": [{"id": "secret-word"}]}', /links\.0\.type/],
      ['[unfinished, "secret-word', /not YAML/],
    ] as const) {
      const parse = () => parseNetwork(text)
      expect(parse).toThrow(expect.objectContaining({ code: 'FileInvalid', seen: expect.stringMatching(seen) }))
      expect(parse).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret-word') }))
    }
  })
})
