import { describe, expect, it } from 'vitest'
import type { Json } from '../json.js'
import type { FieldError } from '../status-error.js'
import { applyDefaults } from './default.js'
import { prune } from './prune.js'
import type { Schema } from './schema.js'
import { structuralErrors } from './structural.js'
import { compileSchema } from './validate.js'

const errorsOf = (schema: Schema, value: Json, old?: Json): FieldError[] => {
  const errors: FieldError[] = []
  compileSchema(schema, () => undefined)(value, { path: 'spec', old, report: error => errors.push(error) })
  return errors
}

describe('validating against a structural schema', () => {
  it.each<[string, Schema, Json, string]>([
    ['a type', { type: 'string' }, 1, 'spec in body must be of type string: "integer"'],
    ['a null', { type: 'string' }, null, 'spec in body must be of type string: "null"'],
    ['a whole number', { type: 'integer' }, 1.5, 'must be of type integer'],
    ['int-or-string', { 'x-kubernetes-int-or-string': true }, true, 'must be of type integer,string'],
    ['an enum', { type: 'string', enum: ['a', 'b'] }, 'c', 'supported values: "a", "b"'],
    ['a pattern', { type: 'string', pattern: '^a+$' }, 'b', "should match '^a+$'"],
    ['an insensitive pattern', { type: 'string', pattern: '(?i)^a+$' }, 'b', 'should match'],
    ['a least length', { type: 'string', minLength: 2 }, 'a', 'at least 2 chars long'],
    ['a greatest length', { type: 'string', maxLength: 1 }, 'ab', 'may not be more than 1'],
    ['a minimum', { type: 'number', minimum: 1 }, 0.5, 'should be greater than or equal to 1'],
    ['an exclusive minimum', { type: 'number', minimum: 1, exclusiveMinimum: true }, 1, 'should be greater than 1'],
    ['a maximum', { type: 'integer', maximum: 3 }, 4, 'should be less than or equal to 3'],
    ['an exclusive maximum', { type: 'integer', maximum: 3, exclusiveMaximum: true }, 3, 'should be less than 3'],
    ['a multiple', { type: 'integer', multipleOf: 3 }, 4, 'should be a multiple of 3'],
    ['int32', { type: 'integer', format: 'int32' }, 2 ** 31, 'must be of type int32'],
    ['few items', { type: 'array', items: {}, minItems: 1 }, [], 'at least 1 items'],
    ['many items', { type: 'array', items: {}, maxItems: 1 }, [1, 2], 'at most 1 items'],
    ['few properties', { type: 'object', minProperties: 1 }, {}, 'at least 1 properties'],
    ['many properties', { type: 'object', maxProperties: 1 }, { a: 1, b: 1 }, 'at most 1 items'],
    ['anyOf', { anyOf: [{ type: 'string' }, { type: 'integer' }] }, true, 'anyOf'],
    ['oneOf', { oneOf: [{ required: ['a'] }, { required: ['b'] }] }, { a: 1, b: 1 }, 'oneOf'],
    ['not', { not: { required: ['a'] } }, { a: 1 }, 'not'],
    ['allOf', { allOf: [{ maximum: 3 }] }, 4, 'less than or equal to 3'],
  ])('finds a broken %s', (_what, schema, value, message) => {
    expect(
      errorsOf(schema, value)
        .map(error => error.message)
        .join(),
    ).toContain(message)
  })

  it.each<[string, string, string]>([
    ['date-time', '2026-01-01T00:00:00Z', '2026-13-01T00:00:00Z'],
    ['date', '2026-01-01', '2026-1-1'],
    ['byte', 'aGk=', 'a'],
    ['uri', 'https://example.test/x', 'no uri'],
    ['uuid', '123e4567-e89b-12d3-a456-426614174000', '123'],
    ['mac', '00:11:22:aa:bb:cc', '00:11:22:aa:bb'],
    ['hostname', 'node-1.example.test', '-node'],
    ['email', 'a@example.test', 'a'],
    ['duration', '1h30m', '1 hour'],
    ['ipv4', '192.0.2.1', '192.0.2.256'],
    ['ipv6', '2001:db8::1', '192.0.2.1'],
    ['cidr', '192.0.2.0/24', '192.0.2.0/33'],
  ])('checks the format %s', (format, good, bad) => {
    expect(errorsOf({ type: 'string', format }, good)).toEqual([])
    expect(errorsOf({ type: 'string', format }, bad)).toHaveLength(1)
  })

  it('counts characters, not UTF-16 units', () => {
    expect(errorsOf({ type: 'string', maxLength: 1 }, '😀')).toEqual([])
  })

  it('names the place of what is missing or wrong', () => {
    const item: Schema = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } }
    const schema: Schema = {
      type: 'object',
      properties: { list: { type: 'array', items: item }, map: { type: 'object', additionalProperties: item } },
    }
    const errors = errorsOf(schema, { list: [{ name: 'a' }, {}], map: { k: { name: 1 } } })
    expect(errors.map(error => [error.field, error.type])).toEqual([
      ['spec.list[1].name', 'Required'],
      ['spec.map.k.name', 'TypeInvalid'],
    ])
  })

  it('allows null where the schema says nullable', () => {
    expect(errorsOf({ type: 'string', nullable: true, minLength: 3 }, null)).toEqual([])
  })

  it('wants unique keys in list-maps, with defaults counted, and unique items in sets', () => {
    const ports: Schema = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
      items: {
        type: 'object',
        properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' } },
      },
    }
    expect(errorsOf(ports, [{ port: 1 }, { port: 1, protocol: 'UDP' }])).toEqual([])
    expect(errorsOf(ports, [{ port: 1 }, { port: 1, protocol: 'TCP' }])).toMatchObject([
      { field: 'spec[1]', type: 'Duplicate' },
    ])
    const set: Schema = { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } }
    expect(errorsOf(set, ['a', 'b', 'a'])).toMatchObject([{ field: 'spec[2]', type: 'Duplicate', value: 'a' }])
  })

  it('does not look again at parts that are the very objects of the old state', () => {
    const schema: Schema = { type: 'object', properties: { part: { type: 'object', required: ['a'] } } }
    const part = {}
    expect(errorsOf(schema, { part }, { part })).toEqual([])
    expect(errorsOf(schema, { part }, { part: {} })).toHaveLength(1)
  })
})

