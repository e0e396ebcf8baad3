import { rows } from '../conformance/rows.js'

/** A test whose title starts with the number of a row. */
export interface RowTest {
  readonly row: number
  /** The rest of the title. */
  readonly what: string
  readonly state: 'passed' | 'failed' | 'skipped'
}

/** The number and the rest of a title like `row 7: it waits`; undefined for other titles. */
export const rowTitle = (title: string): { row: number; what: string } | undefined => {
  const [, number, what] = /^row (\d+): (.*)$/s.exec(title) ?? []
  return number === undefined || what === undefined ? undefined : { row: Number(number), what }
}

/** Rows that need a test and have none. */
export const rowsWithoutTest = (tests: readonly RowTest[]): number[] =>
  rows
    .filter(({ number, leftOut }) => leftOut === undefined && !tests.some(({ row }) => row === number))
    .map(({ number }) => number)

/** What came of a row: the worst of its tests. */
export const resultOf = (tests: readonly RowTest[]): 'passed' | 'failed' | 'not seen' => {
  if (tests.some(({ state }) => state === 'failed')) return 'failed'
  return tests.length > 0 && tests.every(({ state }) => state === 'passed') ? 'passed' : 'not seen'
}

/** One line per row, for the terminal. */
export const linesOf = (tests: readonly RowTest[]): string[] =>
  rows.map(({ number, rule, leftOut }) => {
    const result = leftOut === undefined ? resultOf(tests.filter(({ row }) => row === number)) : 'left out'
    return `row ${String(number).padStart(2)}  ${result.padEnd(8)}  ${rule}`
  })

/** docs/conformance.md. Holds nothing that differs between two runs with the same results. */
export const pageOf = (tests: readonly RowTest[]): string => `# Conformance

Written by \`make test-kubernetes\`; do not edit. The rows are those of a checklist for infrastructure providers of Cluster API
contract v1beta2. Each was looked at on a real etcd, kube-apiserver and kube-controller-manager with the real Cluster API core,
kubeadm bootstrap and kubeadm control plane managers, katametal's manager with the rights of \`config/rbac\`, and simulated
servers behind simulated BMCs. Rows that need nothing more are also part of \`make test\`, on the embedded API server.

| # | Rule | Result | How it is seen |
|---|---|---|---|
${rows.map(row => `| ${row.number} | ${row.rule} | ${cellsOf(row, tests)} |`).join('\n')}
`

const cellsOf = ({ number, leftOut }: (typeof rows)[number], tests: readonly RowTest[]): string => {
  if (leftOut !== undefined) return `left out | ${leftOut}`
  const own = tests.filter(({ row }) => row === number)
  const titles = [...new Set(own.map(({ what }) => what.replaceAll('|', '\\|')))].sort()
  return `${resultOf(own)} | ${titles.join('; ')}`
}
