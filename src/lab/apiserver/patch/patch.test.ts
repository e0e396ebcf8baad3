import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freeze, type Json, type JsonObject } from '../json.js'
import type { Schema } from '../schema/schema.js'
import type { StatusError } from '../status-error.js'
import { jsonPatch } from './json.js'
import { mergePatch } from './merge.js'
import { strategicMerge } from './strategic.js'

describe('a merge patch', () => {
  // The examples of RFC 7386, appendix A.
  it.each<[Json, Json, Json]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('turns %j with %j into %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result)
  })

  it('shares what it does not touch and never changes its target', () => {
    const target = freeze({ spec: { a: [1] }, status: { b: 1 } })
    const result = mergePatch(target, { status: { b: 2 } }) as JsonObject
    expect(result['spec']).toBe(target.spec)
    expect(target.status.b).toBe(1)
  })

  it('treats __proto__ as an ordinary key', () => {
    const result = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}') as Json)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(JSON.stringify(result)).toBe('{"__proto__":{"polluted":true}}')
  })

  it('reaches any object without nulls from any other by one patch', () => {
    const withoutNull = fc
      .jsonValue()
      .filter(
        value =>
          typeof value === 'object' &&
          value !== null &&
          !Array.isArray(value) &&
          !JSON.stringify(value).includes('null'),
      )
    const diff = (from: JsonObject, to: JsonObject): JsonObject =>
      Object.fromEntries([
        ...Object.keys(from)
          .filter(key => !Object.hasOwn(to, key))
          .map(key => [key, null] as const),
        ...Object.entries(to).map(([key, value]) => {
          const old = Object.hasOwn(from, key) ? from[key] : undefined
          const both = [old, value].every(v => typeof v === 'object' && v !== null && !Array.isArray(v))
          return [key, both ? diff(old as JsonObject, value as JsonObject) : value] as const
        }),
      ])
    fc.assert(
      fc.property(withoutNull, withoutNull, (from, to) => {
        const patch = diff(from as JsonObject, to as JsonObject)
        // A new object that is not in the target is merged into nothing, which is itself.
        expect(mergePatch(from as Json, patch)).toEqual(to)
      }),
    )
  })
})

