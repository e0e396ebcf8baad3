import { describe, expect, it } from 'vitest'
import { selectorMatches } from './label-selector.js'

type Selector = Parameters<typeof selectorMatches>[0]

const labels = { rack: 'r1', disk: 'nvme', spare: '' }

describe('a host selector', () => {
  it.each<[string, Selector, boolean]>([
    ['nothing at all selects every host', undefined, true],
    ['an empty selector selects every host', {}, true],
    ['a label with the wanted value', { matchLabels: { rack: 'r1' } }, true],
    ['a label with another value', { matchLabels: { rack: 'r2' } }, false],
    ['a label that is absent', { matchLabels: { row: 'a' } }, false],
    ['one of two labels', { matchLabels: { rack: 'r1', disk: 'sas' } }, false],
    [
      'In with the value in the list',
      { matchExpressions: [{ key: 'rack', operator: 'In', values: ['r0', 'r1'] }] },
      true,
    ],
    ['In with another value', { matchExpressions: [{ key: 'rack', operator: 'In', values: ['r0'] }] }, false],
    ['In with an absent label', { matchExpressions: [{ key: 'row', operator: 'In', values: ['a'] }] }, false],
    ['In without values', { matchExpressions: [{ key: 'rack', operator: 'In' }] }, false],
    [
      'NotIn with the value in the list',
      { matchExpressions: [{ key: 'rack', operator: 'NotIn', values: ['r1'] }] },
      false,
    ],
    ['NotIn with another value', { matchExpressions: [{ key: 'rack', operator: 'NotIn', values: ['r0'] }] }, true],
    ['NotIn with an absent label', { matchExpressions: [{ key: 'row', operator: 'NotIn', values: ['a'] }] }, true],
    ['Exists with an empty value', { matchExpressions: [{ key: 'spare', operator: 'Exists' }] }, true],
    ['Exists with an absent label', { matchExpressions: [{ key: 'row', operator: 'Exists' }] }, false],
    [
      'Exists with the name of an inherited property',
      { matchExpressions: [{ key: 'toString', operator: 'Exists' }] },
      false,
    ],
    [
      'DoesNotExist with a label that is there',
      { matchExpressions: [{ key: 'rack', operator: 'DoesNotExist' }] },
      false,
    ],
    ['DoesNotExist with an absent label', { matchExpressions: [{ key: 'row', operator: 'DoesNotExist' }] }, true],
    [
      'labels and expressions together need both',
      { matchLabels: { rack: 'r1' }, matchExpressions: [{ key: 'disk', operator: 'In', values: ['sas'] }] },
      false,
    ],
  ])('answers for %s', (_title, selector, wanted) => {
    expect(selectorMatches(selector, labels)).toBe(wanted)
  })

  it('treats a host without labels like one with none', () => {
    expect(selectorMatches({ matchLabels: { rack: 'r1' } }, undefined)).toBe(false)
    expect(selectorMatches({ matchExpressions: [{ key: 'rack', operator: 'DoesNotExist' }] }, undefined)).toBe(true)
  })
})
