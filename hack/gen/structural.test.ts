import { describe, expect, it } from 'vitest'
import { allKinds } from '../../api/kinds.js'
import { objectSchemaOf } from './crd.js'
import type { JsonSchemaProps } from './schema.js'
import { structuralProblems } from './structural.js'

const root = (spec: object): JsonSchemaProps => ({ type: 'object', properties: { spec } })
const list = { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } }

describe('the structural-schema checker', () => {
  it.each(allKinds.map(kind => [kind.kind, kind] as const))('finds nothing wrong with %s', (_name, kind) => {
    expect(structuralProblems(objectSchemaOf(kind))).toEqual([])
  })

  it.each<[string, object, string]>([
    ['a missing type', {}, 'a type must be given'],
    ['a reference', { type: 'object', $ref: '#/x' }, '$ref is not allowed'],
    ['oneOf', { type: 'object', oneOf: [] }, 'oneOf is not allowed'],
    ['a type beside int-or-string', { type: 'string', 'x-kubernetes-int-or-string': true }, 'must not have a type'],
    [
      'unknown fields kept in a list',
      {
        type: 'array',
        items: { type: 'string' },
        'x-kubernetes-list-type': 'atomic',
        'x-kubernetes-preserve-unknown-fields': true,
      },
      'only objects can preserve',
    ],
    ['an empty enum', { type: 'string', enum: [] }, 'an enum must have values'],
    ['a format of another type', { type: 'string', format: 'int32' }, 'does not fit type string'],
    [
      'properties beside additionalProperties',
      { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } },
      'exclude each other',
    ],
    [
      'properties of a string',
      { type: 'string', properties: { a: { type: 'string' } } },
      'only objects have properties',
    ],
    ['items of an object', { type: 'object', items: { type: 'string' } }, 'only arrays have items'],
    ['an array without items', { type: 'array', 'x-kubernetes-list-type': 'atomic' }, 'must say what its items are'],
    [
      'a required property that does not exist',
      { type: 'object', required: ['a'] },
      'a is required but is no property',
    ],
    [
      'a property required twice',
      { type: 'object', required: ['a', 'a'], properties: { a: { type: 'string' } } },
      'names a property twice',
    ],
    ['a length limit on a number', { type: 'integer', maxLength: 3 }, 'maxLength says nothing about number'],
    ['crossed limits', { type: 'integer', minimum: 3, maximum: 2 }, 'minimum is above maximum'],
    ['an array without a list type', list, 'must have a list type'],
    ['a list type on a string', { type: 'string', 'x-kubernetes-list-type': 'atomic' }, 'only arrays have a list type'],
    ['a list-map without keys', { ...list, 'x-kubernetes-list-type': 'map' }, 'list-map-keys belong to list type map'],
    [
      'a list-map of strings',
      {
        type: 'array',
        items: { type: 'string' },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['a'],
      },
      'items of a list-map must be objects',
    ],
    [
      'a list-map keyed by an optional property',
      { ...list, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
      'must be required or have a default',
    ],
    [
      'a list-map keyed by an unknown property',
      { ...list, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'] },
      'list-map key id must be a scalar property',
    ],
    ['a set of objects', { ...list, 'x-kubernetes-list-type': 'set' }, 'must be scalars or atomic'],
    ['a default that would be pruned', { type: 'object', properties: {}, default: { a: 1 } }, 'which would be pruned'],
    ['a default of null', { type: 'string', default: null }, 'needs nullable'],
    ['a pattern that looks ahead', { type: 'string', pattern: '^(?!x)' }, 'looks around'],
    ['a pattern that looks behind', { type: 'string', pattern: '(?<=x)y' }, 'looks around'],
    ['a pattern that refers back', { type: 'string', pattern: '(a)\\1' }, 'refers back'],
    ['a broken pattern', { type: 'string', pattern: '(' }, 'not a regular expression'],
    [
      'a rule on a transition',
      { type: 'object', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'm' }] },
      'cannot tell a dry run',
    ],
    [
      'a message of two lines',
      { type: 'object', 'x-kubernetes-validations': [{ rule: 'true', message: 'a\nb' }] },
      'must be one line',
    ],
    [
      'a rule without a message',
      { type: 'object', 'x-kubernetes-validations': [{ rule: 'true', message: '' }] },
      'an expression and a message',
    ],
  ])('refuses %s', (_what, schema, problem) => {
    expect(structuralProblems(root(schema)).join('\n')).toContain(problem)
  })

  it('names the place of a problem deep inside', () => {
    const deep = { type: 'object', additionalProperties: { ...list, 'x-kubernetes-list-type': 'set' } }
    expect(structuralProblems(root({ type: 'object', properties: { deep } }))).toEqual([
      '.spec.deep{}: items of a set must be scalars or atomic',
    ])
  })

  it('refuses a root that is no object and limits on metadata', () => {
    expect(structuralProblems({ type: 'string' })).toEqual(['.: the root must have type object'])
    expect(
      structuralProblems({ type: 'object', properties: { metadata: { type: 'object', minProperties: 1 } } }),
    ).toEqual(['.metadata: metadata must be a plain object'])
  })
})
