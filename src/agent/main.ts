import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { systemClock } from '../base/clock.js'
import { toKatametalError } from '../base/errors.js'
import type { AgentHello, BootSettings, DiscoverySettings } from '../deploy/protocol.js'
import { type ReportProgress, runAgent, type Task } from './agent.js'
import { AgentLog } from './agent-log.js'
import { discover } from './discovery.js'
import { readDrives, readPartitions } from './inventory/drives.js'
import { readInventory } from './inventory/inventory.js'
import { listenForNeighbour, type Neighbour } from './inventory/lldp.js'
import { readNics } from './inventory/nics.js'
import { readNumber } from './inventory/sysfs.js'
import { ManagerClient } from './manager-client.js'
import { setUpNetwork } from './network/set-up.js'
import { runProgram } from './programs.js'
import { isDiscovery, parseSettings } from './settings.js'
import { handOver } from './tasks/hand-over.js'
import { wipe } from './tasks/wipe.js'
import { writeImage } from './tasks/write-image.js'
import { Watchdog } from './watchdog.js'

/**
 * The deploy agent: the only job of the system in RAM that hack/ramdisk builds. `agent.mjs SETTINGS_FILE`. Ends with 0
 * when the manager wants the server off, with 1 and a reason on the console otherwise; /init switches off either way.
 */
const root = '/'
const clock = systemClock
const log = new AgentLog(clock, line => process.stdout.write(`${line}\n`))
const end = new AbortController()
const { signal } = end
const neighbours = new Map<string, Neighbour>()
/** Set by hack/build.js. */
declare const KATAMETAL_VERSION: string

const main = async (settingsFile: string): Promise<void> => {
  const settings = parseSettings(await readFile(settingsFile))
  await catchUpClock(settings.time)
  const watchdog = new Watchdog(clock, (settings.giveUpMinutes ?? 15) * 60_000)
  const nics = () => readNics(root, neighbours)
  await setUpNetwork(isDiscovery(settings) ? {} : settings, { root, nics, run: runProgram, clock, log, signal })
  const own = await ownSettings(settings, watchdog)
  await listen()
  await serve(own, watchdog)
}

const ownSettings = async (settings: BootSettings | DiscoverySettings, watchdog: Watchdog): Promise<BootSettings> => {
  if (!isDiscovery(settings)) return settings
  const macs = (await readNics(root, neighbours)).map(({ mac }) => mac)
  return discover(settings, { macs, clock, log, watchdog, signal })
}

const serve = async (settings: BootSettings, watchdog: Watchdog): Promise<void> => {
  const client = new ManagerClient(settings, signal)
  const bootID = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || randomUUID()
  const drives = () => readDrives(root)
  const hello = async (): Promise<AgentHello> => ({
    agentVersion: KATAMETAL_VERSION,
    bootID,
    inventory: await readInventory(root, neighbours, runProgram),
  })
  const carryOut = (task: Task, progress: ReportProgress) => {
    const common = { drives, run: runProgram, clock, log, signal }
    switch (task.action) {
      case 'write-image':
        return writeImage(task, progress, { ...common, settings })
      case 'handover':
        return handOver(task, { ...common, client })
      case 'wipe':
        return wipe(task, progress, { ...common, partitions: device => readPartitions(root, device) })
    }
  }
  try {
    await runAgent({ client, hello, carryOut, watchdog, clock, log, signal })
  } finally {
    client.close()
  }
}

/** A clock that is behind would take every certificate for one of the future. */
const catchUpClock = async (time: string | undefined): Promise<void> => {
  const there = Date.parse(time ?? '')
  if (Number.isNaN(there) || there <= clock.now()) return
  log.say(`the clock of this server is behind; setting it to ${time ?? ''}`)
  await runProgram('date', ['-u', '-s', `@${Math.floor(there / 1000)}`]).catch(() => undefined)
}

/** A neighbour that is heard later is part of the next hello. */
const listen = async (): Promise<void> => {
  for (const { name } of await readNics(root, neighbours)) {
    const index = await readNumber(root, 'sys/class/net', name, 'ifindex')
    if (index !== undefined) listenForNeighbour(index, neighbour => void neighbours.set(name, neighbour), signal)
  }
}

const [, , settingsFile = '/agent/settings'] = process.argv
// Little may wait in memory, or the last second of the progress would be minutes long.
await writeFile('/proc/sys/vm/dirty_bytes', String(256 * 1024 * 1024)).catch(() => undefined)
try {
  await main(settingsFile)
  process.exitCode = 0
} catch (error) {
  log.say(toKatametalError(error).message)
  process.exitCode = 1
} finally {
  end.abort()
}
