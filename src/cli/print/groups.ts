import { stringify } from 'yaml'
import type { Console } from '../console.js'
import { type Column, type OutputFormat, painter, tableLines } from './table.js'

/** A table of its own under a heading. */
export interface Group<Row> {
  readonly title: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
}

/** Writes several tables, each with heading and number of rows, or the data whole as JSON or YAML. Empty groups are left out. */
export const printGroups = <Row>(
  console: Console,
  format: OutputFormat,
  output: {
    readonly groups: readonly Group<Row>[]
    readonly data: unknown
    readonly remarks?: readonly string[]
  },
): void => {
  switch (format) {
    case 'json':
      return console.out.write(`${JSON.stringify(output.data, null, 2)}\n`)
    case 'yaml':
      return console.out.write(stringify(output.data))
    case 'table':
    case 'wide': {
      const paint = painter(console.out, console.environment)
      const blocks = output.groups
        .filter(({ rows }) => rows.length > 0)
        .map(({ title, columns, rows }) => [
          `${title} (${rows.length})`,
          ...tableLines(
            columns.filter(({ wide }) => format === 'wide' || wide !== true),
            rows,
            paint,
          ).map(line => `  ${line}`),
        ])
      const remarks = output.remarks ?? []
      const all = remarks.length === 0 ? blocks : [...blocks, [...remarks]]
      return console.out.write(`${all.map(lines => lines.join('\n')).join('\n\n')}\n`)
    }
  }
}
