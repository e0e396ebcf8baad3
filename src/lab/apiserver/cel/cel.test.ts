import { describe, expect, it } from 'vitest'
import type { Json } from '../json.js'
import { silentLogger } from '../../../base/log.js'
import type { FieldError } from '../status-error.js'
import { UnknownCel } from './lexer.js'
import { compileCel } from './parser.js'
import { compileRule } from './rule-check.js'
import { CelError } from './scope.js'

const run = (source: string, self: Json = {}): Json =>
  compileCel(source)({ name: 'self', value: self, outer: undefined })

describe('the CEL subset', () => {
  it.each<[string, Json, Json]>([
    ['self.a == 1', { a: 1 }, true],
    ['self.a != 1 || self.b == "x"', { a: 1, b: 'x' }, true],
    ['!(self.a > 1) && self.a <= 1', { a: 1 }, true],
    ['1 + 2 * 3 == 7', {}, true],
    ['7 / 2 == 3 && 7 % 2 == 1 && -7 / 2 == -3', {}, true],
    ['self.a * 1.5 == 3', { a: 2 }, true],
    ['self.a in [1, 2]', { a: 2 }, true],
    ['"k" in self.m && !("z" in self.m)', { m: { k: 1 } }, true],
    ['size(self.l) == 2 && self.l.size() == 2 && size("äö") == 2', { l: [1, 2] }, true],
    ['self.s.startsWith("ab") && self.s.endsWith("c") && self.s.contains("b")', { s: 'abc' }, true],
    ["self.s.matches('^[a-c]+$')", { s: 'abc' }, true],
    [String.raw`self.s.matches("^\\d+$")`, { s: '12' }, true],
    [String.raw`self.s.matches(r'^\d+$')`, { s: '12' }, true],
    ['self.l.all(i, i > 0) && self.l.exists(i, i == 2) && self.l.exists_one(i, i == 1)', { l: [1, 2] }, true],
    ['self.l.filter(i, i > 1).map(i, i * 10) == [20]', { l: [1, 2] }, true],
    ['self.m.all(k, self.m[k] == 1)', { m: { a: 1, b: 1 } }, true],
    ['has(self.a) ? self.a == 1 : true', {}, true],
    ['self.l[1] == 2', { l: [1, 2] }, true],
    ['self.a__dash__b == 1 && self.__in__ == 2', { 'a-b': 1, in: 2 }, true],
    ['string(self.a) + "x" == "1x" && int("4") == 4', { a: 1 }, true],
  ])('evaluates %s', (source, self, wanted) => {
    expect(run(source, self)).toBe(wanted)
  })

  it('tells a missing field from an error on the way to it', () => {
    expect(run('has(self.a.b)', { a: {} })).toBe(false)
    expect(run('has(self.a.b)', { a: { b: 1 } })).toBe(true)
    expect(() => run('has(self.a.b)', {})).toThrow('no such key: a')
  })

  it('lets one side of && and || decide although the other is an error', () => {
    expect(run('self.missing == 1 || true')).toBe(true)
    expect(run('self.missing == 1 && false')).toBe(false)
    expect(() => run('self.missing == 1 || false')).toThrow('no such key')
    expect(run('[1, 2].exists(i, i == 2 || self.missing == 1)')).toBe(true)
  })

  it('binds as CEL does', () => {
    expect(run('true || false && false')).toBe(true)
    expect(run('1 - 1 - 1 == -1')).toBe(true)
    expect(run('false ? 1 : true ? 2 : 3')).toBe(2)
  })

  it.each([
    'self.a.format("x")',
    '7.0 / 2.0 == 3.5',
    'duration("1s")',
    'self.a ~ 1',
    'self.',
    '(1',
    '[1,,2]',
    'has(1)',
    '{"a": 1}',
  ])('does not pretend to know %s', source => {
    expect(() => compileCel(source)).toThrow(UnknownCel)
  })
})

describe('a validation rule', () => {
  const check = (rule: Parameters<ReturnType<typeof compileRule>>[0], value: Json, old?: Json): FieldError[] => {
    const errors: FieldError[] = []
    compileRule(silentLogger)(rule)?.(value, { path: 'spec', old, report: error => errors.push(error) })
    return errors
  }

  it('reports its message at its field', () => {
    const rule = { rule: 'self.a == 1', message: 'a must be one', fieldPath: '.a', reason: 'FieldValueForbidden' }
    expect(check(rule, { a: 1 })).toEqual([])
    expect(check(rule, { a: 2 })).toMatchObject([{ field: 'spec.a', type: 'Forbidden', message: 'a must be one' }])
  })

  it('fails when it cannot be evaluated on a value', () => {
    expect(check({ rule: 'self.a == 1' }, {})).toMatchObject([{ message: 'rule evaluation error: no such key: a' }])
  })

  it('compares with the old value only when there is one', () => {
    const rule = { rule: 'self.a == oldSelf.a', message: 'a is immutable' }
    expect(check(rule, { a: 2 })).toEqual([])
    expect(check(rule, { a: 2 }, { a: 2 })).toEqual([])
    expect(check(rule, { a: 2 }, { a: 1 })).toMatchObject([{ message: 'a is immutable' }])
  })

  it('is left out with a log line when it is outside of the subset', () => {
    const lines: object[] = []
    const log = { ...silentLogger, warn: (fields: object) => lines.push(fields) }
    expect(compileRule(log)({ rule: 'url(self).getHost() == "x"' })).toBeUndefined()
    expect(lines).toMatchObject([{ rule: 'url(self).getHost() == "x"' }])
  })
})

describe('values that do not fit', () => {
  it.each([
    'self.s + 1 == 2',
    'self.s < 1',
    'size(1) == 1',
    'self.n.startsWith("x")',
    '"a" in self.s',
    '1 / 0 == 1',
    '1 % 0 == 1',
    '-self.s == 1',
    '!self.n',
    'self.n && true',
    'self.n ? 1 : 2',
    'self.s.all(i, true)',
    'int("x") == 1',
    'self.l[7] == 1',
    'self.m["missing"] == 1',
    'other == 1',
    'self.l.exists(i, i == self.missing)',
  ])('make %s an error and not a verdict', source => {
    expect(() => run(source, { s: 'text', n: 1, l: [1], m: {} })).toThrow(CelError)
  })
})
