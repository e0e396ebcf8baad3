import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freeze, type Json } from '../json.js'
import type { Schema } from '../schema/schema.js'
import { compare } from './compare.js'
import {
  difference,
  elementOf,
  type FieldSet,
  fieldsOf,
  intersection,
  intersects,
  isEmptySet,
  isSubset,
  stillThere,
  union,
} from './field-set.js'

const schema: Schema = {
  properties: {
    list: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name', 'kind'],
      items: { properties: { kind: { type: 'string', default: 'x' }, sub: {} } },
    },
    set: { type: 'array', 'x-kubernetes-list-type': 'set' },
    atomic: { type: 'object', 'x-kubernetes-map-type': 'atomic' },
  },
}

/** Every member of a set as a path, by another way than the operations use. */
const members = (set: FieldSet, path = ''): string[] =>
  Object.entries(set).flatMap(([key, below]) => {
    if (key === '.') return [path]
    const inner = members(below as FieldSet, `${path}/${key}`)
    return Object.keys(below as object).length === 0 ? [`${path}/${key}`] : inner
  })

const sets: fc.Arbitrary<FieldSet> = fc.letrec<{ tree: FieldSet }>(tie => ({
  tree: fc.dictionary(
    fc.constantFrom('f:a', 'f:b', 'f:c'),
    fc.oneof(
      { depthSize: 'small' },
      fc.constant({}),
      tie('tree').map(t => ({ '.': {}, ...t })),
      tie('tree'),
    ),
    { maxKeys: 3 },
  ),
})).tree

describe('field sets', () => {
  it('obey set algebra, member by member', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const [inA, inB] = [new Set(members(a)), new Set(members(b))]
        const sorted = (list: Iterable<string>) => [...list].sort()
        expect(sorted(members(union(a, b)))).toEqual(sorted(new Set([...inA, ...inB])))
        expect(sorted(members(difference(a, b)))).toEqual(sorted([...inA].filter(path => !inB.has(path))))
        expect(sorted(members(intersection(a, b)))).toEqual(sorted([...inA].filter(path => inB.has(path))))
        expect(isSubset(a, b)).toBe([...inA].every(path => inB.has(path)))
        expect(intersects(a, b)).toBe([...inA].some(path => inB.has(path)))
        expect(isEmptySet(difference(a, a))).toBe(true)
      }),
    )
  })

  it('name items of keyed lists by their keys in order, with defaults, and items of sets by value', () => {
    expect(elementOf(schema.properties?.['list'], { name: 'n' })).toBe('k:{"kind":"x","name":"n"}')
    expect(elementOf(schema.properties?.['list'], { name: 'n', kind: 'y' })).toBe('k:{"kind":"y","name":"n"}')
    expect(elementOf(schema.properties?.['set'], 'v')).toBe('v:"v"')
  })

  it('take atomic maps and plain lists as a whole', () => {
    expect(fieldsOf(schema, { atomic: { a: 1 }, plain: [1, 2], map: { a: 1 }, set: ['v'] })).toEqual({
      'f:atomic': {},
      'f:plain': {},
      'f:map': { 'f:a': {} },
      'f:set': { 'v:"v"': {} },
    })
  })

  it('forget what is no longer in the object', () => {
    const value = { list: [{ name: 'a', sub: 1 }, { name: 'b' }], set: ['x', 'y'] }
    const owned = fieldsOf(schema, value)
    expect(stillThere(owned, schema, { list: [{ name: 'b' }], set: ['y'] })).toEqual({
      'f:list': { 'k:{"kind":"x","name":"b"}': { '.': {}, 'f:name': {} } },
      'f:set': { 'v:"y"': {} },
    })
  })
})

describe('comparing two states', () => {
  it('finds changed, new and removed fields, also in keyed lists', () => {
    const before = { same: { a: 1 }, was: 1, gone: { x: 1 }, list: [{ name: 'a', sub: 1 }, { name: 'b' }], set: ['x'] }
    const after = { same: { a: 1 }, was: 2, fresh: 'f', list: [{ name: 'b' }, { name: 'a', sub: 2 }], set: ['x', 'y'] }
    const { changed, removed } = compare(schema, freeze(before), freeze(after))
    expect(changed).toEqual({
      'f:was': {},
      'f:fresh': {},
      'f:list': { 'k:{"kind":"x","name":"a"}': { 'f:sub': {} } },
      'f:set': { 'v:"y"': {} },
    })
    expect(removed).toEqual({ 'f:gone': { '.': {}, 'f:x': {} } })
  })

  it('finds nothing between equal states and everything where a shape changes', () => {
    const json = fc.jsonValue() as fc.Arbitrary<Json>
    fc.assert(
      fc.property(json, value => {
        const wrapped = { v: value }
        const { changed, removed } = compare(schema, wrapped, structuredClone(wrapped))
        expect([changed, removed]).toEqual([{}, {}])
      }),
    )
    expect(compare(schema, { v: { a: 1 } }, { v: 'text' }).changed).toEqual({ 'f:v': {} })
  })
})
