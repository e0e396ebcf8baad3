import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import { testConsole } from '../../../test/support/test-console.js'
import { type Column, type OutputFormat, print, tableLines } from './table.js'

interface Server {
  readonly name: string
  readonly state?: string
  readonly note?: string
}

const columns: Column<Server>[] = [
  { title: 'name', cell: ({ name }) => name },
  { title: 'state', cell: ({ state }) => state, tone: ({ state }) => (state === 'Ready' ? 'good' : 'bad') },
  { title: 'note', cell: ({ note }) => note, wide: true },
]
const rows: Server[] = [{ name: 'rack1-u7', state: 'Ready', note: 'new' }, { name: 'b' }]

const printed = (
  format: OutputFormat,
  environment: Record<string, string> = {},
  options: Parameters<typeof testConsole>[1] = {},
) => {
  const console = testConsole(environment, options)
  print(console, format, { columns, rows, data: { items: rows }, remarks: ['two servers'] })
  return console.text.out
}

describe('a table', () => {
  it('has aligned columns with headings in capitals, and a dash where nothing is known', () => {
    expect(printed('table')).toBe('NAME       STATE\nrack1-u7   Ready\nb          -\n\ntwo servers\n')
  })

  it('has more columns when it is wide', () => {
    expect(printed('wide')).toContain('NAME       STATE   NOTE\nrack1-u7   Ready   new\n')
  })

  it('is only its headings when there are no rows', () => {
    expect(tableLines(columns.slice(0, 1), [])).toEqual(['NAME'])
  })

  it('keeps line breaks and control characters of a BMC out', () => {
    expect(tableLines(columns.slice(0, 1), [{ name: 'a\n\u001b[31mb\tc\u0007' }])[1]).toBe('a [31mb c')
  })

  it('has colour on a terminal, and the colour does not disturb the columns', () => {
    const text = printed('table', {}, { tty: true })
    expect(text).toContain('\u001b[32mReady\u001b[39m')
    expect(text.replace(/\u001b\[\d+m/g, '')).toBe(printed('table'))
  })

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('has no colour with %j', environment => {
    expect(printed('table', environment, { tty: true })).toBe(printed('table'))
  })
})

describe('output for programs', () => {
  it('is the data, whole, as JSON or YAML', () => {
    expect(JSON.parse(printed('json'))).toEqual({ items: rows })
    expect(parse(printed('yaml'))).toEqual({ items: rows })
  })

  it('has neither colour nor remarks, also on a terminal', () => {
    for (const format of ['json', 'yaml'] as const) expect(printed(format, {}, { tty: true })).toBe(printed(format))
    expect(printed('json')).not.toContain('two servers')
  })
})
