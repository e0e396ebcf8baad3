import { mkdir, mkdtemp, readdir, rmdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { sleep, systemClock } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import { createLogger, type LogLevel } from '../../base/log.js'
import { loadTree } from '../../lab/bmc/load-tree.js'
import type { ResourceTree } from '../../lab/bmc/resource-tree.js'
import type { Fleet } from '../../lab/fleet.js'
import { startKubernetesLab } from '../../lab/kubernetes-lab.js'
import { labNamespace, startLab } from '../../lab/lab.js'
import type { KubeClient } from '../../kube/types.js'
import { LabProgress, type Screen } from './progress.js'
import { type Snapshot, takeSnapshot } from './snapshot.js'

export interface LabFlags {
  readonly hosts: number
  readonly machines: number
  readonly trees: readonly string[]
  readonly speed: number
  readonly profile: string
  readonly folder: string
  /** End as soon as everything runs, instead of waiting for Ctrl-C. */
  readonly once: boolean
  /** Give up after this many seconds. */
  readonly timeout: number
  readonly logLevel: LogLevel
  /** Folder with the programs of a real Kubernetes and Cluster API; the built-in stand-ins when absent. */
  readonly kubernetes?: string
}

/** What both kinds of lab have. */
interface RunningLab {
  readonly client: KubeClient
  readonly fleet: Fleet
  readonly kubeconfigPath: string
  stop(): Promise<void>
}

/**
 * Runs the lab until the signal is aborted (Ctrl-C), showing progress on `screen`. Throws DeadlineExceeded when not
 * everything ran in time.
 */
export const runLab = async (flags: LabFlags, screen: Screen, signal: AbortSignal): Promise<void> => {
  const trees = await loadTrees(flags.trees)
  const parent = resolve(flags.folder)
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, 'run-'))
  const log = createLogger(flags.logLevel)
  screen.write(`Starting the lab: ${partsOf(flags)}, simulated servers with their BMCs, and the manager.\n`)
  const began = systemClock.now()
  const hosts = trees?.length ?? flags.hosts
  const common = {
    folder,
    hosts,
    ...(trees === undefined ? {} : { trees }),
    machines: Math.min(flags.machines, hosts),
    speed: flags.speed,
    firmwareProfile: flags.profile,
    clock: systemClock,
    log,
  }
  const lab: RunningLab =
    flags.kubernetes === undefined
      ? await startLab({ ...common, manager: true })
      : await startKubernetesLab({ ...common, programs: resolve(flags.kubernetes) })
  try {
    await watch(lab, { ...flags, machines: common.machines }, screen, began, signal)
  } finally {
    if (signal.aborted) screen.write('\nStopping the lab.\n')
    await lab.stop()
    // Another lab may still use it.
    await rmdir(parent).catch(() => undefined)
  }
}

const partsOf = ({ kubernetes }: LabFlags): string =>
  kubernetes === undefined ? 'an API server' : 'a real Kubernetes API server and Cluster API'

const watch = async (
  lab: RunningLab,
  flags: LabFlags,
  screen: Screen,
  began: number,
  signal: AbortSignal,
): Promise<void> => {
  const progress = new LabProgress(screen, began)
  let told = false
  while (!signal.aborted) {
    const snapshot = await takeSnapshot(lab.client, labNamespace, flags.machines, signal).catch((error: unknown) => {
      if (signal.aborted) return undefined
      throw error
    })
    if (snapshot === undefined) return
    if (!told) progress.show(snapshot, systemClock.now())
    if (!told && isDone(snapshot)) {
      told = true
      progress.settle()
      screen.write(nextSteps(lab, flags))
      if (flags.once) return
    }
    if (!told && systemClock.now() - began > flags.timeout * 1000)
      throw new KatametalError('DeadlineExceeded', {
        about: 'lab',
        seen: `not everything ran after ${flags.timeout} s; the table above says where each host is`,
      })
    await sleep(systemClock, told ? 60_000 : 250, signal).catch(() => undefined)
  }
}

const isDone = ({ hosts, machines, running }: Snapshot): boolean =>
  machines === 0
    ? hosts.every(({ state }) => state === 'Available')
    : running === machines && hosts.every(({ machine, state }) => machine === '' || state === 'InService')

const nextSteps = (lab: RunningLab, { kubernetes }: LabFlags): string => `
Everything runs. What to try next, in another terminal:

  export KUBECONFIG=${lab.kubeconfigPath}
  kubectl get bmh,kmc,kmm,machines,nodes -A
  kubectl describe bmh ${lab.fleet.machines[0]?.name ?? ''}
  node dist/katametal.js host list
  node dist/katametal.js host explain ${lab.fleet.machines[0]?.name ?? ''}
  ${kubernetes === undefined ? 'kubectl delete machine edge-worker-1       ' : 'kubectl scale machinedeployment edge-worker --replicas=1'} # gives servers back: wiped, off, Available

Ctrl-C ends the lab and removes everything it wrote.
`

/** Each path is one captured tree, or a folder of them. */
const loadTrees = async (paths: readonly string[]): Promise<{ name: string; tree: ResourceTree }[] | undefined> => {
  if (paths.length === 0) return undefined
  const files = (await Promise.all(paths.map(treesAt))).flat()
  if (files.length === 0)
    throw new KatametalError('FileInvalid', { about: paths.join(', '), seen: 'no captured trees in it' })
  return Promise.all(files.map(async path => ({ name: nameOf(path), tree: await loadTree(path) })))
}

const treesAt = async (path: string): Promise<string[]> => {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined)
    throw new KatametalError('FileInvalid', { about: path, seen: 'there is no such file or folder' })
  if (!found.isDirectory()) return [path]
  const entries = await readdir(path, { withFileTypes: true })
  if (entries.some(entry => entry.name === 'redfish' || entry.name === 'index.json')) return [path]
  return entries
    .filter(entry => entry.isDirectory() || /\.tar(\.[gx]z)?$/.test(entry.name))
    .map(entry => join(path, entry.name))
    .sort()
}

/** A name that Kubernetes accepts. */
const nameOf = (path: string): string =>
  basename(path)
    .replace(/\.tar(\.[gx]z)?$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
