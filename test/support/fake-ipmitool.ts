import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How the fake answers: the first rule whose pattern matches the command (after the connection options) is taken. */
export interface FakeRule {
  readonly matches: RegExp
  /** Matches only for this cipher suite. */
  readonly suite?: '3' | '17'
  /** Taken this many times, then later rules are looked at; default without end. */
  readonly times?: number
  readonly stdout?: string
  readonly stderr?: string
  readonly exit?: number
  /** Waits before it answers. */
  readonly sleepMs?: number
}

/**
 * A program that stands in for ipmitool: it speaks the words a test gives it, and writes down how it was called. For
 * the cases that no simulator has: other cipher suites, refusals, BMCs that are busy.
 */
export const createFakeIpmitool = async (rules: readonly FakeRule[]) => {
  const folder = await mkdtemp(join(tmpdir(), 'fake-ipmitool-'))
  const path = join(folder, 'ipmitool')
  const data = rules.map(rule => ({ ...rule, matches: rule.matches.source }))
  await writeFile(join(folder, 'rules.json'), JSON.stringify(data))
  await writeFile(join(folder, 'calls'), '')
  await writeFile(path, program(folder))
  await chmod(path, 0o755)
  const calls = async (): Promise<{ args: string[]; command: string; password: string; environment: string[] }[]> =>
    (await readFile(join(folder, 'calls'), 'utf8'))
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line))
  return {
    path,
    calls,
    commands: async () => (await calls()).map(call => call.command),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

const program = (folder: string): string => `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs')
const folder = ${JSON.stringify(folder)}
const args = process.argv.slice(2)
const at = args.indexOf('-R') + 2
const suite = args[args.indexOf('-C') + 1]
const command = args.slice(at).join(' ')
const call = { args, command, suite, password: process.env.IPMI_PASSWORD, environment: Object.keys(process.env) }
appendFileSync(folder + '/calls', JSON.stringify(call) + '\\n')
const rules = JSON.parse(readFileSync(folder + '/rules.json', 'utf8'))
const rule = rules.find(r => new RegExp(r.matches).test(command) && (r.suite ?? suite) === suite && r.times !== 0)
if (rule === undefined) { process.stderr.write('Invalid command: ' + command); process.exit(1) }
if (rule.times !== undefined) { rule.times -= 1; writeFileSync(folder + '/rules.json', JSON.stringify(rules)) }
setTimeout(() => {
  process.stdout.write(rule.stdout ?? '')
  process.stderr.write(rule.stderr ?? '')
  process.exitCode = rule.exit ?? 0
}, rule.sleepMs ?? 0)
`
