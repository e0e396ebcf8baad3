import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ApiObject } from './object.js'
import { Storage, type StoredEvent } from './storage.js'

const object = (name: string, value = 0): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, uid: name, resourceVersion: '', creationTimestamp: '' },
  value,
})

const names = (list: readonly ApiObject[] | undefined) => list?.map(item => item.metadata.name)

describe('the storage', () => {
  it('numbers every write of every table with one growing revision', () => {
    const storage = new Storage()
    const revisions = [
      storage.put('a', 'x', object('x')).metadata.resourceVersion,
      storage.put('b', 'x', object('x')).metadata.resourceVersion,
      storage.put('a', 'x', object('x', 1)).metadata.resourceVersion,
      storage.remove('b', 'x')?.metadata.resourceVersion,
    ].map(Number)
    expect(revisions).toEqual([2, 3, 4, 5])
    expect(storage.revision).toBe(5)
  })

  it('keeps objects that nobody can change any more', () => {
    const storage = new Storage()
    const stored = storage.put('a', 'x', { ...object('x'), spec: { list: [1] } })
    expect(() => (stored.spec as { list: number[] }).list.push(2)).toThrow(TypeError)
    expect(storage.get('a', 'x')).toBe(stored)
  })

  it('sorts by key like etcd, in which the namespace comes first', () => {
    const storage = new Storage()
    for (const key of ['b/a', 'a-b/x', 'a/z', 'a/b']) storage.put('t', key, object(key))
    expect(names(storage.list('t'))).toEqual(['a-b/x', 'a/b', 'a/z', 'b/a'])
  })

  it('tells what happened after a revision, with what was there before', () => {
    const storage = new Storage()
    const first = storage.put('t', 'x', object('x'))
    const second = storage.put('t', 'x', object('x', 1))
    storage.put('other', 'y', object('y'))
    storage.remove('t', 'x')
    const events = storage.since('t', Number(first.metadata.resourceVersion))
    expect(events?.map(event => [event.type, event.revision])).toEqual([
      ['MODIFIED', 3],
      ['DELETED', 5],
    ])
    expect(events?.[0]?.previous).toBe(first)
    expect(events?.[1]?.previous).toBe(second)
    expect(storage.since('t', storage.revision)).toEqual([])
    expect(storage.since('never', 1)).toEqual([])
  })

  it('forgets changes beyond its window, and says so instead of leaving some out', () => {
    const storage = new Storage(4)
    for (let value = 0; value < 40; value++) storage.put('t', 'x', object('x', value))
    expect(storage.since('t', 10)).toBeUndefined()
    expect(storage.since('t', storage.revision - 4)).toHaveLength(4)
    for (let revision = 1; revision <= storage.revision; revision++) {
      const events = storage.since('t', revision)
      if (events !== undefined) expect(events).toHaveLength(storage.revision - revision)
    }
  })

  it('forgets everything when it is compacted, also in tables that are new since', () => {
    const storage = new Storage()
    storage.put('t', 'x', object('x'))
    storage.put('t', 'x', object('x', 1))
    storage.compact()
    expect(storage.since('t', 2)).toBeUndefined()
    expect(storage.since('new', 2)).toBeUndefined()
    expect(storage.listAt('new', 2)).toBeUndefined()
    expect(storage.since('t', 3)).toEqual([])
    expect(names(storage.listAt('t', 3))).toEqual(['x'])
  })

  it('can show a table as it was at any revision it still knows', () => {
    const command = fc.record({ key: fc.constantFrom('a', 'b', 'c'), remove: fc.boolean() })
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), commands => {
        const storage = new Storage(1000)
        const states: [number, readonly string[] | undefined][] = [[storage.revision, []]]
        commands.forEach(({ key, remove }, index) => {
          if (remove) storage.remove('t', key)
          else storage.put('t', key, object(key, index))
          states.push([storage.revision, names(storage.list('t'))])
        })
        for (const [revision, state] of states) expect(names(storage.listAt('t', revision))).toEqual(state)
      }),
    )
  })

  it('tells listeners before the write returns, and no longer once they have left', () => {
    const storage = new Storage()
    const seen: [string, StoredEvent['type']][] = []
    const leave = storage.subscribe((table, event) => seen.push([table, event.type]))
    storage.put('t', 'x', object('x'))
    expect(seen).toEqual([['t', 'ADDED']])
    leave()
    storage.remove('t', 'x')
    expect(seen).toHaveLength(1)
    expect(storage.remove('t', 'x')).toBeUndefined()
  })
})
