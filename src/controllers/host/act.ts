import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { hostAnnotations, hostFinalizer } from '../../../api/metal/group.js'
import { rfc3339 } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import type { Bmc } from '../../bmc/model.js'
import { removeFinalizer } from '../../kube/finalizers.js'
import { keyOf } from '../../kube/types.js'
import { awaitAgent, awaitFirstBoot, bootAgent, checkWish, directAgent } from './act-agent.js'
import { planFirmware, writeFirmware } from './act-firmware.js'
import { inspect, mergeAgentInventory } from './act-inspect.js'
import type { HostCommand } from './commands.js'
import { bmcTargetOf } from './credentials.js'
import { deployID, type Observation } from './observe.js'
import { unlessUnsupported } from './look.js'
import { installedOf, operationOf, wantedImage } from './operation.js'
import type { HostControllerParts } from './ports.js'
import { rebootAnnotations } from './wishes.js'

/** What a command may use. `patch` writes annotations and status of the host, read-your-writes safe. */
export interface Act {
  readonly host: BareMetalHost
  readonly observation: Observation
  readonly parts: HostControllerParts
  readonly signal: AbortSignal
  /** When this command was first sent in the present step, in this process; undefined for the first time. */
  readonly sentAt: number | undefined
  readonly annotate: (annotations: Readonly<Record<string, string | null>>) => Promise<void>
  readonly patchStatus: (status: object) => Promise<void>
}

/**
 * How long the same command is not sent again within a step: what was asked of a BMC takes a while to show. Commands
 * that only touch our own memory or the API are repeated at will.
 */
export const repeatAfterMs = (command: HostCommand): number => {
  switch (command.type) {
    case 'powerOn':
    case 'powerOff':
    case 'bootAgent':
      return 30_000
    case 'writeFirmware':
      return 60_000
    case 'shutDown':
      return 5_000
    default:
      return 0
  }
}

/** Runs one command. Throws KatametalError; what was done before it threw is seen by the next look. */
export const act = async (command: HostCommand, context: Act): Promise<void> => {
  switch (command.type) {
    case 'inspect':
      return inspect(context)
    case 'mergeAgentInventory':
      return mergeAgentInventory(context)
    case 'planFirmware':
      return planFirmware(context)
    case 'writeFirmware':
      return writeFirmware(context)
    case 'settleFirmware':
      return context.patchStatus({ firmwareDigest: context.observation.wanted?.digest ?? 'none' })
    case 'powerOn':
      return ask(context, bmc => bmc.setPower('On', context))
    case 'powerOff':
      return ask(context, bmc => bmc.setPower('ForceOff', context))
    case 'shutDown':
      return shutDown(context)
    case 'beginOperation':
      return beginOperation(context, command.params.kind)
    case 'bootAgent':
      return bootAgent(context)
    case 'awaitAgent':
      return awaitAgent(context)
    case 'forgetAgent':
      return context.parts.deploy.forgetAgent(deployID(context.host))
    case 'directAgent':
      return directAgent(context, command.params.task)
    case 'clearBoot':
      return ask(context, bmc => clearBoot(bmc, context.signal))
    case 'recordInstalled':
      return recordInstalled(context)
    case 'awaitFirstBoot':
      return awaitFirstBoot(context)
    case 'closeOperation':
      return context.parts.deploy.end(deployID(context.host))
    case 'endOperation':
      context.parts.deploy.end(deployID(context.host))
      return context.annotate({ [hostAnnotations.operation]: null, [hostAnnotations.blockMove]: null })
    case 'forgetInstalled':
      context.parts.deploy.end(deployID(context.host))
      return context.annotate({
        [hostAnnotations.installed]: null,
        [hostAnnotations.operation]: null,
        [hostAnnotations.blockMove]: null,
      })
    case 'acknowledgeReboot':
      return acknowledgeReboot(context)
    case 'acknowledgeInspect':
      return context.annotate({ [hostAnnotations.inspect]: null })
    case 'release':
      return release(context)
  }
}

/** Opens the BMC of the host for one command. */
export const ask = async <R>(
  { host, observation, parts, signal }: Pick<Act, 'host' | 'observation' | 'parts' | 'signal'>,
  use: (bmc: Bmc) => Promise<R>,
): Promise<R> => {
  const { credentials } = observation
  if (credentials === undefined)
    throw new KatametalError('Internal', { about: keyOf(host), seen: 'a BMC command in a step that looks at no BMC' })
  const target = bmcTargetOf(host, credentials)
  return parts.bmcs.withBmc(target, credentials.access, signal, use)
}

// An operating system may take its time or not listen at all; then the power is cut.
const gracefulMs = 180_000

const shutDown = async (context: Act): Promise<void> => {
  if (context.host.metadata.annotations?.[hostAnnotations.cutPower] !== undefined)
    return ask(context, bmc => bmc.setPower('ForceOff', context))
  if (context.sentAt === undefined) return ask(context, bmc => bmc.setPower('GracefulOff', context))
  if (context.parts.clock.now() - context.sentAt > gracefulMs)
    return ask(context, bmc => bmc.setPower('ForceOff', context))
}

const beginOperation = async (context: Act, kind: 'Provision' | 'Deprovision'): Promise<void> => {
  const { host, parts, annotate } = context
  // What is wrong with the wish is said before the server is touched.
  if (kind === 'Provision') await checkWish(context)
  const previous = operationOf(host)
  if (previous !== undefined) parts.deploy.end(previous.id)
  const image = kind === 'Provision' ? wantedImage(host) : undefined
  return annotate({
    [hostAnnotations.operation]: JSON.stringify({ id: parts.newID(), kind, ...(image === undefined ? {} : { image }) }),
    [hostAnnotations.blockMove]: '',
  })
}

const clearBoot = async (bmc: Bmc, signal: AbortSignal): Promise<void> => {
  await unlessUnsupported(() => bmc.ejectVirtualMedia({ signal }))
  await unlessUnsupported(() => bmc.setBootOverride({ target: 'None', enabled: 'Disabled' }, { signal }))
}

const recordInstalled = ({ host, parts, annotate }: Act): Promise<void> => {
  const operation = operationOf(host)
  if (operation?.image === undefined)
    throw new KatametalError('Internal', { about: keyOf(host), seen: 'an image was written without an operation' })
  const installed = { ...operation.image, operationID: operation.id, time: rfc3339(parts.clock.now()) }
  return annotate({ [hostAnnotations.installed]: JSON.stringify(installed) })
}

const acknowledgeReboot = async ({ host, annotate, patchStatus }: Act): Promise<void> => {
  const handled = rebootAnnotations(host).filter(name => name !== hostAnnotations.reboot)
  await patchStatus({ handledReboots: handled })
  await annotate({ [hostAnnotations.reboot]: null })
}

const release = async ({ host, parts, signal }: Act): Promise<void> => {
  const installed = installedOf(host)
  if (installed !== undefined && host.spec.externallyProvisioned !== true)
    throw new KatametalError('HostInUse', { about: keyOf(host), seen: installed.url })
  parts.deploy.end(deployID(host))
  await parts.bmcs.forget(host.spec.bmc.address)
  await removeFinalizer(parts.clients.hosts, host, hostFinalizer, { signal })
}
