import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KatametalError } from '../../base/errors.js'

/** A program that runs in the background. */
export interface RunningProgram {
  readonly name: string
  readonly pid: number
  /** False once it has ended, for whatever reason. */
  readonly alive: boolean
  /** The last lines of its log. */
  tail(): Promise<string>
  /** Ends it at once; resolves when it is gone. What these programs hold is thrown away, so nothing is drained. */
  kill(): Promise<void>
}

/**
 * Background programs of a bed, with their logs in `<folder>/log`. They are in process groups of their own, so that Ctrl-C
 * at a terminal reaches the programs that use them first, and a guard ends them and removes the folder when this
 * process goes without saying so.
 */
export class Processes {
  /** Holds the logs; whoever starts programs may keep their files there. */
  readonly folder: string
  readonly #guard: ChildProcess
  readonly #running = new Set<Program>()

  private constructor(folder: string, guard: ChildProcess) {
    this.folder = folder
    this.#guard = guard
  }

  static async open(folder: string): Promise<Processes> {
    await mkdir(join(folder, 'log'), { recursive: true })
    return new Processes(folder, startGuard(folder))
  }

  start(name: string, program: string, args: readonly string[]): RunningProgram {
    const logFile = join(this.folder, 'log', `${name}.log`)
    const log = openSync(logFile, 'a', 0o600)
    const child = spawn(program, args, { stdio: ['ignore', log, log], detached: true })
    closeSync(log)
    if (child.pid === undefined) {
      child.on('error', () => undefined)
      throw new KatametalError('FileInvalid', { about: program, seen: 'it cannot be started' })
    }
    const running = new Program(name, child, logFile, () => this.#running.delete(running))
    this.#running.add(running)
    this.#tell(`${child.pid}`)
    return running
  }

  /** Ends everything and the guard. */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map(program => program.kill()))
    this.#guard.ref()
    const ended = once(this.#guard, 'exit')
    this.#tell('end')
    await ended
  }

  #tell(word: string): void {
    this.#guard.stdin?.write(`${word}\n`)
  }
}

class Program implements RunningProgram {
  readonly name: string
  readonly pid: number
  readonly #child: ChildProcess
  readonly #logFile: string
  readonly #exited: Promise<unknown>

  constructor(name: string, child: ChildProcess, logFile: string, ended: () => void) {
    this.name = name
    this.pid = child.pid ?? 0
    this.#child = child
    this.#logFile = logFile
    this.#exited = once(child, 'exit').finally(ended)
    this.#exited.catch(() => undefined)
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  async tail(): Promise<string> {
    const text = await readFile(this.#logFile, 'utf8').catch(() => '')
    return text.trimEnd().split('\n').slice(-8).join('\n')
  }

  async kill(): Promise<void> {
    if (this.alive) this.#child.kill('SIGKILL')
    await this.#exited.catch(() => undefined)
  }
}

/**
 * A shell that is told the pids over its standard input. When that ends without the word "end", because this process was
 * killed or crashed, it kills them and removes the folder.
 */
const guardScript = `
trap '' INT TERM HUP
pids=
while read -r word; do
  [ "$word" != end ] || exit 0
  pids="$pids $word"
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
rm -rf "$1"
`

const startGuard = (folder: string): ChildProcess => {
  const guard = spawn('/bin/sh', ['-c', guardScript, 'katametal-bed-guard', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // Neither the guard nor its pipe keeps this process alive.
  guard.unref()
  guard.stdin.on('error', () => undefined)
  return guard
}
