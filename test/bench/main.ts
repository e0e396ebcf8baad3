import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { runBench } from './bench.js'
import { reportLines } from './report.js'

// Fails only when something does not converge. What the figures mean is told in docs/benchmarks.md.
const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '200' },
    machines: { type: 'string', default: '50' },
    speed: { type: 'string', default: '10' },
    concurrency: { type: 'string' },
    out: { type: 'string', default: 'bench.json' },
  },
})

const numberOf = (name: string, text: string, least: number): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name} must be a whole number from ${least}`)
  return value
}

const hosts = numberOf('hosts', values.hosts, 1)
const began = Date.now()
const result = await runBench({
  hosts,
  machines: Math.min(numberOf('machines', values.machines, 0), hosts),
  speed: numberOf('speed', values.speed, 1),
  concurrency: values.concurrency === undefined ? undefined : numberOf('concurrency', values.concurrency, 1),
  progress: what => process.stderr.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${what}\n`),
})
await writeFile(values.out, `${JSON.stringify(result, null, 2)}\n`)
process.stdout.write(`\n${reportLines(result).join('\n')}\n\nWritten to ${values.out}.\n`)
