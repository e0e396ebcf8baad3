import type { BareMetalHost, BareMetalHostStatus, HostConditionType } from '../../../api/metal/bare-metal-host.js'
import type { KnobResult } from '../../../api/metal/host-firmware.js'
import type { HostInventory } from '../../../api/metal/host-inventory.js'
import type { Condition } from '../../../api/meta.js'
import { rfc3339 } from '../../base/clock.js'
import type { KatametalError } from '../../base/errors.js'
import type { BmcCapabilities } from '../../bmc/model.js'
import { setCondition } from '../../kube/conditions.js'
import { unknownProfile } from './firmware.js'
import { describeStep, type Place } from './lifecycle.js'
import { currentFirstBoot, type Observation, taskIDOf } from './observe.js'
import { installedOf, operationOf } from './operation.js'

type Status = { -readonly [K in keyof BareMetalHostStatus]?: BareMetalHostStatus[K] | undefined }

/** What the report is made of. */
export interface ReportInput {
  readonly host: BareMetalHost
  readonly place: Place
  readonly observation: Observation
  readonly inventory: HostInventory | undefined
  /** Rows for vtx and vtd on the BIOS as just read, when it was. */
  readonly capability: readonly KnobResult[] | undefined
  readonly failure: KatametalError | undefined
  readonly now: number
}

/** Everything in status that describes (and does not steer) the host. Pure. */
export const describe = (input: ReportInput): Status => {
  const { host, place, observation, inventory, now } = input
  const { identity } = observation.seen
  const known = host.status
  const installed = installedOf(host)
  const { power } = observation.facts
  return {
    observedGeneration: host.metadata.generation ?? 0,
    awaiting: describeStep(place).awaiting,
    operationID: operationOf(host)?.id,
    poweredOn: power === 'On' ? true : power === 'Off' ? false : known?.poweredOn,
    bmc:
      identity === undefined
        ? known?.bmc
        : compact({
            vendor: identity.vendor,
            product: identity.product,
            generation: identity.generation,
            firmwareVersion: identity.firmwareVersion,
            system: identity.system,
            manager: identity.manager,
            bootMethods: [...identity.bootMethods],
            resetTypes: [...identity.resetTypes],
            biosSettings: identity.biosSettings,
            capabilities: identity.capabilities && capabilitiesOf(identity.capabilities),
          }),
    hardware: inventory === undefined ? known?.hardware : summarize(inventory),
    installed: installed === undefined ? undefined : { ...installed },
    node: nodeOf(input),
    addresses: installed === undefined ? undefined : known?.addresses,
    firstBoot: installed === undefined ? undefined : known?.firstBoot,
    wipe: wipeOf(input),
    progress: progressOf(input),
    conditions: conditionsOf(input, now),
  }
}

/** Proof of the wipe that the agent has just told of, else of the last one. */
const wipeOf = ({ host, observation, now }: ReportInput): BareMetalHostStatus['wipe'] => {
  const operationID = operationOf(host)?.id
  const result = observation.server.result(taskIDOf(host, 'wipe'))
  const known = host.status?.wipe
  if (result?.ok !== true || operationID === undefined || known?.operationID === operationID) return known
  return { operationID, time: rfc3339(now), disks: result.proof ?? [] }
}

/** When a step entered now counts as stuck. */
export const deadlineOf = (place: Place, now: number): string | undefined => {
  const { deadlineMs } = describeStep(place)
  return deadlineMs === undefined ? undefined : rfc3339(now + deadlineMs)
}

const summarize = ({ spec }: HostInventory): BareMetalHostStatus['hardware'] => {
  const bytes = spec.storage?.drives?.reduce((sum, drive) => sum + (drive.sizeBytes ?? 0), 0)
  return compact({
    manufacturer: spec.system?.manufacturer,
    model: spec.system?.model,
    serialNumber: spec.system?.serialNumber,
    processor: spec.processors?.sockets?.[0]?.model,
    cores: spec.processors?.cores,
    threads: spec.processors?.threads,
    memoryMiB: spec.memory?.totalMiB,
    storageGiB: bytes === undefined ? undefined : Math.floor(bytes / 1024 ** 3),
    nics: spec.nics?.length,
  })
}

