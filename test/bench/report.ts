import { tableLines } from '../../src/cli/print/table.js'
import type { BenchResult } from './bench.js'
import type { Throughput } from './phases.js'
import { inspectionFigures } from './inspection-figures.js'
import type { Inspection } from './inspections.js'
import type { Spread } from './statistics.js'

/** One line of the table. */
export interface Figure {
  readonly figure: string
  readonly seen: string
  /** What the project wants, in words, and whether this run met it. */
  readonly wanted?: { readonly limit: string; readonly met: boolean }
}

/** The table that people read. Wanted values are marked; they decide nothing, as the machine may be busy with other work. */
export const reportLines = (result: BenchResult, inspections: readonly Inspection[]): string[] => {
  const { hosts, machines, speed, cores, loadBefore, node } = result.setting
  return [
    `${hosts} hosts, ${machines} Machines, speed ${speed}, ${cores} cores, load before ${loadBefore.toFixed(1)}, Node.js ${node}`,
    '',
    ...figureLines([...figuresOf(result), ...inspectionFigures(inspections)]),
  ]
}

export const figureLines = (figures: readonly Figure[]): string[] =>
  tableLines(
    [
      { title: 'Figure', cell: (row: Figure) => row.figure },
      { title: 'Seen', cell: row => row.seen },
      { title: 'Wanted', cell: row => row.wanted?.limit },
      { title: '', cell: row => (row.wanted === undefined ? ' ' : row.wanted.met ? 'met' : 'missed') },
    ],
    figures,
  )

/** What is wanted: DESIGN rule 5 and the memory that a manager of 200 hosts may take. */
const wantedGapMs = 100
const wantedReactionMs = 1000
const wantedMiB = 250

const figuresOf = ({ available, quiet, reaction, provisioning, gaps, manager, ...rest }: BenchResult): Figure[] => [
  ...throughputFigures('available', available),
  ...(provisioning === undefined ? [] : throughputFigures('in service', provisioning)),
  {
    figure: 'newest knowledge to command',
    seen: spread(gaps.command),
    wanted: { limit: `p50 < ${wantedGapMs} ms`, met: gaps.command.p50 < wantedGapMs },
  },
  {
    figure: 'outcome noticed to next command',
    seen: spread(gaps.decided),
    wanted: { limit: `p50 < ${wantedGapMs} ms`, met: gaps.decided.p50 < wantedGapMs },
  },
  { figure: 'outcome to noticed (polling)', seen: spread(gaps.noticed) },
  {
    figure: 'edit of spec.online to power request',
    seen: spread(reaction),
    wanted: { limit: `p99 < ${wantedReactionMs} ms`, met: reaction.p99 < wantedReactionMs },
  },
  { figure: 'quiet: BMC requests per host and minute', seen: quiet.bmcRequestsPerHostAndMinute.toFixed(1) },
  { figure: 'quiet: API requests per minute', seen: quiet.apiRequestsPerMinute.toFixed(0) },
  { figure: 'quiet: CPU of the manager', seen: `${quiet.cpuPercent.toFixed(1)} % of a core` },
  {
    figure: 'memory of the manager, peak',
    seen: `${manager.peakMiB.toFixed(0)} MiB`,
    wanted: { limit: `< ${wantedMiB} MiB`, met: manager.peakMiB < wantedMiB },
  },
  { figure: 'memory of the manager, settled', seen: `${manager.settledMiB.toFixed(0)} MiB` },
  { figure: 'CPU of the manager, whole run', seen: `${manager.cpuSeconds.toFixed(1)} s` },
  { figure: 'CPU of the simulation, whole run', seen: `${rest.simulationCpuSeconds.toFixed(1)} s` },
  { figure: 'steps that failed and were repeated', seen: failuresOf(manager.failures) },
]

const throughputFigures = (what: string, run: Throughput): Figure[] => [
  {
    figure: `${what}: hosts per minute`,
    seen: `${run.perMinute.toFixed(0)} (${run.hosts} in ${run.seconds.toFixed(1)} s)`,
  },
  { figure: `${what}: life of a host`, seen: spread(run.life) },
  { figure: `${what}: idle time of a host (upper bound)`, seen: spread(run.idle) },
  { figure: `${what}: BMC requests per host`, seen: run.bmcRequestsPerHost.toFixed(1) },
  { figure: `${what}: API requests per host`, seen: run.apiRequestsPerHost.toFixed(1) },
  { figure: `${what}: writes of the host object`, seen: run.objectWritesPerHost.toFixed(1) },
  { figure: `${what}: CPU of the manager`, seen: `${run.cpuSeconds.toFixed(1)} s` },
  { figure: `${what}: event loop lag p99`, seen: `${run.eventLoopLagP99Ms.toFixed(0)} ms` },
]

const spread = ({ count, p50, p90, p99 }: Spread): string =>
  count === 0 ? 'none' : `p50 ${ms(p50)}  p90 ${ms(p90)}  p99 ${ms(p99)}`

const ms = (value: number): string => (value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`)

const failuresOf = (failures: Readonly<Record<string, number>>): string =>
  Object.entries(failures)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ') || 'none'
