import { describe, expect, it } from 'vitest'
import { parseFieldSelector, parseLabelSelector } from './selectors.js'

const labels = { app: 'web', tier: 'front', 'example.test/zone': 'z1', empty: '' }

describe('a label selector', () => {
  it.each<[string, boolean]>([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = db', false],
    ['app!=db', true],
    ['missing!=db', true],
    ['app in (web, db)', true],
    ['app in (db)', false],
    ['app notin (db),tier', true],
    ['missing notin (db)', true],
    ['app notin (web)', false],
    ['tier', true],
    ['!tier', false],
    ['!missing', true],
    ['example.test/zone=z1,app in (web,db),!missing', true],
    ['empty=', true],
    ['missing=', false],
    ['empty in ()', true],
    ['toString', false],
  ])('%s is %s', (selector, wanted) => {
    expect(parseLabelSelector(selector)(labels)).toBe(wanted)
  })

  it.each(['app=web=db', 'app in web', '=x', 'a,,b', 'app > 1', 'app in (a'])('refuses %s', selector => {
    expect(() => parseLabelSelector(selector)).toThrow(/unable to parse/)
  })
})

describe('a field selector', () => {
  const offered = (field: string) => ['metadata.name', 'type'].includes(field)

  it.each<[string, boolean]>([
    ['metadata.name=a', true],
    ['metadata.name==a,type!=x', true],
    ['metadata.name!=a', false],
    ['type=', true],
    ['', true],
  ])('%s is %s', (selector, wanted) => {
    expect(parseFieldSelector(selector, offered)({ 'metadata.name': 'a' })).toBe(wanted)
  })

  it('refuses fields that the resource does not offer', () => {
    expect(() => parseFieldSelector('spec.size=1', offered)).toThrow('field label not supported: spec.size')
    expect(() => parseFieldSelector('nonsense', offered)).toThrow('invalid field selector')
  })
})