const nodeOf = ({ host, observation }: ReportInput): BareMetalHostStatus['node'] => {
  const { node, facts } = observation
  if (facts.installed === 'nothing' || !facts.wantsNode) return undefined
  if (node === undefined) return host.status?.node
  return {
    name: node.name,
    ready: node.ready,
    providerID: `katametal://${host.metadata.namespace ?? 'default'}/${host.metadata.name}`,
  }
}

const provisioningSteps = ['begin', 'stage', 'agent', 'write', 'handover', 'unstage', 'record']

const progressOf = ({ place, observation }: ReportInput): BareMetalHostStatus['progress'] => {
  if (place.state !== 'Provisioning' || place.step === undefined) return undefined
  const position = { step: provisioningSteps.indexOf(place.step) + 1, steps: provisioningSteps.length }
  const told = observation.server.progress
  if (place.step !== 'write' || told === undefined)
    return { phase: place.step.charAt(0).toUpperCase() + place.step.slice(1), ...position }
  const percent =
    told.totalBytes === undefined || told.totalBytes === 0
      ? undefined
      : Math.floor((told.bytes / told.totalBytes) * 100)
  return compact({
    phase: `${told.phase}Image`,
    ...position,
    bytes: told.bytes,
    totalBytes: told.totalBytes,
    percent: percent === undefined ? undefined : Math.min(percent, 100),
  })
}

interface Verdict {
  readonly type: HostConditionType
  readonly status: Condition['status']
  readonly reason: string
  readonly message: string
}

const conditionsOf = (input: ReportInput, now: number): Condition[] => {
  const { host } = input
  const verdicts = [
    ready(input),
    reachable(input),
    inspected(input),
    firmware(input),
    feature(input, 'VirtualizationEnabled', 'vtx'),
    feature(input, 'IOMMUEnabled', 'vtd'),
    kataCapable(input),
    provisioned(input),
    joined(input),
    kataProven(input),
    stuck(input, now),
    paused,
  ]
  return verdicts.reduce<Condition[]>(
    (conditions, verdict) =>
      verdict === undefined
        ? conditions
        : setCondition(conditions, { ...verdict, observedGeneration: host.metadata.generation ?? 0 }, now),
    host.status?.conditions ?? [],
  )
}

const explainFailure = (failure: KatametalError): string => `${failure.message}. ${failure.remedy}`.slice(0, 4096)

const ready = ({ place, failure }: ReportInput): Verdict => {
  const type = 'Ready'
  if (failure !== undefined) return { type, status: 'False', reason: failure.code, message: explainFailure(failure) }
  if (place.state === 'Available' || place.state === 'InService')
    return { type, status: 'True', reason: place.state, message: `Waiting for ${describeStep(place).awaiting}.` }
  return { type, status: 'False', reason: place.state, message: `Waiting for ${describeStep(place).awaiting}.` }
}

const reachable = ({ host, place, observation, failure }: ReportInput): Verdict | undefined => {
  const type = 'BMCReachable'
  if (failure !== undefined && failure.code.startsWith('BMC'))
    return { type, status: 'False', reason: failure.code, message: explainFailure(failure) }
  if (describeStep(place).looks.length === 0 || observation.seen.failure !== undefined) return undefined
  const { disableCertificateVerification, caBundle, fingerprint } = host.spec.bmc
  return disableCertificateVerification === true && caBundle === undefined && fingerprint === undefined
    ? {
        type,
        status: 'True',
        reason: 'CertificateNotVerified',
        message:
          'The BMC answers. Its certificate is not checked, as spec.bmc.disableCertificateVerification asks: somebody in between could read the password.',
      }
    : { type, status: 'True', reason: 'Reachable', message: 'The BMC answers.' }
}

