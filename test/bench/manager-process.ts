import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { packageRoot } from '../../src/base/package-root.js'

/** What the manager's process has used so far. */
export interface Usage {
  /** Resident memory now, and the most it ever was; MiB. */
  readonly residentMiB: number
  readonly peakMiB: number
  readonly cpuSeconds: number
  /** Of the time since the last look, by the sampling of prom-client, which includes its interval of 10 ms. */
  readonly eventLoopLagP99Ms: number
  readonly apiRequests: number
  readonly reconciles: number
}

/** The manager as users run it: the bundle, in a process of its own. */
export interface ManagerProcess {
  readonly deployURL: string
  /** Steps that failed, by error code. */
  readonly failures: ReadonlyMap<string, number>
  usage(): Promise<Usage>
  /** The last lines of its log. */
  tail(): string
  /** Rejects when it ends before it was stopped. */
  readonly died: Promise<never>
  stop(): Promise<void>
  /** Ends it in the middle of whatever it does, as a crash would. */
  kill(): Promise<void>
}

export interface ManagerProcessOptions {
  readonly kubeconfig: string
  readonly bootImage: string
  readonly concurrency?: number | undefined
  /** `host:port`; a free one on the loopback when absent. */
  readonly deployAddress?: string
  /** More words of the command line. */
  readonly flags?: readonly string[]
}

const startUpMs = 30_000
const logLines = 60

/** Starts `dist/katametal.js manager` with leader election and resolves when it works. */
export const startManagerProcess = async (options: ManagerProcessOptions): Promise<ManagerProcess> => {
  const { kubeconfig, bootImage, concurrency, deployAddress = '127.0.0.1:0', flags = [] } = options
  const probes = `127.0.0.1:${await freePort()}`
  const child = spawn(
    process.execPath,
    [
      join(packageRoot(), 'dist/katametal.js'),
      'manager',
      ...['--kubeconfig', kubeconfig, '--boot-image', bootImage],
      ...['--deploy-address', deployAddress, '--probes-address', probes, ...flags],
      ...(concurrency === undefined ? [] : ['--concurrency', String(concurrency)]),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const log = followLog(child)
  let stopping = false
  const died = once(child, 'exit').then(([code]: unknown[]): never => {
    throw new Error(`the manager ended with ${String(code)}\n${log.lines.join('\n')}`)
  })
  died.catch(() => undefined)
  const stop = async (): Promise<void> => {
    if (stopping || child.exitCode !== null) return
    stopping = true
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const hard = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(hard)
  }
  try {
    const deployURL = await Promise.race([log.working, died, late()])
    return {
      deployURL,
      failures: log.failures,
      usage: () => usageOf(child.pid ?? 0, probes),
      tail: () => log.lines.join('\n'),
      died,
      stop,
      kill: async () => {
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const late = async (): Promise<never> => {
  await new Promise(resolve => setTimeout(resolve, startUpMs).unref())
  throw new Error(`the manager does not work after ${startUpMs} ms`)
}

interface LogLine {
  readonly msg?: string
  readonly deploy?: string
  readonly err?: { readonly code?: string }
}

/** Reads its log: where it serves, which steps failed, and the last lines. */
const followLog = (child: ChildProcess) => {
  const lines: string[] = []
  const failures = new Map<string, number>()
  let works: (deployURL: string) => void = () => undefined
  const working = new Promise<string>(resolve => (works = resolve))
  if (child.stderr === null) throw new Error('the log of the manager is not piped')
  createInterface({ input: child.stderr }).on('line', text => {
    lines.push(text)
    if (lines.length > logLines) lines.shift()
    const { msg, deploy, err } = parse(text)
    if (msg === 'the manager works' && deploy !== undefined) works(deploy)
    if (msg === 'a step failed') failures.set(err?.code ?? '?', (failures.get(err?.code ?? '?') ?? 0) + 1)
  })
  return { lines, failures, working }
}

const parse = (text: string): LogLine => {
  try {
    return JSON.parse(text) as LogLine
  } catch {
    // A stack trace or a warning of Node.js; it stays in the last lines.
    return {}
  }
}

const usageOf = async (pid: number, probes: string): Promise<Usage> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const metrics = await (await fetch(`http://${probes}/metrics`)).text()
  return {
    residentMiB: kibibytes(status, 'VmRSS') / 1024,
    peakMiB: kibibytes(status, 'VmHWM') / 1024,
    cpuSeconds: sumOf(metrics, 'process_cpu_seconds_total'),
    eventLoopLagP99Ms: sumOf(metrics, 'nodejs_eventloop_lag_p99_seconds') * 1000,
    apiRequests: sumOf(metrics, 'rest_client_requests_total'),
    reconciles: sumOf(metrics, 'controller_runtime_reconcile_total'),
  }
}

const kibibytes = (status: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0)

/** The sum over all label sets of one metric in the Prometheus text format. */
export const sumOf = (text: string, metric: string): number =>
  text
    .split('\n')
    .filter(line => line.startsWith(`${metric} `) || line.startsWith(`${metric}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
