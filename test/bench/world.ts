import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.js'
import { silentLogger } from '../../src/base/log.js'
import { type Lab, startLab } from '../../src/lab/lab.js'
import { labBootImage } from '../../src/lab/lab-boot-image.js'
import { followHosts, type HostLog } from './host-log.js'
import { type ManagerProcess, startManagerProcess } from './manager-process.js'
import { type Timeline, timelineOf } from './timeline.js'

export interface WorldOptions {
  readonly hosts: number
  readonly speed: number
  readonly concurrency?: number | undefined
}

/** Simulated servers and an API server in this process, the manager in another; nothing is applied yet. */
export interface World {
  readonly lab: Lab
  readonly manager: ManagerProcess
  readonly hosts: ReadonlyMap<string, HostLog>
  /** When the manager last wrote anything but its lease. */
  readonly lastWrite: () => number
  /** Makes all hosts known to the API server. */
  applyHosts(): void
  timelines(): Timeline[]
  /** Where every host is, and the end of the manager's log. */
  readonly describe: () => string
  stop(): Promise<void>
}

export const startWorld = async ({ hosts, speed, concurrency }: WorldOptions): Promise<World> => {
  const heldBack: object[] = []
  const lab = await startLab({
    folder: await mkdtemp(join(tmpdir(), 'katametal-bench-')),
    hosts,
    machines: 0,
    speed,
    firmwareProfile: 'kata',
    manager: false,
    adapt: manifest => {
      heldBack.push(manifest)
      return undefined
    },
    clock: systemClock,
    log: silentLogger,
  })
  try {
    const log = followHosts(lab.api.storage, Date.now)
    let lastWrite = 0
    lab.api.storage.subscribe(table => {
      if (!table.endsWith('/leases')) lastWrite = Date.now()
    })
    const manager = await startManagerFor(lab, concurrency)
    return {
      lab,
      manager,
      hosts: log,
      lastWrite: () => lastWrite,
      applyHosts: () => heldBack.forEach(manifest => lab.api.applyManifest(manifest)),
      timelines: () => lab.fleet.machines.map(machine => timelineOf(machine, log.get(machine.name)?.edits ?? [])),
      describe: () => `${placesOf(log)}\n${manager.tail()}`,
      stop: async () => {
        await manager.stop()
        await lab.stop()
      },
    }
  } catch (error) {
    await lab.stop()
    throw error
  }
}

const startManagerFor = async (lab: Lab, concurrency: number | undefined): Promise<ManagerProcess> => {
  const bootImage = join(lab.managerKubeconfigPath, '../boot.img')
  await writeFile(bootImage, labBootImage())
  const manager = await startManagerProcess({ kubeconfig: lab.managerKubeconfigPath, bootImage, concurrency })
  for (const { server } of lab.fleet.machines) server.netbootURL = `${manager.deployURL}/v1/netboot`
  return manager
}

/** How many hosts are at which place. */
const placesOf = (hosts: ReadonlyMap<string, HostLog>): string => {
  const counts = new Map<string, number>()
  for (const { latest } of hosts.values()) {
    const { state = 'new', step = '', conditions = [] } = latest.status ?? {}
    const reason = conditions.find(({ type }) => type === 'Ready')?.reason ?? ''
    const place = `${state} ${step} (${reason})`
    counts.set(place, (counts.get(place) ?? 0) + 1)
  }
  return [...counts].map(([place, count]) => `${String(count).padStart(5)} ${place}`).join('\n')
}