const object: Schema = {
  type: 'object',
  properties: {
    known: { type: 'string' },
    map: { type: 'object', additionalProperties: { type: 'object', properties: { a: { type: 'string' } } } },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { strict: { type: 'object' } } },
    embedded: { type: 'object', 'x-kubernetes-embedded-resource': true },
    list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
    port: { 'x-kubernetes-int-or-string': true },
  },
}

describe('pruning', () => {
  it('drops what the schema does not know, wherever it is, and says where it was', () => {
    const unknown: string[] = []
    const value = {
      known: 'x',
      nope: 1,
      map: { k: { a: '1', b: '2' } },
      free: { anything: { goes: true }, strict: { gone: 1 } },
      embedded: { apiVersion: 'v1', kind: 'X', metadata: { name: 'x', strange: 1 }, spec: {} },
      list: [{ a: '1' }, { c: 3 }],
      port: '80',
    }
    expect(prune(object, value, unknown)).toEqual({
      known: 'x',
      map: { k: { a: '1' } },
      free: { anything: { goes: true }, strict: {} },
      embedded: { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } },
      list: [{ a: '1' }, {}],
      port: '80',
    })
    expect(unknown).toEqual([
      'nope',
      'map.k.b',
      'free.strict.gone',
      'embedded.metadata.strange',
      'embedded.spec',
      'list[1].c',
    ])
  })

  it('returns the same object when there is nothing to drop', () => {
    const value = { known: 'x', list: [{ a: '1' }] }
    expect(prune(object, value, [])).toBe(value)
  })

  it('does not take inherited names for properties', () => {
    expect(prune(object, JSON.parse('{"constructor": 1, "toString": 2}') as Json, [])).toEqual({})
  })
})

describe('defaults', () => {
  const schema: Schema = {
    type: 'object',
    properties: {
      color: { type: 'string', default: 'red' },
      nested: { type: 'object', default: {}, properties: { depth: { type: 'integer', default: 3 } } },
      absent: { type: 'object', properties: { inner: { type: 'integer', default: 1 } } },
      maybe: { type: 'string', nullable: true, default: 'x' },
      list: { type: 'array', items: { type: 'object', properties: { weight: { type: 'integer', default: 1 } } } },
      map: {
        type: 'object',
        additionalProperties: { type: 'object', properties: { on: { type: 'boolean', default: true } } },
      },
    },
  }

  it('fill in what is missing, inside of lists, maps and other defaults too, but create no parents without default', () => {
    expect(applyDefaults(schema, { list: [{}, { weight: 2 }], map: { k: {} } })).toEqual({
      color: 'red',
      nested: { depth: 3 },
      maybe: 'x',
      list: [{ weight: 1 }, { weight: 2 }],
      map: { k: { on: true } },
    })
  })

  it('replace null where null is not allowed and leave it where it is', () => {
    expect(applyDefaults(schema, { color: null, maybe: null })).toMatchObject({ color: 'red', maybe: null })
  })

  it('return the same object when nothing is missing', () => {
    const value = { color: 'green', nested: { depth: 1 }, maybe: null, list: [{ weight: 1 }] }
    expect(applyDefaults(schema, value)).toBe(value)
  })
})

describe('the structural rules', () => {
  it.each<[string, unknown, string]>([
    ['a missing type', { properties: {} }, 'schema.type'],
    ['an unknown type', { type: 'text' }, 'schema.type'],
    ['an unknown keyword', { type: 'object', $ref: '#/x' }, 'schema'],
    [
      'properties beside additionalProperties',
      { type: 'object', properties: {}, additionalProperties: true },
      'schema.additionalProperties',
    ],
    ['a list without items', { type: 'array' }, 'schema.items'],
    ['uniqueItems', { type: 'array', items: { type: 'string' }, uniqueItems: true }, 'schema.uniqueItems'],
    [
      'a list-map without keys',
      { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' },
      'schema.x-kubernetes-list-map-keys',
    ],
    [
      'a key that is neither required nor defaulted',
      {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: { type: 'string' } } },
      },
      'schema.items.properties[k]',
    ],
    ['look-ahead', { type: 'string', pattern: '^(?=a)b' }, 'schema.pattern'],
    ['a broken pattern', { type: 'string', pattern: '(' }, 'schema.pattern'],
    [
      'something wrong deep inside',
      { type: 'object', properties: { a: { type: 'array', items: {} } } },
      'schema.properties[a].items.type',
    ],
  ])('forbid %s', (_what, schema, field) => {
    expect(structuralErrors(schema as Schema, 'schema').map(error => error.field)).toEqual([field])
  })

  it('allow what CRDs commonly use', () => {
    const schema: Schema = {
      type: 'object',
      properties: {
        port: { 'x-kubernetes-int-or-string': true },
        free: { 'x-kubernetes-preserve-unknown-fields': true },
        list: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      },
    }
    expect(structuralErrors(schema, 'schema')).toEqual([])
  })
})
