import { describe, expect, it } from 'vitest'
import { linesOf, pageOf, resultOf, type RowTest, rowsWithoutTest, rowTitle } from '../kubernetes/conformance-page.js'
import { rows } from './rows.js'

const tests = (state: RowTest['state'] = 'passed'): RowTest[] =>
  rows
    .filter(({ leftOut }) => leftOut === undefined)
    .map(({ number }) => ({ row: number, what: `what ${number}`, state }))

describe('the conformance page', () => {
  it('finds the row in a title', () => {
    expect(rowTitle('row 7: it waits: long')).toEqual({ row: 7, what: 'it waits: long' })
    expect(rowTitle('it has 7 rows')).toBeUndefined()
  })

  it('has 42 rows, each with a test or a reason', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 42 }, (_, index) => index + 1))
    expect(rowsWithoutTest(tests())).toEqual([])
    expect(rowsWithoutTest(tests().filter(({ row }) => row !== 3))).toEqual([3])
  })

  it('shows the worst of the tests of a row', () => {
    const of = (...states: RowTest['state'][]) => resultOf(states.map(state => ({ row: 1, what: '', state })))
    expect(of('passed', 'passed')).toBe('passed')
    expect(of('passed', 'skipped')).toBe('not seen')
    expect(of('skipped', 'failed')).toBe('failed')
    expect(of()).toBe('not seen')
  })

  it('is the same whatever the order of the tests, and says how each row is seen', () => {
    const more = [...tests(), { row: 1, what: 'another | way', state: 'passed' } as const]
    expect(pageOf(more)).toBe(pageOf([...more].reverse()))
    expect(pageOf(more)).toContain('| passed | another \\| way; what 1 |')
    expect(pageOf(more)).toContain('| 41 | In-place updates | left out | not claimed')
  })

  it('has a line per row on the terminal', () => {
    expect(linesOf(tests('failed'))).toHaveLength(42)
    expect(linesOf(tests())[40]).toBe('row 41  left out  In-place updates')
  })
})