describe('a JSON patch', () => {
  // Examples of RFC 6902, appendix A.
  it.each<[string, Json, Json, Json]>([
    ['adds a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
    ['adds an item', { foo: ['a', 'c'] }, [{ op: 'add', path: '/foo/1', value: 'b' }], { foo: ['a', 'b', 'c'] }],
    ['appends', { foo: ['a'] }, [{ op: 'add', path: '/foo/-', value: ['b'] }], { foo: ['a', ['b']] }],
    ['removes a member', { a: 1, b: 2 }, [{ op: 'remove', path: '/b' }], { a: 1 }],
    ['removes an item', { foo: [1, 2, 3] }, [{ op: 'remove', path: '/foo/1' }], { foo: [1, 3] }],
    ['replaces', { a: 1 }, [{ op: 'replace', path: '/a', value: null }], { a: null }],
    ['moves', { a: { x: 1 }, b: {} }, [{ op: 'move', from: '/a/x', path: '/b/y' }], { a: {}, b: { y: 1 } }],
    ['moves an item', { l: [1, 2, 3] }, [{ op: 'move', from: '/l/0', path: '/l/2' }], { l: [2, 3, 1] }],
    ['copies', { a: 1 }, [{ op: 'copy', from: '/a', path: '/b' }], { a: 1, b: 1 }],
    [
      'tests and goes on',
      { a: [1, { b: 2 }] },
      [
        { op: 'test', path: '/a', value: [1, { b: 2 }] },
        { op: 'remove', path: '/a' },
      ],
      {},
    ],
    [
      'unescapes',
      { 'a/b': 1, 'm~n': 2 },
      [
        { op: 'remove', path: '/a~1b' },
        { op: 'replace', path: '/m~0n', value: 3 },
      ],
      { 'm~n': 3 },
    ],
    ['replaces the whole', { a: 1 }, [{ op: 'replace', path: '', value: { b: 1 } }], { b: 1 }],
  ])('%s', (_what, document, patch, result) => {
    const frozen = freeze(document)
    expect(jsonPatch(frozen, patch)).toEqual(result)
  })

  it.each<[string, Json, number]>([
    ['a failing test', [{ op: 'test', path: '/a', value: 2 }], 422],
    ['removing what is not there', [{ op: 'remove', path: '/b' }], 422],
    ['replacing what is not there', [{ op: 'replace', path: '/b', value: 1 }], 422],
    ['adding below a missing parent', [{ op: 'add', path: '/b/c', value: 1 }], 422],
    ['adding into a number', [{ op: 'add', path: '/a/c', value: 1 }], 422],
    ['an index past the end', [{ op: 'add', path: '/l/3', value: 1 }], 422],
    ['an index with a leading zero', [{ op: 'remove', path: '/l/00' }], 422],
    ['an unknown operation', [{ op: 'merge', path: '/a' }], 400],
    ['a path without slash', [{ op: 'remove', path: 'a' }], 400],
    ['a missing value', [{ op: 'add', path: '/c' }], 400],
    ['something that is no list', { op: 'add' }, 400],
  ])('refuses %s', (_what, patch, code) => {
    try {
      jsonPatch({ a: 1, l: [1] }, patch)
      expect.unreachable()
    } catch (error) {
      expect((error as StatusError).code).toBe(code)
    }
  })

  it('says which test failed', () => {
    expect(() => jsonPatch({ a: 1 }, [{ op: 'test', path: '/a', value: 2 }])).toThrow(
      '/a: testing value /a failed: test failed',
    )
  })
})

describe('a strategic merge patch', () => {
  const schema: Schema = {
    properties: {
      containers: {
        type: 'array',
        'x-kubernetes-patch-merge-key': 'name',
        items: { properties: { env: { type: 'array', 'x-kubernetes-patch-merge-key': 'name', items: {} } } },
      },
      finalizers: { type: 'array', 'x-kubernetes-list-type': 'set' },
    },
  }
  const merge = (target: Json, patch: Json) => strategicMerge(schema, target, patch)

  it.each<[string, Json, Json, Json]>([
    ['merges maps and removes nulls', { a: { b: 1, c: 2 } }, { a: { b: null, d: 3 } }, { a: { c: 2, d: 3 } }],
    ['replaces lists without a merge key', { args: [1, 2] }, { args: [3] }, { args: [3] }],
    [
      'merges lists by their key, also inside of items',
      { containers: [{ name: 'a', image: '1', env: [{ name: 'X', value: '1' }] }, { name: 'b' }] },
      { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }, { name: 'c' }] },
      {
        containers: [
          {
            name: 'a',
            image: '1',
            env: [
              { name: 'X', value: '1' },
              { name: 'Y', value: '2' },
            ],
          },
          { name: 'b' },
          { name: 'c' },
        ],
      },
    ],
    [
      'deletes items',
      { containers: [{ name: 'a' }, { name: 'b' }] },
      { containers: [{ name: 'a', $patch: 'delete' }] },
      { containers: [{ name: 'b' }] },
    ],
    [
      'replaces a list on request',
      { containers: [{ name: 'a' }] },
      { containers: [{ $patch: 'replace' }, { name: 'z' }] },
      { containers: [{ name: 'z' }] },
    ],
    ['replaces a map on request', { a: { b: 1 } }, { a: { $patch: 'replace', c: 1 } }, { a: { c: 1 } }],
    ['joins sets', { finalizers: ['a'] }, { finalizers: ['b', 'a'] }, { finalizers: ['a', 'b'] }],
    [
      'drops from sets',
      { finalizers: ['a', 'b'] },
      { '$deleteFromPrimitiveList/finalizers': ['a'] },
      { finalizers: ['b'] },
    ],
    ['retains keys', { a: { x: 1, y: 2 } }, { a: { $retainKeys: ['y', 'z'], z: 3 } }, { a: { y: 2, z: 3 } }],
    [
      'ignores the order of elements',
      { containers: [{ name: 'a' }] },
      { '$setElementOrder/containers': [{ name: 'a' }] },
      { containers: [{ name: 'a' }] },
    ],
  ])('%s', (_what, target, patch, result) => {
    expect(merge(freeze(target), patch)).toEqual(result)
  })
})
