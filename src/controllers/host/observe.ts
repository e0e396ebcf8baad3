import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { HostFirmware } from '../../../api/metal/host-firmware.js'
import { providerIDOf } from '../../../api/infrastructure/group.js'
import { type ErrorCode, errorTable, isKatametalError, KatametalError, toKatametalError } from '../../base/errors.js'
import type { AgentResult } from '../../deploy/protocol.js'
import { keyOf } from '../../kube/types.js'
import { isAgentLost } from './agent-lost.js'
import type { AgentTask } from './commands.js'
import { bmcTargetOf, type Credentials, readCredentials } from './credentials.js'
import type { HostFacts, Look } from './facts.js'
import { firmwareFacts, unknownProfile, type WantedFirmware, wantedFirmware } from './firmware.js'
import { describeStep, type Place } from './lifecycle.js'
import { lookAt, type Seen } from './look.js'
import { operationOf } from './operation.js'
import type { HostControllerParts, SeenFromServer, SeenNode } from './ports.js'
import type { RecentLooks } from './recent-looks.js'
import { bmcKeyOf, earlierTwin } from './twin.js'
import { wishesOf } from './wishes.js'

/** One look at a host: the facts for the lifecycle, and what the commands and the report use again. */
export interface Observation {
  readonly facts: HostFacts
  readonly seen: Seen
  readonly server: SeenFromServer
  readonly credentials: Credentials | undefined
  readonly wanted: WantedFirmware | undefined
  readonly firmware: HostFirmware | undefined
  readonly node: SeenNode | undefined
}

/** Index of the host store by {@link bmcKeyOf}. */
export const bmcIndex = 'bmc'

/**
 * Gathers the facts that the present step needs, asking the BMC only for what was not seen a moment ago. Reads only.
 * Never throws, except when the signal was aborted.
 */
export const observe = async (
  host: BareMetalHost,
  place: Place,
  parts: HostControllerParts,
  recent: RecentLooks,
  signal: AbortSignal,
): Promise<Observation> => {
  const key = keyOf(host)
  const wishes = wishesOf(host)
  const failures: KatametalError[] = []
  const wanted = wantedOrUnknown(host, parts)
  if (wanted === undefined && needsProfile(place)) failures.push(unknownProfile(host))
  const firmware = parts.stores.firmwares.get(key)

  const { credentials, seen } = await lookAtBMC(host, describeStep(place).looks, parts, recent, signal)
  if (seen.failure !== undefined) failures.push(seen.failure)

  const server = parts.deploy.seen(deployID(host))
  const agentLost =
    describeStep(place).agentWorks === true &&
    (await isAgentLost(server, parts.clock.now(), async () => {
      return (await lookAtBMC(host, ['power'], parts, recent, signal)).seen.power
    }))
  const agent = agentFacts(host, place, server)
  failures.push(...agent.failures)
  const node = wishes.wantsNode ? parts.nodes.find(host, providerIDOf(host)) : undefined

  const firstBoot = currentFirstBoot(host)
  if (firstBoot?.bootstrap === 'failed' && place.state === 'Joining')
    failures.push(new KatametalError('BootstrapFailed', { ...(firstBoot.message ? { seen: firstBoot.message } : {}) }))
  const proven = wanted === undefined ? undefined : isProven(wanted, firstBoot, firmware, parts)
  if (proven?.missing !== undefined && place.step === 'proof')
    failures.push(new KatametalError('FeatureNotProven', { seen: proven.missing }))
  const kata = node?.kata
  if (kata?.proof?.proven === false && place.step === 'proof')
    failures.push(new KatametalError('KataNotProven', { about: `Node ${node?.name ?? ''}`, seen: kata.proof.message }))

  const facts: HostFacts = {
    ...wishes,
    identified: seen.identity !== undefined,
    inventoryFresh: isFresh(host, parts),
    ...firmwareFacts(host, wanted, firmware, seen.bios),
    power: seen.power === undefined ? undefined : powerFact(seen.power),
    bootClear: seen.bootClear,
    agentHere: server.hello !== undefined,
    agentLost,
    taskDone: agent.done,
    firstBoot: firstBoot?.bootstrap === 'succeeded' || node?.ready === true ? 'succeeded' : 'silent',
    nodeReady: node?.ready === true,
    proven: kata !== undefined && kata.proof?.proven !== true ? false : proven?.proven,
    failure: failures[0],
  }
  return { facts, seen, server, credentials, wanted, firmware, node }
}

/** The deploy operation of a host: the one in its annotation, or, during inspection, one of its own. */
export const deployID = (host: BareMetalHost): string =>
  operationOf(host)?.id ?? `inspect-${host.metadata.uid ?? host.metadata.name}`

/** Names one try of one task of an operation: an agent does each at most once. */
export const taskIDOf = (host: BareMetalHost, task: AgentTask): string =>
  `${deployID(host)}.${task}.${host.status?.attempt ?? 0}`

