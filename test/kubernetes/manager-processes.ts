import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { packageRoot } from '../../src/base/package-root.js'

/** A manager as users run it, with leader election, in a process of its own. */
export interface ManagerProcess {
  /** Whether it has said that it leads. */
  readonly leads: boolean
  /** The last lines of its log. */
  tail(): string
  /** SIGKILL: nothing is said, released or logged out. */
  kill(): Promise<void>
}

export interface ManagerProcessSettings {
  readonly kubeconfig: string
  readonly bootImage: string
  readonly namespace: string
  /** The same for all managers, as behind a Service: only the leader listens. */
  readonly deployPort: number
}

/** Starts `dist/katametal.js manager`; it leads when it gets the lease. */
export const spawnManager = (settings: ManagerProcessSettings): ManagerProcess => {
  const child = spawn(
    process.execPath,
    [
      join(packageRoot(), 'dist/katametal.js'),
      'manager',
      ...['--kubeconfig', settings.kubeconfig, '--boot-image', settings.bootImage, '--namespace', settings.namespace],
      ...['--deploy-address', `127.0.0.1:${settings.deployPort}`, '--probes-address', '127.0.0.1:0'],
      // A server that looked for its boot medium while nobody led is started again after this.
      ...['--agent-patience', '10'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const log = follow(child)
  return {
    get leads() {
      return log.leads
    },
    tail: () => log.lines.join('\n'),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

const follow = ({ stderr }: ChildProcess): { readonly lines: string[]; leads: boolean } => {
  const log = { lines: [] as string[], leads: false }
  if (stderr === null) throw new Error('the log of the manager is not piped')
  createInterface({ input: stderr }).on('line', line => {
    log.lines.push(line)
    if (log.lines.length > 20) log.lines.shift()
    if (line.includes('"the manager works"')) log.leads = true
  })
  return log
}