const inspected = ({ inventory, observation }: ReportInput): Verdict => {
  const type = 'Inspected'
  if (inventory === undefined)
    return observation.facts.inspection === 'disabled'
      ? { type, status: 'True', reason: 'Disabled', message: 'Inspection is disabled in the spec.' }
      : { type, status: 'False', reason: 'NotYet', message: 'The server was not inspected yet.' }
  const problems = inventory.spec.problems?.length ?? 0
  return {
    type,
    status: 'True',
    reason: problems === 0 ? 'Complete' : 'Partial',
    message:
      problems === 0
        ? 'The inventory is complete.'
        : `${problems} resources of the BMC could not be read; see HostInventory.`,
  }
}

const firmware = ({ host, observation, failure }: ReportInput): Verdict => {
  const type = 'FirmwareCompliant'
  if (failure !== undefined && failure.code.startsWith('Firmware'))
    return { type, status: 'False', reason: failure.code, message: explainFailure(failure) }
  if (host.spec.firmwareProfileName === undefined)
    return { type, status: 'True', reason: 'NoProfile', message: 'No firmware profile is asked for.' }
  if (observation.wanted === undefined)
    return {
      type,
      status: 'False',
      reason: 'FirmwareProfileUnknown',
      message: explainFailure(unknownProfile(host)),
    }
  if (observation.facts.firmwareSettled)
    return {
      type,
      status: 'True',
      reason: 'Compliant',
      message: `The firmware meets profile ${host.spec.firmwareProfileName}.`,
    }
  const changes = (observation.firmware?.status?.plan ?? []).filter(row => row.outcome === 'Change')
  return changes.length === 0
    ? {
        type,
        status: 'Unknown',
        reason: 'NotPlanned',
        message: `Profile ${host.spec.firmwareProfileName} was not compared with the BIOS yet.`,
      }
    : {
        type,
        status: 'False',
        reason: 'ChangesPlanned',
        message: changes.map(row => `${row.attribute ?? row.knob}: ${row.from ?? '?'} -> ${row.to ?? '?'}`).join(', '),
      }
}

const feature = (input: ReportInput, type: HostConditionType, knob: 'vtx' | 'vtd'): Verdict | undefined => {
  const running = currentFirstBoot(input.host)?.virtualization
  const shows =
    knob === 'vtx'
      ? (running?.kvm ?? running?.cpuFlag)
      : running?.iommuGroups === undefined
        ? undefined
        : running.iommuGroups > 0
  if (shows !== undefined)
    return shows
      ? { type, status: 'True', reason: 'ProvenByRunningSystem', message: 'The running system shows it.' }
      : { type, status: 'False', reason: 'FeatureNotProven', message: 'The running system does not show it.' }
  const row = input.capability?.find(candidate => candidate.knob === knob)
  if (row === undefined) return undefined
  return {
    type,
    ...featureVerdicts[row.outcome],
    message: `${row.attribute === undefined ? '' : `${row.attribute}: `}${row.evidence}`,
  }
}

const featureVerdicts = {
  AlreadySet: { status: 'True', reason: 'ReadBack' },
  Implied: { status: 'True', reason: 'Implied' },
  Change: { status: 'False', reason: 'Disabled' },
  ReadOnly: { status: 'False', reason: 'Locked' },
  NotExposed: { status: 'Unknown', reason: 'NotExposed' },
  Unknown: { status: 'Unknown', reason: 'NotUnderstood' },
} as const

const kataCapable = ({ host, capability }: ReportInput): Verdict | undefined => {
  const type = 'KataCapable'
  const kvm = currentFirstBoot(host)?.virtualization?.kvm
  if (kvm !== undefined)
    return kvm
      ? { type, status: 'True', reason: 'Yes', message: 'The running system could make a VM.' }
      : { type, status: 'False', reason: 'No', message: 'The running system could not make a VM.' }
  const row = capability?.find(candidate => candidate.knob === 'vtx')
  return row === undefined ? undefined : { type, ...kataVerdicts[row.outcome], message: row.evidence }
}

const kataVerdicts = {
  AlreadySet: { status: 'True', reason: 'Yes' },
  Implied: { status: 'True', reason: 'Yes' },
  Change: { status: 'True', reason: 'CanBeEnabled' },
  ReadOnly: { status: 'False', reason: 'No' },
  NotExposed: { status: 'Unknown', reason: 'Unknown' },
  Unknown: { status: 'Unknown', reason: 'Unknown' },
} as const