const wantedOrUnknown = (host: BareMetalHost, parts: HostControllerParts): WantedFirmware | undefined => {
  try {
    return wantedFirmware(host, parts)
  } catch (error) {
    if (isKatametalError(error, 'FirmwareProfileUnknown')) return undefined
    throw error
  }
}

/** A profile that is gone must not keep a host from being given back or deleted. */
const needsProfile = ({ state, step }: Place): boolean =>
  state === 'Preparing' || (state === 'Servicing' && (step === 'plan' || step === 'write')) || step === 'proof'

const lookAtBMC = async (
  host: BareMetalHost,
  looks: readonly Look[],
  parts: HostControllerParts,
  recent: RecentLooks,
  signal: AbortSignal,
): Promise<{ credentials: Credentials | undefined; seen: Seen }> => {
  if (looks.length === 0) return { credentials: undefined, seen: {} }
  let credentials: Credentials | undefined
  try {
    refuseDuplicate(host, parts)
    credentials = await readCredentials(host, parts, signal)
    refuseRefused(host, credentials)
    const target = bmcTargetOf(host, credentials)
    const known = Object.assign({}, ...looks.map(look => recent.of(look))) as Seen
    const open = looks.filter(look => recent.of(look) === undefined)
    if (open.length === 0) return { credentials, seen: known }
    const seen = await parts.bmcs.withBmc(target, credentials.access, signal, (bmc, call) =>
      lookAt(bmc, open, call.signal),
    )
    recent.note(open, seen)
    return { credentials, seen: { ...known, ...seen } }
  } catch (error) {
    signal.throwIfAborted()
    return { credentials, seen: { failure: toKatametalError(error) } }
  }
}

const refuseDuplicate = (host: BareMetalHost, { stores }: HostControllerParts): void => {
  const twin = earlierTwin(host, stores.hosts.byIndex(bmcIndex, bmcKeyOf(host)))
  if (twin !== undefined) throw new KatametalError('DuplicateBMC', { about: host.spec.bmc.address, seen: keyOf(twin) })
}

// A refused password is not tried again until its Secret changes, so that the BMC does not lock the account.
const refuseRefused = (host: BareMetalHost, credentials: Credentials): void => {
  const tried = host.status?.triedCredentials
  const sameBMC = tried?.address === undefined || tried.address === host.spec.bmc.address
  if (tried?.refused === true && tried.resourceVersion === credentials.secretVersion && sameBMC)
    throw new KatametalError('BMCLoginRefused', {
      about: host.spec.bmc.address,
      seen: `not tried again until Secret ${host.spec.bmc.credentialsName} changes`,
    })
}

const isFresh = (host: BareMetalHost, { stores }: HostControllerParts): boolean => {
  const since = host.status?.since
  const read = stores.inventories.get(keyOf(host))?.spec.provenance?.find(({ source }) => source !== 'agent')?.time
  return since !== undefined && read !== undefined && Date.parse(read) >= Date.parse(since)
}

const powerFact = (power: NonNullable<Seen['power']>): HostFacts['power'] =>
  power === 'On' || power === 'Off' ? power : power === 'Unknown' ? undefined : 'Changing'

/** Steps are named after the task that they wait for; what was said of a task is of no interest in another step. */
const agentFacts = (host: BareMetalHost, { step }: Place, server: SeenFromServer) => {
  const failures: KatametalError[] = []
  const done = (task: AgentTask): boolean => {
    const result = step === task ? server.result(taskIDOf(host, task)) : undefined
    if (result !== undefined && !result.ok) failures.push(agentFailure(result))
    return result?.ok === true
  }
  return { done: { write: done('write'), handover: done('handover'), wipe: done('wipe') }, failures }
}

const agentFailure = ({ code, message }: AgentResult): KatametalError =>
  new KatametalError(code !== undefined && code in errorTable ? (code as ErrorCode) : 'AgentFailed', {
    ...(message === undefined ? {} : { seen: message }),
  })

/** The report of the first boot, when it is about what is installed now. */
export const currentFirstBoot = (host: BareMetalHost) => {
  const firstBoot = host.status?.firstBoot
  return firstBoot !== undefined && firstBoot.operationID === operationOf(host)?.id ? firstBoot : undefined
}

/**
 * Whether the demands of the profile are met: shown by the running system when it has told, else by what the BIOS
 * read back. `missing` names what was looked for and not found.
 */
const isProven = (
  wanted: WantedFirmware,
  firstBoot: ReturnType<typeof currentFirstBoot>,
  firmware: HostFirmware | undefined,
  { firmware: port }: HostControllerParts,
): { proven: boolean; missing: string | undefined } => {
  const rows =
    firstBoot?.virtualization === undefined
      ? (firmware?.status?.proof ?? [])
      : port.proveByRunningSystem(wanted.spec, firstBoot.virtualization)
  const missing = rows.filter(row => !row.proven)
  return {
    proven: missing.length === 0,
    missing: missing.length === 0 ? undefined : missing.map(row => `${row.knob}: ${row.evidence}`).join('; '),
  }
}
