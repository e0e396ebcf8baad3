import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withRules } from '../../api/rules.js'
import { structuralSchemaOf } from './normalise.js'

const of = (schema: z.ZodType) => structuralSchemaOf(schema, 'Test')

describe('a structural schema', () => {
  it('does not require what has a default or is optional', () => {
    expect(of(z.object({ a: z.string(), b: z.string().default('x'), c: z.string().optional() }))).toEqual({
      type: 'object',
      required: ['a'],
      properties: { a: { type: 'string' }, b: { type: 'string', default: 'x' }, c: { type: 'string' } },
    })
  })

  it('says by format what fits into 32 bits, and drops the limits of JavaScript', () => {
    expect(of(z.int())).toEqual({ type: 'integer', format: 'int64' })
    expect(of(z.int().min(0))).toEqual({ type: 'integer', format: 'int64', minimum: 0 })
    expect(of(z.int().min(1).max(65535))).toEqual({ type: 'integer', format: 'int32', minimum: 1, maximum: 65535 })
    expect(
      of(
        z
          .int()
          .min(0)
          .max(2 ** 40),
      ),
    ).toEqual({ type: 'integer', format: 'int64', minimum: 0, maximum: 2 ** 40 })
  })

  it('keeps the format of a time and drops the long pattern that repeats it', () => {
    expect(of(z.iso.datetime({ offset: true }))).toEqual({ type: 'string', format: 'date-time' })
  })

  it('makes every list atomic that says nothing else', () => {
    expect(of(z.array(z.string()))).toMatchObject({ 'x-kubernetes-list-type': 'atomic' })
    expect(of(z.array(z.string()).meta({ 'x-kubernetes-list-type': 'set' }))).toMatchObject({
      'x-kubernetes-list-type': 'set',
    })
  })

  it('keeps unknown fields of loose objects only', () => {
    expect(of(z.looseObject({}))).toEqual({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true })
    expect(of(z.object({}))).toEqual({ type: 'object' })
    expect(of(z.record(z.string(), z.boolean()))).toEqual({ type: 'object', additionalProperties: { type: 'boolean' } })
  })

  it('says integer-or-string in the way of Kubernetes', () => {
    expect(of(z.union([z.int(), z.string()]).describe('A port.'))).toEqual({
      description: 'A port.',
      'x-kubernetes-int-or-string': true,
    })
  })

  it('carries rules and descriptions, also through optional', () => {
    const schema = withRules(z.object({ a: z.string().optional() }).describe('Words.'), {
      rule: 'has(self.a)',
      message: 'a is needed',
      holds: ({ a }) => a !== undefined,
    }).optional()
    expect(of(z.object({ field: schema }))).toMatchObject({
      properties: {
        field: { description: 'Words.', 'x-kubernetes-validations': [{ rule: 'has(self.a)', message: 'a is needed' }] },
      },
    })
    expect(schema.safeParse({}).error?.issues).toMatchObject([{ message: 'a is needed', params: { cel: true } }])
  })

  it.each<[string, z.ZodType, string]>([
    ['a union of objects', z.object({ u: z.union([z.object({}), z.string()]) }), 'Test.u: of unions only'],
    ['a reference to a named schema', z.object({ r: z.object({}).meta({ id: 'Named' }) }), 'cannot say'],
    ['a tuple', z.object({ t: z.tuple([z.string(), z.int()]) }), 't: a structural schema cannot say tuple'],
    ['a transform', z.object({ t: z.string().transform(Number) }), 'cannot say pipe'],
    [
      'limits on the keys of a map',
      z.object({ m: z.record(z.string().max(3), z.string()) }),
      'limit the keys of a map',
    ],
  ])('cannot be made of %s, and says where', (_what, schema, words) => {
    expect(() => of(schema)).toThrow(words)
  })
})
