import { stringify } from 'yaml'
import type { Console, Sink } from '../console.js'

export const outputFormats = ['table', 'wide', 'json', 'yaml'] as const
export type OutputFormat = (typeof outputFormats)[number]

export type Tone = 'good' | 'warn' | 'bad'

/** A column of a table; `wide` ones are shown with `-o wide` only. */
export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string | undefined
  readonly tone?: (row: Row) => Tone | undefined
  readonly wide?: boolean
}

export interface Output<Row> {
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  /** What `-o json` and `-o yaml` show. */
  readonly data: unknown
  /** Lines below the table; not part of json and yaml. */
  readonly remarks?: readonly string[]
}

/** Writes a result to standard output in the wanted format. */
export const print = <Row>(console: Console, format: OutputFormat, output: Output<Row>): void => {
  switch (format) {
    case 'json':
      return console.out.write(`${JSON.stringify(output.data, null, 2)}\n`)
    case 'yaml':
      return console.out.write(stringify(output.data))
    case 'table':
    case 'wide': {
      const columns = output.columns.filter(({ wide }) => format === 'wide' || wide !== true)
      const paint = painter(console.out, console.environment)
      const remarks = output.remarks ?? []
      const lines = [...tableLines(columns, output.rows, paint), ...(remarks.length === 0 ? [] : ['', ...remarks])]
      return console.out.write(lines.map(line => `${line}\n`).join(''))
    }
  }
}

/** Aligned columns, headings in capitals, three spaces between, as kubectl prints them; `-` where nothing is known. */
export const tableLines = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  paint: Painter = text => text,
): string[] => {
  const cells = rows.map(row => columns.map(({ cell }) => oneLine(cell(row))))
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map(line => line[index]?.length ?? 0)),
  )
  const last = columns.length - 1
  const aligned = (text: string, index: number) => (index === last ? text : text.padEnd((widths[index] ?? 0) + 3))
  return [
    columns.map(({ title }, index) => aligned(title.toUpperCase(), index)).join(''),
    ...rows.map((row, line) =>
      columns.map(({ tone }, index) => paint(aligned(cells[line]?.[index] ?? '', index), tone?.(row))).join(''),
    ),
  ]
}

type Painter = (text: string, tone: Tone | undefined) => string

const codes: Record<Tone, number> = { good: 32, warn: 33, bad: 31 }

/** Colour only on a terminal, and never against NO_COLOR (https://no-color.org). */
export const painter =
  (sink: Sink, environment: Console['environment']): Painter =>
  (text, tone) =>
    tone === undefined || !sink.isTTY || (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb'
      ? text
      : `\u001b[${codes[tone]}m${text}\u001b[39m`

/** What a BMC says may hold line breaks and control characters; a table holds neither. */
const oneLine = (text: string | undefined): string => {
  const clean = (text ?? '').replace(/[\s\p{Cc}]+/gu, ' ').trim()
  return clean === '' ? '-' : clean
}
