import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { condition, hostObject, inventoryObject } from '../../../test/support/cluster-api-objects.js'
import { claimMarks } from './annotations.js'
import { describeExclusions, type Exclusion, selectHosts, type Wish } from './select.js'

const wish = (overrides: Partial<Wish> = {}): Wish => ({
  spec: { image: { url: 'http://images.test/os.raw' } },
  failureDomain: undefined,
  failureDomainLabel: 'topology.kubernetes.io/zone',
  pool: 'blue/workers',
  ...overrides,
})

const names = (hosts: readonly BareMetalHost[]) => hosts.map(host => host.metadata.name)
const select = (hosts: BareMetalHost[], wanted = wish(), memory: Record<string, number> = {}) =>
  selectHosts(wanted, hosts, ({ metadata: { name } }) =>
    memory[name] === undefined ? undefined : inventoryObject(name, { memory: { totalMiB: memory[name] } }),
  )

describe('selecting a host', () => {
  it.each<[Exclusion, BareMetalHost]>([
    ['in use', hostObject('a', { spec: { consumerRef: { kind: 'KataMetalMachine', name: 'other' } } })],
    ['in use', hostObject('a', { spec: { consumerRef: {} } })],
    ['being deleted', hostObject('a', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })],
    ['paused or detached', hostObject('a', { metadata: { annotations: { 'metal.akraino.org/paused': '' } } })],
    ['paused or detached', hostObject('a', { metadata: { annotations: { 'metal.akraino.org/detached': '' } } })],
    ['externally provisioned', hostObject('a', { spec: { externallyProvisioned: true } })],
    ['not Available', hostObject('a', { status: { state: 'Preparing' } })],
    ['not Available', { ...hostObject('a'), status: {} }],
    [
      'with an unreachable BMC',
      hostObject('a', { status: { conditions: [condition('BMCReachable', 'False', 'BMCUnreachable')] } }),
    ],
  ])('leaves out a host that is %s', (exclusion, host) => {
    const { candidates, excluded } = select([host, hostObject('b')])
    expect(names(candidates)).toEqual(['b'])
    expect([...excluded]).toEqual([[exclusion, 1]])
  })

  it('leaves out a host without an image when the machine brings none, and takes it when it does', () => {
    const own = hostObject('own', { spec: { image: { url: 'http://images.test/own.raw' } } })
    const bare = hostObject('bare')
    const { candidates, excluded } = select([own, bare], wish({ spec: {} }))
    expect(names(candidates)).toEqual(['own'])
    expect(excluded.get('without an image')).toBe(1)
    expect(names(select([own, bare]).candidates)).toEqual(['bare', 'own'])
  })

  it('takes hosts of the wanted failure domain only, and none when the domain has none', () => {
    const zone = (name: string, value: string) =>
      hostObject(name, { metadata: { labels: { 'topology.kubernetes.io/zone': value } } })
    const hosts = [zone('a', 'east'), zone('b', 'west'), hostObject('c')]
    expect(names(select(hosts, wish({ failureDomain: 'west' })).candidates)).toEqual(['b'])
    expect(select(hosts, wish({ failureDomain: 'north' })).excluded.get('in another failure domain')).toBe(3)
    expect(names(select(hosts, wish({ failureDomain: 'west', failureDomainLabel: 'rack' })).candidates)).toEqual([])
  })

  it('gives a pool the host that it used last, and leaves the hosts of other pools for the end', () => {
    const last = (name: string, pool: string) =>
      hostObject(name, { metadata: { annotations: { [claimMarks.lastPool]: pool } } })
    const hosts = [last('a', 'blue/control-plane'), hostObject('b'), last('c', 'blue/workers')]
    expect(names(select(hosts).candidates)).toEqual(['c', 'b', 'a'])
    expect(names(select(hosts, wish({ pool: undefined })).candidates)).toEqual(['b', 'a', 'c'])
  })

  it('prefers the smallest host that does', () => {
    const hosts = [hostObject('a'), hostObject('b'), hostObject('c')]
    const memory = { a: 500_000, b: 64_000, c: 128_000 }
    expect(names(select(hosts, wish(), memory).candidates)).toEqual(['b', 'c', 'a'])
    const needy = wish({ spec: { image: { url: 'http://images.test/os.raw' }, needs: { memory: '100G' } } })
    expect(names(select(hosts, needy, memory).candidates)).toEqual(['c', 'a'])
  })

  it('does not depend on the order in which hosts are listed, and every host is either chosen or counted', () => {
    const hosts = Array.from({ length: 12 }, (_, index) =>
      hostObject(`h${index}`, index % 4 === 0 ? { status: { state: 'InService' } } : {}),
    )
    const expected = names(select(hosts).candidates)
    fc.assert(
      fc.property(fc.shuffledSubarray(hosts, { minLength: hosts.length }), shuffled => {
        const { candidates, excluded } = select(shuffled)
        expect(names(candidates)).toEqual(expected)
        expect(candidates.length + [...excluded.values()].reduce((a, b) => a + b, 0)).toBe(hosts.length)
      }),
    )
  })
})

describe('the message about hosts that were left out', () => {
  it('counts the reasons, the most frequent first', () => {
    const excluded = new Map<Exclusion, number>([
      ['in use', 2],
      ['not Available', 5],
      ['too few cores', 2],
    ])
    expect(describeExclusions(excluded)).toBe('of 9 hosts 5 not Available, 2 in use, 2 too few cores')
  })

  it('says so when there is no host at all', () => {
    expect(describeExclusions(new Map())).toBe('there is no BareMetalHost in the namespace')
  })
})
