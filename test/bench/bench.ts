import { availableParallelism, loadavg } from 'node:os'
import { commandGaps, turnsOf } from './gaps.js'
import { becomeAvailable, beQuiet, provision, type Quiet, react, type Throughput } from './phases.js'
import { type Spread, spreadOf } from './statistics.js'
import { pause } from './wait.js'
import { startWorld, type World } from './world.js'

export interface BenchOptions {
  readonly hosts: number
  readonly machines: number
  readonly speed: number
  readonly concurrency?: number | undefined
  /** Told what begins. */
  readonly progress: (what: string) => void
}

/** Everything that one run has measured; docs/benchmarks.md says what each figure means. Times are milliseconds. */
export interface BenchResult {
  readonly setting: {
    readonly hosts: number
    readonly machines: number
    readonly speed: number
    readonly node: string
    readonly cores: number
    /** Load of the machine (1 min) before the run: other work makes every figure worse. */
    readonly loadBefore: number
  }
  readonly available: Throughput
  readonly quiet: Quiet
  readonly reaction: Spread
  readonly provisioning: Throughput | undefined
  readonly gaps: {
    readonly command: Spread
    readonly noticed: Spread
    readonly decided: Spread
  }
  readonly manager: {
    readonly peakMiB: number
    readonly settledMiB: number
    readonly cpuSeconds: number
    readonly reconciles: number
    readonly failures: Readonly<Record<string, number>>
  }
  /** CPU seconds of everything that is simulated, which shares the machine with the manager. */
  readonly simulationCpuSeconds: number
}

const phaseMs = 300_000
const quietSeconds = 10
const settleMs = 5_000
const editedHosts = 20

/** Throws when something does not converge. */
export const runBench = async (options: BenchOptions): Promise<BenchResult> => {
  const { hosts, machines, speed, progress } = options
  const loadBefore = loadavg()[0] ?? 0
  progress(`starting ${hosts} simulated servers and the manager`)
  const world = await startWorld(options)
  try {
    return await Promise.race([
      world.manager.died,
      measure(world, options, {
        hosts,
        machines,
        speed,
        node: process.version,
        cores: availableParallelism(),
        loadBefore,
      }),
    ])
  } finally {
    progress('stopping')
    await world.stop()
  }
}

const measure = async (
  world: World,
  { machines, hosts, progress }: BenchOptions,
  setting: BenchResult['setting'],
): Promise<BenchResult> => {
  const simulation = process.cpuUsage()
  progress('from manifests to Available')
  const available = await becomeAvailable(world, { phaseMs })
  progress(`quiet for ${quietSeconds} s`)
  const quiet = await beQuiet(world, quietSeconds, { phaseMs })
  progress('edits of spec.online')
  const reaction = await react(world, Math.min(editedHosts, hosts), { phaseMs })
  progress(`${machines} Machines to Running`)
  const provisioning = machines === 0 ? undefined : await provision(world, machines, { phaseMs })
  await pause(settleMs)
  const settled = await world.manager.usage()
  const { user, system } = process.cpuUsage(simulation)
  return {
    setting,
    available,
    quiet,
    reaction,
    provisioning,
    gaps: gapsOf(world),
    manager: {
      peakMiB: settled.peakMiB,
      settledMiB: settled.residentMiB,
      cpuSeconds: settled.cpuSeconds,
      reconciles: settled.reconciles,
      failures: Object.fromEntries(world.manager.failures),
    },
    simulationCpuSeconds: (user + system) / 1e6,
  }
}

const gapsOf = (world: World): BenchResult['gaps'] => {
  const timelines = world.timelines()
  const turns = timelines.flatMap(turnsOf)
  return {
    command: spreadOf(timelines.flatMap(commandGaps)),
    noticed: spreadOf(turns.map(({ noticed }) => noticed)),
    decided: spreadOf(turns.map(({ decided }) => decided)),
  }
}
