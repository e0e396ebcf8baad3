import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/base/clock.js'
import { packageRoot } from '../../src/base/package-root.js'
import { loadTree } from '../../src/lab/bmc/load-tree.js'
import { linksAt } from '../../src/lab/bmc/json.js'
import { personaNames } from '../../src/lab/bmc/personas/personas.js'
import { normalPath, type ResourceTree } from '../../src/lab/bmc/resource-tree.js'
import { type BmcSimulator, type BmcSimulatorOptions, startBmcSimulator } from '../../src/lab/bmc/simulator.js'
import { credentials } from '../support/bmc-client.js'
import { runProgram } from './run-program.js'

/** What one full inspection of a server took. */
export interface Reads {
  /** All GETs that the BMC was sent. */
  readonly gets: number
  /** From the first request to the last answer, the best of the runs; the program that asks is running already. */
  readonly milliseconds: number
}

/** One tree, inspected by katametal and by sushy in turns. */
export interface Inspection {
  readonly tree: string
  /** Resources that katametal read, alone or within a collection; sushy reads the same. */
  readonly resources: number
  readonly katametal: Reads
  /** Undefined where sushy is not installed. */
  readonly sushy: Reads | undefined
}

/** Every answer takes so long; real BMCs take ten times that, which would only make the run longer. */
const latencyMs = 20
const runs = 3

/** Inspects the built-in personas and the captured trees that lie beside the project. `python` has sushy. */
export const compareInspections = async (
  python: string | undefined,
  progress: (what: string) => void,
): Promise<Inspection[]> => {
  const results: Inspection[] = []
  for (const { name, persona } of await trees()) {
    progress(`inspecting ${name}`)
    results.push(await inspect(name, persona, python))
  }
  return results
}

type Source = BmcSimulatorOptions['persona']

const trees = async (): Promise<{ name: string; persona: Source }[]> => {
  const folder = join(packageRoot(), '..', 'shared', 'redfish-trees')
  const files = existsSync(folder) ? readdirSync(folder).sort() : []
  const captured = files.map(async file => ({
    name: file.replace(/\.tar\..*$/, ''),
    persona: { tree: await loadTree(join(folder, file)) },
  }))
  return [...personaNames.map(name => ({ name: `${name} persona`, persona: name })), ...(await Promise.all(captured))]
}

const inspect = async (name: string, persona: Source, python: string | undefined): Promise<Inspection> => {
  const folder = await mkdtemp(join(tmpdir(), 'katametal-inspection-'))
  const bmc = await startBmcSimulator({
    persona,
    credentials,
    clock: systemClock,
    timings: { latency: latencyMs },
  })
  try {
    const bundle = join(folder, 'ca.pem')
    await writeFile(bundle, bmc.ca)
    const args = [bmc.url, credentials.username, credentials.password, bundle]
    const katametal: Reads[] = []
    const sushy: Reads[] = []
    let resources: string[] = []
    for (let run = 0; run < runs; run += 1) {
      const ours = await counted(bmc, process.execPath, ['--import', 'tsx', script('inspect-by-us.ts'), ...args], '')
      resources = resourcesOf(bmc.tree, ours.said['paths'] as string[])
      katametal.push(ours.reads)
      if (python === undefined) continue
      const wanted = JSON.stringify(resources)
      sushy.push((await counted(bmc, python, [script('sushy-inspect.py'), ...args], wanted)).reads)
    }
    return { tree: name, resources: resources.length, katametal: best(katametal), sushy: bestOrNone(sushy) }
  } finally {
    await bmc.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const counted = async (bmc: BmcSimulator, program: string, args: readonly string[], input: string) => {
  const before = bmc.journal.requests.length
  const said = JSON.parse(await runProgram(program, args, input)) as Record<string, unknown>
  const gets = bmc.journal.requests.slice(before).filter(({ method }) => method === 'GET').length
  return { said, reads: { gets, milliseconds: said['milliseconds'] as number } }
}

/** Paths of all resources that these requests brought; those with $expand brought the members too. */
export const resourcesOf = (tree: ResourceTree, paths: readonly string[]): string[] => {
  const all = paths.flatMap(path => {
    const [bare = ''] = decodeURIComponent(path).split('?')
    return path.includes('expand') ? [bare, ...linksAt(tree.body(bare), 'Members')] : [bare]
  })
  return [...new Map(all.map(path => [normalPath(path), path])).values()]
}

const best = (all: readonly Reads[]): Reads => ({
  gets: Math.min(...all.map(({ gets }) => gets)),
  milliseconds: Math.min(...all.map(({ milliseconds }) => milliseconds)),
})

const bestOrNone = (all: readonly Reads[]): Reads | undefined => (all.length === 0 ? undefined : best(all))
