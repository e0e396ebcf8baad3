import { describe, expect, it } from 'vitest'
import { type IndexFunction, IndexedStore } from './store.js'
import { widget } from './testing/api-server.js'
import type { Stored } from './testing/storage.js'

const byColor: IndexFunction<Stored> = object => {
  const color = object['color']
  return typeof color === 'string' ? color.split('+') : []
}
const names = (objects: Stored[]): string[] => objects.map(({ metadata }) => metadata.name).sort()

describe('the store', () => {
  it('finds objects by key and hands out what it holds, not a copy of the list it keeps', () => {
    const store = new IndexedStore<Stored>()
    store.set(widget('a'))
    expect(store.get('default/a')?.metadata.name).toBe('a')
    expect(store.get('default/b')).toBeUndefined()
    store.list().pop()
    expect(store.list()).toHaveLength(1)
  })

  it('freezes objects to their depth, so that no controller can change what another sees', () => {
    const store = new IndexedStore<Stored>()
    const { stored } = store.set(widget('a', { spec: { disks: [{ size: 1 }] } }))
    const spec = stored['spec'] as { disks: { size: number }[] }
    expect(() => spec.disks.push({ size: 2 })).toThrow(TypeError)
    expect(() => {
      for (const disk of spec.disks) disk.size = 9
    }).toThrow(TypeError)
    expect(() => {
      stored.metadata.name = 'b'
    }).toThrow(TypeError)
  })

  it('drops managedFields', () => {
    const store = new IndexedStore<Stored>()
    const object = widget('a')
    Object.assign(object.metadata, { managedFields: [{ manager: 'kubectl' }], labels: { kept: 'yes' } })
    expect(store.set(object).stored.metadata).toEqual({ name: 'a', namespace: 'default', labels: { kept: 'yes' } })
  })

  it('keeps its indexes in step with changes and deletions', () => {
    const store = new IndexedStore<Stored>({ color: byColor })
    store.set(widget('a', { color: 'red' }))
    store.set(widget('b', { color: 'red+blue' }))
    expect(names(store.byIndex('color', 'red'))).toEqual(['a', 'b'])
    const { previous } = store.set(widget('a', { color: 'blue' }))
    expect(previous?.['color']).toBe('red')
    expect(names(store.byIndex('color', 'red'))).toEqual(['b'])
    expect(names(store.byIndex('color', 'blue'))).toEqual(['a', 'b'])
    expect(store.delete('default/b')?.metadata.name).toBe('b')
    expect(names(store.byIndex('color', 'blue'))).toEqual(['a'])
    expect(store.byIndex('color', 'red')).toEqual([])
    expect(store.delete('default/b')).toBeUndefined()
  })

  it('complains about an index that does not exist instead of finding nothing', () => {
    expect(() => new IndexedStore<Stored>({ color: byColor }).byIndex('colour', 'red')).toThrow(/no such index/)
  })
})
