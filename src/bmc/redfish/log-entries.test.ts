import { describe, expect, it } from 'vitest'
import { logEntry, merged, newestFirst, timeOf } from './log-entries.js'

const entry = (log: string, id: string, Created?: string) => logEntry({ Id: id, Created, Message: `${log} ${id}` }, log)
const names = (entries: readonly { log: string; id: string }[]) => entries.map(({ log, id }) => `${log}${id}`)

describe('the time of a log entry', () => {
  it('is told in UTC whatever offset the BMC writes', () => {
    expect(timeOf('2024-06-11T00:13:00-05:00')).toBe('2024-06-11T05:13:00.000Z')
    expect(timeOf('2024-06-11T05:13:00Z')).toBe('2024-06-11T05:13:00.000Z')
  })

  it('without an offset means UTC, in ISO form and in words', () => {
    expect(timeOf('2024-06-11T05:13:00')).toBe('2024-06-11T05:13:00.000Z')
    expect(timeOf('2024-06-11 05:13:00')).toBe('2024-06-11T05:13:00.000Z')
    expect(timeOf('Tue Feb 22 13:59:53 2022')).toBe('2022-02-22T13:59:53.000Z')
  })

  it('is not known where the clock of the BMC was never set or the text is no date', () => {
    for (const written of ['0000-00-00T00:00:00Z', '1970-01-01T00:04:12Z', '2000-01-01T00:00:10Z', 'before boot', ''])
      expect(timeOf(written)).toBeUndefined()
    expect(timeOf(undefined)).toBeUndefined()
  })
})

describe('a log entry', () => {
  it('is made of whatever is there', () => {
    expect(logEntry({ '@odata.id': '/redfish/v1/Logs/Sel/Entries/7' }, 'Sel')).toEqual({
      log: 'Sel',
      id: '7',
      time: undefined,
      written: undefined,
      severity: undefined,
      message: 'no message',
      messageId: undefined,
    })
    expect(logEntry({ Id: 3, Created: 12, Message: null, Severity: ['OK'] }, 'Sel').message).toBe('no message')
  })
})

describe('the entries of one log', () => {
  it('are turned round where the service lists the oldest first, by the numbers in their Ids', () => {
    const list = [entry('a', '9'), entry('a', '10'), entry('a', '11')]
    expect(names(newestFirst(list))).toEqual(['a11', 'a10', 'a9'])
    expect(names(newestFirst([...list].reverse()))).toEqual(['a11', 'a10', 'a9'])
  })

  it('are turned round by time where Ids have no numbers', () => {
    const list = [entry('a', 'first', '2024-01-01T00:00:00Z'), entry('a', 'second', '2024-01-02T00:00:00Z')]
    expect(names(newestFirst(list))).toEqual(['asecond', 'afirst'])
  })
})

describe('several logs', () => {
  it('become one, newest first', () => {
    const sel = [entry('s', '2', '2024-01-03T00:00:00Z'), entry('s', '1', '2024-01-01T00:00:00Z')]
    const lc = [entry('l', '9', '2024-01-02T00:00:00Z')]
    expect(names(merged([sel, lc]))).toEqual(['s2', 'l9', 's1'])
  })

  it('keep entries without a time beside their neighbours', () => {
    const sel = [entry('s', '3'), entry('s', '2', '2024-01-03T00:00:00Z'), entry('s', '1', '1970-01-01T00:00:00Z')]
    const lc = [entry('l', '9', '2024-01-04T00:00:00Z'), entry('l', '8', '2024-01-02T00:00:00Z')]
    expect(names(merged([sel, lc]))).toEqual(['l9', 's3', 's2', 's1', 'l8'])
  })

  it('put a log that knows no times at all last', () => {
    const security = [entry('x', '2', '0000-00-00T00:00:00Z'), entry('x', '1', '0000-00-00T00:00:00Z')]
    expect(names(merged([security, [entry('l', '9', '2024-01-04T00:00:00Z')]]))).toEqual(['l9', 'x2', 'x1'])
  })
})
