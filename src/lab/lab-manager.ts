import type { Clock } from '../base/clock.js'
import type { Logger } from '../base/log.js'
import type { Checkpoint } from '../controllers/host/ports.js'
import { bootImageFrom } from '../deploy/boot-image.js'
import type { ApiAccess } from '../kube/api-access.js'
import { type Manager, startManager } from '../main.js'
import type { Fleet } from './fleet.js'
import { labBootImage } from './lab-boot-image.js'
import { managerNamespace } from './provider-manifests.js'

/** What a manager of the lab is started with. */
export interface ManagerSettings {
  readonly access: ApiAccess
  readonly clock: Clock
  readonly log: Logger
  readonly checkpoint?: Checkpoint
  /** Servers find the next manager only at the port of the first; any when absent. */
  readonly deployPort?: number
  readonly agentPatienceMs?: number
  readonly watchNamespace?: string
  readonly watchFilter?: string
}

/**
 * Starts a manager in this process and tells the servers where to boot from the network. Tests start several, one after
 * the other. Resolves when its deploy server listens.
 */
export const startManagerFor = async (fleet: Fleet, settings: ManagerSettings): Promise<Manager> => {
  const { deployPort = 0, log, ...others } = settings
  const manager = await startManager({
    ...others,
    ownNamespace: managerNamespace,
    leaderElection: false,
    deploy: { address: '127.0.0.1', port: deployPort },
    bootImages: { iso: await bootImageFrom(labBootImage()) },
    probes: { address: '127.0.0.1', port: 0 },
    concurrency: 16,
    log: log.child({ room: 'manager' }),
  })
  await deployURL(manager)
  for (const { server } of fleet.machines) server.netbootURL = `${manager.deployURL() ?? ''}/v1/netboot`
  return manager
}

/** The manager opens its deploy server in the background. */
const deployURL = async (manager: Manager): Promise<void> => {
  for (let turn = 0; turn < 500 && manager.deployURL() === undefined; turn++)
    await Promise.race([new Promise(resolve => setTimeout(resolve, 20)), manager.done])
}
