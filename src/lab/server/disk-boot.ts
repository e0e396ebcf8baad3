import { parse } from 'yaml'
import { z } from 'zod'
import type { Clock } from '../../base/clock.js'
import { sleep } from '../../base/clock.js'
import { toKatametalError } from '../../base/errors.js'
import { agentPaths, type BootData, type PhoneHome } from '../../deploy/protocol.js'
import type { FirmwareFacts } from './board.js'
import type { BootstrappedSystem, Disk, Installed, NodeRequest } from './disk.js'
import { HttpsClient } from './https-client.js'
import { handlersIn } from './vendor-data.js'
import { virtualizationOf } from './inventory.js'
import type { NodeApi } from './join.js'
import { readKubeadmRun } from './kubeadm.js'
import type { ServerJournal } from './server-journal.js'
import type { ServerTimings } from './timings.js'

/** What the installed system runs on. */
export interface SystemWorld {
  readonly disk: Disk
  readonly firmware: () => FirmwareFacts
  readonly nodeApi: NodeApi
  readonly clock: Clock
  readonly timings: ServerTimings
  readonly journal: ServerJournal
  /** Aborted when power goes off. */
  readonly signal: AbortSignal
}

const metaDataSchema = z.looseObject({
  'instance-id': z.string(),
  'local-hostname': z.string().optional(),
  provider_id: z.string().optional(),
})

const userDataSchema = z.looseObject({
  katametal_lab_join: z
    .object({ server: z.string(), caData: z.string(), token: z.string(), nodeName: z.string() })
    .optional(),
})

/**
 * Boots the installed system: the first boot of an instance runs its user data and phones home, later ones only start
 * what the first one left behind. Without a config drive nothing happens after the boot.
 */
export const bootSystem = async (installed: Installed, world: SystemWorld): Promise<void> => {
  const { journal, clock, timings, signal, disk } = world
  await journal.busy('disk boot', () => sleep(clock, timings.diskBoot, signal))
  const { bootData } = installed
  if (bootData === undefined) return journal.note('no config drive')
  const meta = metaDataSchema.parse(parse(bootData.metaData))
  if (installed.bootstrapped?.instanceID === meta['instance-id']) {
    journal.note('later boot')
    const { node } = installed.bootstrapped
    if (node !== undefined) await startNode(node, world)
    return
  }
  const outcome = await journal.busy('first boot', () => firstBoot(bootData, meta, world))
  if (outcome.system !== undefined) disk.install({ ...installed, bootstrapped: outcome.system })
  await phoneHome(bootData, outcome.report, world)
}

interface Outcome {
  readonly report: PhoneHome
  /** Absent when the bootstrap failed: the next boot tries it again. */
  readonly system: BootstrappedSystem | undefined
}

const firstBoot = async (
  bootData: BootData,
  meta: z.output<typeof metaDataSchema>,
  world: SystemWorld,
): Promise<Outcome> => {
  const { journal, clock, timings, signal, firmware } = world
  const hostName = meta['local-hostname'] ?? 'localhost'
  journal.note(`first boot ${meta['instance-id']}`)
  await sleep(clock, timings.bootstrap, signal)
  const report = { hostName, addresses: [], virtualization: virtualizationOf(firmware()) }
  try {
    const asked = nodeRequestOf(Buffer.from(bootData.userData, 'base64').toString(), meta)
    const node = asked === undefined ? undefined : { ...asked, handlers: handlersIn(bootData.vendorData) }
    if (node !== undefined) await world.nodeApi(node, { clock, readyAfterMs: timings.nodeReady, signal })
    if (node !== undefined) journal.note(`node ${node.nodeName} is ready`)
    return {
      report: { ...report, bootstrap: 'succeeded' },
      system: { instanceID: meta['instance-id'], hostName, ...(node === undefined ? {} : { node }) },
    }
  } catch (error) {
    signal.throwIfAborted()
    journal.note('bootstrap failed')
    return {
      report: { ...report, bootstrap: 'failed', log: toKatametalError(error).message.slice(0, 8000) },
      system: undefined,
    }
  }
}

/** Only a cloud-config can make a Node; other user data (scripts) is taken as run. */
const nodeRequestOf = (userData: string, meta: z.output<typeof metaDataSchema>): NodeRequest | undefined => {
  const kubeadm = readKubeadmRun(userData, meta)
  if (kubeadm !== undefined) return kubeadm
  if (!userData.startsWith('#cloud-config')) return undefined
  const join = userDataSchema.safeParse(parse(userData)).data?.katametal_lab_join
  const { provider_id: providerID } = meta
  return join === undefined ? undefined : { ...join, ...(providerID === undefined ? {} : { providerID }) }
}

/** kubelet never gives up. */
const startNode = async (
  node: NodeRequest,
  { nodeApi, clock, timings, signal, journal }: SystemWorld,
): Promise<void> => {
  for (let pause = timings.retry; ; pause = Math.min(pause * 2, timings.retry * 16)) {
    try {
      await nodeApi(node, { clock, readyAfterMs: timings.nodeReady, signal })
      return journal.note(`node ${node.nodeName} is ready`)
    } catch {
      await sleep(clock, pause, signal)
    }
  }
}

/** Repeats until the manager has taken the report, or says that it does not want it any more. */
const phoneHome = async (
  { phoneHomeURL, phoneHomeToken, ca }: BootData,
  report: PhoneHome,
  { clock, timings, signal, journal }: SystemWorld,
): Promise<void> => {
  const client = new HttpsClient({ ca }, signal)
  try {
    for (let pause = timings.retry; ; pause = Math.min(pause * 2, timings.retry * 16)) {
      const answer = await client
        .send(phoneHomeURL, { method: 'POST', token: phoneHomeToken, json: report })
        .catch(() => undefined)
      signal.throwIfAborted()
      if (answer?.status === 200) {
        journal.told(agentPaths.phoneHome)
        return journal.note('phoned home')
      }
      if (answer?.status === 410) return
      await sleep(clock, pause, signal)
    }
  } finally {
    client.close()
  }
}
