import { describe, expect, it } from 'vitest'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { bmcKeyOf, earlierTwin } from './twin.js'

const hostAt = (address: string, created = '2026-01-01T00:00:00Z', uid = 'a'): BareMetalHost => ({
  apiVersion: 'metal.akraino.org/v1alpha1',
  kind: 'BareMetalHost',
  metadata: { name: uid, creationTimestamp: created, uid },
  spec: {
    bmc: { address, credentialsName: 'bmc' },
    bootMode: 'UEFI',
    automatedCleaningMode: 'metadata',
    inspectionMode: 'fast',
  },
})

const one = '/redfish/v1/Systems/1'
const later = '2026-01-01T00:00:05Z'

describe('The key of a BMC', () => {
  it('is the same for every spelling of one address', () => {
    const key = bmcKeyOf(hostAt(`redfish://10.0.0.1${one}`))
    for (const address of [
      `redfish-virtualmedia://10.0.0.1:443${one}`,
      `idrac-virtualmedia+https://10.0.0.1${one}/`,
      'https://10.0.0.1',
    ])
      expect(bmcKeyOf(hostAt(address)), address).toBe(key)
  })

  it('differs by host, port and protocol', () => {
    const addresses = ['redfish://10.0.0.1', 'redfish://10.0.0.2', 'redfish://10.0.0.1:8443', 'ipmi://10.0.0.1']
    expect(new Set(addresses.map(address => bmcKeyOf(hostAt(address)))).size).toBe(addresses.length)
  })

  it('is the text of an address that cannot be understood', () => {
    expect(bmcKeyOf(hostAt('magic://10.0.0.1'))).toBe('magic://10.0.0.1')
  })
})

describe('The earlier twin of a host', () => {
  const first = hostAt(`redfish://10.0.0.1${one}`)

  it('is the host for the same system that was created before', () => {
    const second = hostAt(`redfish-virtualmedia://10.0.0.1${one}`, later, 'b')
    expect(earlierTwin(second, [first, second])).toBe(first)
    expect(earlierTwin(first, [first, second])).toBeUndefined()
  })

  it('is exactly one of two that were created in the same second', () => {
    const second = hostAt(first.spec.bmc.address, undefined, 'b')
    expect(earlierTwin(second, [first, second])).toBe(first)
    expect(earlierTwin(first, [first, second])).toBeUndefined()
  })

  it('is none when the other host is another system behind the same BMC', () => {
    const neighbour = hostAt('redfish://10.0.0.1/redfish/v1/Systems/2', later, 'b')
    expect(earlierTwin(neighbour, [first, neighbour])).toBeUndefined()
  })

  it('is also a host whose address leaves the system open', () => {
    const open = hostAt('redfish://10.0.0.1', later, 'b')
    expect(earlierTwin(open, [first, open])).toBe(first)
  })
})