const provisioned = ({ place, observation, failure }: ReportInput): Verdict => {
  const type = 'Provisioned'
  if (place.state === 'Joining' || place.state === 'InService' || place.state === 'Servicing')
    return observation.facts.externallyProvisioned
      ? { type, status: 'True', reason: 'Externally', message: 'The server was installed by somebody else.' }
      : { type, status: 'True', reason: 'Installed', message: 'The image is on the disk.' }
  if (place.state === 'Provisioning' && failure !== undefined)
    return { type, status: 'False', reason: failure.code, message: explainFailure(failure) }
  return {
    type,
    status: 'False',
    reason: observation.facts.wantsImage ? 'NotYet' : 'NotWanted',
    message: observation.facts.wantsImage ? 'The image is not on the disk yet.' : 'No image is asked for.',
  }
}

const joined = ({ host, place, observation, failure }: ReportInput): Verdict => {
  const type = 'Joined'
  const { wantsNode, nodeReady } = observation.facts
  if (place.state === 'Joining' && failure !== undefined)
    return { type, status: 'False', reason: failure.code, message: explainFailure(failure) }
  if (place.state === 'InService' && (!wantsNode || nodeReady))
    return {
      type,
      status: 'True',
      reason: wantsNode ? 'NodeReady' : 'FirstBootDone',
      message: wantsNode ? `Node ${observation.node?.name ?? ''} is Ready.` : 'The installed system has started.',
    }
  if (place.state === 'InService')
    return {
      type,
      status: 'False',
      reason: 'NodeNotReady',
      message: `No Ready Node has providerID katametal://${host.metadata.namespace ?? 'default'}/${host.metadata.name}.`,
    }
  return { type, status: 'False', reason: 'NotYet', message: 'The server is not in service.' }
}

const kataProven = ({ place, observation }: ReportInput): Verdict | undefined => {
  const type = 'KataProven'
  const { node, facts } = observation
  const due = place.state === 'InService' || (place.state === 'Joining' && place.step === 'proof')
  if (!due || !facts.wantsNode) return undefined
  if (node?.kata === undefined)
    return { type, status: 'Unknown', reason: 'NotAsked', message: 'No KudProfile asks for Kata on this Node.' }
  const { proof } = node.kata
  return proof === undefined
    ? { type, status: 'Unknown', reason: 'NoKataPodYet', message: 'No Kata pod was seen running on this Node yet.' }
    : { type, status: proof.proven ? 'True' : 'False', reason: proof.reason, message: proof.message }
}

const stuck = ({ host, place }: ReportInput, now: number): Verdict => {
  const type = 'Stuck'
  const { state, step, deadline } = host.status ?? {}
  const late = state === place.state && step === place.step && deadline !== undefined && Date.parse(deadline) < now
  return late
    ? {
        type,
        status: 'True',
        reason: 'StateDeadlinePassed',
        message: `${describeStep(place).awaiting} did not happen before ${deadline}. ${describeStep(place).unblock}`,
      }
    : { type, status: 'False', reason: 'OnTime', message: 'The step is within its deadline.' }
}

const paused: Verdict = { type: 'Paused', status: 'False', reason: 'NotPaused', message: 'Nothing holds the host.' }

type CapabilityStatus = NonNullable<NonNullable<BareMetalHostStatus['bmc']>['capabilities']>

/** As long as the schema takes, and numbers that are none left out. */
const capabilitiesOf = (seen: BmcCapabilities): CapabilityStatus =>
  compact<CapabilityStatus>({
    ...seen,
    mediaSlots: seen.mediaSlots.slice(0, 32),
    applyTimes: seen.applyTimes.slice(0, 16),
    expandLevels: wholeNumber(seen.expandLevels),
    sessionTimeoutSeconds: wholeNumber(seen.sessionTimeoutSeconds),
  })

const wholeNumber = (value: number | undefined): number | undefined =>
  value === undefined || value < 0 ? undefined : Math.round(value)

/** Leaves out what is undefined. */
const compact = <T extends object>(object: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
