import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runBench } from './bench.js'
import { inspectionFigures } from './inspection-figures.js'
import { compareInspections } from './inspections.js'
import { figureLines, reportLines } from './report.js'

// Fails only when something does not converge. What the figures mean is told in docs/benchmarks.md.
const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '200' },
    machines: { type: 'string', default: '50' },
    speed: { type: 'string', default: '10' },
    concurrency: { type: 'string' },
    'only-inspections': { type: 'boolean', default: false },
    out: { type: 'string', default: 'bench.json' },
  },
})

const numberOf = (name: string, text: string, least: number): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name} must be a whole number from ${least}`)
  return value
}

const began = Date.now()
const progress = (what: string): void =>
  void process.stderr.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${what}\n`)
const hosts = numberOf('hosts', values.hosts, 1)
// Where the outside judges are; `make bench` installs them. Without them there is nobody to compare with.
const judges = process.env['KATAMETAL_JUDGES'] ?? ''
const inspections = await compareInspections(judges === '' ? undefined : join(judges, 'venv/bin/python'), progress)
if (values['only-inspections']) {
  await writeFile(values.out, `${JSON.stringify({ inspections }, null, 2)}\n`)
  process.stdout.write(`\n${figureLines(inspectionFigures(inspections)).join('\n')}\n\nWritten to ${values.out}.\n`)
  process.exit()
}
const result = await runBench({
  hosts,
  machines: Math.min(numberOf('machines', values.machines, 0), hosts),
  speed: numberOf('speed', values.speed, 1),
  concurrency: values.concurrency === undefined ? undefined : numberOf('concurrency', values.concurrency, 1),
  progress,
})
await writeFile(values.out, `${JSON.stringify({ ...result, inspections }, null, 2)}\n`)
process.stdout.write(`\n${reportLines(result, inspections).join('\n')}\n\nWritten to ${values.out}.\n`)
