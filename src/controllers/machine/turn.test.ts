import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { hostObject, inventoryObject } from '../../../test/support/cluster-api-objects.js'
import { keyOf } from '../../kube/types.js'
import type { Wish } from './select.js'
import { describeTurn, mayHave, promisedHosts, turnOf, type Waiter } from './turn.js'

/** Waits since the given second of 2026. */
const waiter = (name: string, second: number, spec: Wish['spec'] = {}): Waiter => ({
  key: `site/${name}`,
  since: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  wish: {
    spec: { image: { url: 'http://images.test/os.raw' }, ...spec },
    failureDomain: undefined,
    failureDomainLabel: 'topology.kubernetes.io/zone',
    pool: undefined,
  },
})
const big = { needs: { cores: 64 } }
const cores: Readonly<Record<string, number>> = { small: 8, large: 64 }
const inventoryOf = ({ metadata: { name } }: BareMetalHost) =>
  cores[name] === undefined ? undefined : inventoryObject(name, { processors: { cores: cores[name] } })
const taken = (name: string) => hostObject(name, { spec: { consumerRef: { kind: 'KataMetalMachine', name: 'other' } } })
const promised = (own: Waiter, others: Waiter[], hosts: BareMetalHost[]) => [
  ...promisedHosts(own, others, hosts, inventoryOf),
]

describe('the queue for hosts', () => {
  it('promises a free host to who asked first, whoever looks first', () => {
    const [first, second] = [waiter('a', 1), waiter('b', 2)]
    expect(promised(second, [first, second], [hostObject('h')])).toEqual(['site/h'])
    expect(promised(first, [first, second], [hostObject('h')])).toEqual([])
  })

  it('goes by name among those who were made in the same second', () => {
    expect(promised(waiter('b', 1), [waiter('a', 1)], [hostObject('h')])).toEqual(['site/h'])
    expect(promised(waiter('a', 1), [waiter('b', 1)], [hostObject('h')])).toEqual([])
  })

  it('promises one host to each, and lets the rest go to those behind', () => {
    const hosts = [hostObject('h1'), hostObject('h2'), hostObject('h3')]
    expect(promised(waiter('c', 3), [waiter('a', 1), waiter('b', 2)], hosts)).toEqual(['site/h1', 'site/h2'])
  })

  it('keeps no small host for a large wish, and the large one for nobody but it', () => {
    const hosts = [hostObject('small'), hostObject('large')]
    expect(promised(waiter('b', 2), [waiter('a', 1, big)], hosts)).toEqual(['site/large'])
    expect(promised(waiter('b', 2), [waiter('a', 1, big)], [hostObject('small')])).toEqual([])
  })

  it('promises no host that is in use', () => {
    expect(promised(waiter('b', 2), [waiter('a', 1)], [taken('h')])).toEqual([])
  })

  it('judges a host that was read again by the same promises', () => {
    const own = waiter('b', 2)
    const promises = new Set(['site/h1'])
    expect(mayHave(own, promises, hostObject('h1'), inventoryOf)).toBe(false)
    expect(mayHave(own, promises, hostObject('h2'), inventoryOf)).toBe(true)
    expect(mayHave(own, promises, taken('h2'), inventoryOf)).toBe(false)
  })

  it('never promises a host twice, and serves as many as there are hosts, in the order of asking', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 8 }), (hostCount, waiterCount) => {
        const hosts = Array.from({ length: hostCount }, (_, index) => hostObject(`h${index}`))
        const waiters = Array.from({ length: waiterCount }, (_, index) => waiter(`m${index}`, index))
        waiters.forEach((own, index) => {
          const kept = promised(own, waiters, hosts)
          expect(new Set(kept).size).toBe(kept.length)
          expect(kept).toHaveLength(Math.min(index, hostCount))
          const left = hosts.filter(host => !kept.includes(keyOf(host)))
          expect(left.length > 0).toBe(index < hostCount)
        })
      }),
    )
  })
})

describe('the place in the queue', () => {
  const place = (own: Waiter, others: Waiter[], hosts: BareMetalHost[]) => {
    const turn = turnOf(own, others, hosts, inventoryOf)
    return turn === undefined ? undefined : describeTurn(turn)
  }
  const waiters = [waiter('a', 1), waiter('b', 2), waiter('c', 3)]

  it('counts those who asked earlier', () => {
    expect(waiters.map(own => place(own, waiters, [taken('h')]))).toEqual([
      '1st of 3 waiting',
      '2nd of 3 waiting',
      '3rd of 3 waiting',
    ])
  })

  it('counts only those who could use the same hosts', () => {
    const hosts = [taken('small'), taken('large')]
    const small = waiter('s', 4, { hostSelector: { matchLabels: { rack: 'none' } } })
    expect(place(waiter('x', 5, big), [waiter('a', 1, big), small], hosts)).toBe('2nd of 2 waiting')
    expect(place(waiter('x', 5, big), [waiter('a', 1)], hosts)).toBe('2nd of 2 waiting')
  })

  it('does not exist where no host could ever serve', () => {
    expect(place(waiter('x', 5, big), waiters, [taken('small')])).toBeUndefined()
    expect(place(waiter('x', 5), waiters, [])).toBeUndefined()
  })

  it.each([
    [1, '1st'],
    [2, '2nd'],
    [3, '3rd'],
    [4, '4th'],
    [11, '11th'],
    [12, '12th'],
    [13, '13th'],
    [21, '21st'],
    [101, '101st'],
    [111, '111th'],
  ])('is written as people do: %i is %s', (position, text) => {
    expect(describeTurn({ position, waiting: 200 })).toBe(`${text} of 200 waiting`)
  })
})
