import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { hostObject } from '../../../test/support/cluster-api-objects.js'
import { staticNetworkConfig } from './static-addresses.js'

type Addresses = NonNullable<Parameters<typeof staticNetworkConfig>[0]['spec']['addresses']>
const config = (addresses: Addresses, bootMACAddress?: string) =>
  parse(
    staticNetworkConfig(
      hostObject('h1', { spec: { addresses, ...(bootMACAddress === undefined ? {} : { bootMACAddress }) } }),
    ) ?? 'null',
  )

describe('the network configuration of static addresses', () => {
  it('is for the NIC that the host boots from, with a route for each family', () => {
    expect(
      config(
        [
          { address: '192.0.2.7', prefix: 24, gateway: '192.0.2.1', nameservers: ['192.0.2.53'] },
          { address: '2001:db8::7', prefix: 64, gateway: '2001:db8::1', nameservers: ['192.0.2.53'] },
        ],
        '02:00:00:AA:00:01',
      ),
    ).toEqual({
      version: 2,
      ethernets: {
        nic0: {
          match: { macaddress: '02:00:00:aa:00:01' },
          addresses: ['192.0.2.7/24', '2001:db8::7/64'],
          dhcp4: false,
          dhcp6: false,
          routes: [
            { to: '0.0.0.0/0', via: '192.0.2.1' },
            { to: '::/0', via: '2001:db8::1' },
          ],
          nameservers: { addresses: ['192.0.2.53'] },
        },
      },
    })
  })

  it('keeps NICs apart, and says a shared gateway once', () => {
    const mac = (last: number) => `02:00:00:00:00:0${last}`
    const { ethernets } = config([
      { address: '192.0.2.7', prefix: 24, macAddress: mac(1), gateway: '192.0.2.1' },
      { address: '198.51.100.7', prefix: 24, macAddress: mac(2) },
      { address: '192.0.2.8', prefix: 24, macAddress: mac(1), gateway: '192.0.2.1' },
    ]) as { ethernets: Record<string, { addresses: string[]; routes?: object[] }> }
    expect(Object.values(ethernets).map(({ addresses }) => addresses)).toEqual([
      ['192.0.2.7/24', '192.0.2.8/24'],
      ['198.51.100.7/24'],
    ])
    expect(Object.values(ethernets).map(({ routes }) => routes?.length)).toEqual([1, undefined])
  })

  it('does not exist without addresses', () => {
    expect(staticNetworkConfig(hostObject('h1'))).toBeUndefined()
    expect(config([])).toBeNull()
  })

  it('is refused when nobody says which NIC is meant', () => {
    expect(() => config([{ address: '192.0.2.7', prefix: 24 }])).toThrow(
      expect.objectContaining({ code: 'NetworkAddressUnplaced' }),
    )
  })
})
