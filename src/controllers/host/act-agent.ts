import { KatametalError } from '../../base/errors.js'
import type { Bmc, BootMethod } from '../../bmc/model.js'
import type { AgentPlan } from '../../deploy/protocol.js'
import { keyOf } from '../../kube/types.js'
import { type Act, ask } from './act.js'
import { bootDataOf, secretText } from './boot-data.js'
import type { AgentTask } from './commands.js'
import { recordFirstBoot } from './first-boot.js'
import { deployID, taskIDOf } from './observe.js'
import type { BootDataParts } from '../../deploy/operations.js'
import { imagePlanOf } from './image-plan.js'
import { chooseRootDevice, preservedDisks } from './root-device.js'

/** Opens the operation at the deploy server, points the next boot of the server to the agent and switches it on. */
export const bootAgent = async (context: Act): Promise<void> => {
  await openForAgent(context)
  await ask(context, async bmc => {
    await pointToAgent(bmc, context)
    if (context.sentAt === undefined) await takeBackPower(bmc, context)
    await bmc.setPower('On', context)
  })
}

/**
 * A server that came on since it was seen off (a power-on that was still on its way, somebody at the button) may have
 * passed its boot override: it is switched off, and the step begins again. Throws BMCBusy then.
 */
const takeBackPower = async (bmc: Bmc, context: Act): Promise<void> => {
  if ((await bmc.readPower(context)) === 'Off') return
  await bmc.setPower('ForceOff', context)
  const seen = 'the server came on by itself before it was told to boot the deploy agent, and was switched off again'
  throw new KatametalError('BMCBusy', { about: keyOf(context.host), seen })
}

/**
 * Keeps the operation open for a server that is booting the agent already. One whose patience has ended is switched
 * off: the next look boots it once more.
 */
export const awaitAgent = async (context: Act): Promise<void> => {
  const { observation, parts, sentAt } = context
  await openForAgent(context)
  const waited = sentAt === undefined ? 0 : parts.clock.now() - sentAt
  if (observation.facts.power === 'On' && waited > parts.agentPatienceMs)
    await ask(context, bmc => bmc.setPower('ForceOff', context))
}

const openForAgent = async (context: Act): Promise<void> => {
  const network = await secretText(context, context.host.spec.preprovisioningNetworkDataName, 'networkData')
  beginOperation(context, { network })
}

/** Gives the agent its task. Harmless to repeat: an agent does each task id once. */
export const directAgent = async (context: Act, task: AgentTask): Promise<void> => {
  const { host, observation, parts } = context
  // The agent could only say that it was refused the boot data, not why.
  if (task === 'handover') await bootDataOf(context)
  beginOperation(context, { bootData: () => bootDataOf(context) })
  // After a restart of the manager its disks are not known until it has said hello again.
  if (observation.server.hello !== undefined) parts.deploy.setPlan(deployID(host), planOf(context, task))
}

/** Keeps the operation open for the report of the first boot. */
export const awaitFirstBoot = async (context: Act): Promise<void> => {
  beginOperation(context, {})
}

const beginOperation = (
  { host, parts }: Act,
  { network, bootData }: { network?: string | undefined; bootData?: () => Promise<BootDataParts> },
): void =>
  parts.deploy.begin({
    id: deployID(host),
    host: keyOf(host),
    mac: host.spec.bootMACAddress?.toLowerCase(),
    network,
    bootData,
    logged: lines => {
      for (const { time, text } of lines) parts.log.info({ host: keyOf(host), at: time }, `agent: ${text}`)
    },
    recordPhoneHome: phoneHome => recordFirstBoot(host, phoneHome, parts),
  })

const pointToAgent = async (bmc: Bmc, { host, parts, signal }: Act): Promise<void> => {
  const { bootMethods } = await bmc.identify({ signal })
  const method = bootMethods.find(candidate => candidate !== 'Pxe' || host.spec.bootMACAddress !== undefined)
  if (method === undefined)
    throw new KatametalError('BootMethodMissing', {
      about: keyOf(host),
      seen: `the BMC offers ${bootMethods.join(', ') || 'none'} and spec.bootMACAddress is not set`,
    })
  const url = parts.deploy.mediaURL(deployID(host), method === 'UefiHttp' ? 'efi' : 'iso')
  await pointers[method](bmc, url, signal)
}

const pointers: Record<BootMethod, (bmc: Bmc, url: string, signal: AbortSignal) => Promise<void>> = {
  VirtualMedia: async (bmc, url, signal) => {
    await bmc.insertVirtualMedia(url, { signal })
    await bmc.setBootOverride({ target: 'Cd', enabled: 'Once' }, { signal })
  },
  UefiHttp: (bmc, url, signal) =>
    bmc.setBootOverride({ target: 'UefiHttp', enabled: 'Once', httpBootUri: url }, { signal }),
  Pxe: (bmc, _url, signal) => bmc.setBootOverride({ target: 'Pxe', enabled: 'Once' }, { signal }),
}

const planOf = ({ host, observation }: Act, task: AgentTask): AgentPlan => {
  const taskID = taskIDOf(host, task)
  const { rootDeviceHints, preservedDisks: preserved, automatedCleaningMode } = host.spec
  const disks = observation.server.hello?.inventory.drives ?? []
  const kept = preservedDisks(disks, preserved)
  if (task === 'wipe') {
    const level = automatedCleaningMode === 'disabled' ? 'metadata' : automatedCleaningMode
    return { action: 'wipe', taskID, level, keep: kept.map(({ deviceName }) => deviceName) }
  }
  const free = disks.filter(disk => !kept.includes(disk))
  const { deviceName: device, sizeBytes, serialNumber } = chooseRootDevice(free, rootDeviceHints)
  if (task === 'handover') return { action: 'handover', taskID, device }
  const expected = { sizeBytes, ...(serialNumber === undefined ? {} : { serialNumber }) }
  return { action: 'write-image', taskID, device, expected, image: imagePlanOf(host) }
}

/** Throws what is wrong with the image or the boot data of the spec, as far as it can be told without the server. */
export const checkWish = async (context: Act): Promise<void> => {
  imagePlanOf(context.host)
  await bootDataOf(context)
}
