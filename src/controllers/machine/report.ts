import type { Machine } from '../../../api/cluster-api.js'
import type { machineConditionTypes } from '../../../api/infrastructure/kata-metal-machine.js'
import type { Condition } from '../../../api/meta.js'
import type { BareMetalHost, HostState } from '../../../api/metal/bare-metal-host.js'
import { type ErrorCode, errorTable } from '../../base/errors.js'
import type { Gate, Loss } from './decide.js'
import type { MachineReason } from './reasons.js'
import { describeTurn, type Turn } from './turn.js'

export type MachineConditionType = (typeof machineConditionTypes)[number]

/** A condition without its times: what is to be said. */
export type Verdict = Pick<Condition, 'status' | 'message'> & { readonly reason: MachineReason | ErrorCode }

export type Verdicts = Readonly<Record<Exclude<MachineConditionType, 'Paused'>, Verdict>>

/** What a reconcile came to, as far as conditions tell it. */
export type Situation =
  | { readonly is: 'Gated'; readonly gate: Gate; readonly clusterName: string }
  /** The bootstrap Secret is there by name only, or nobody can use it. */
  | { readonly is: 'BootstrapUnusable'; readonly code: ErrorCode; readonly message: string }
  | { readonly is: 'NoAddress'; readonly message: string }
  /** `turn` is the place in the queue; undefined when no host of the namespace could ever serve. */
  | { readonly is: 'NoHost'; readonly message: string; readonly turn: Turn | undefined }
  | { readonly is: 'Claimed'; readonly host: BareMetalHost; readonly provisioned: boolean; readonly providerID: string }
  | { readonly is: 'Lost'; readonly hostName: string; readonly loss: Loss; readonly provisioned: boolean }
  | { readonly is: 'Releasing'; readonly message: string; readonly hostName: string }

/** States of a host in which the operating system is written and its boot was triggered. */
const installedStates: readonly HostState[] = ['Joining', 'InService', 'Servicing']

export const isInstalled = (host: BareMetalHost): boolean =>
  host.status?.state !== undefined && installedStates.includes(host.status.state)

/**
 * The conditions of a KataMetalMachine. `Ready` is what core mirrors as InfrastructureReady: True as soon as the
 * infrastructure is there, whether or not the Node has joined, and after that False only for real trouble, because a
 * False would take the Machine out of the counters of its set.
 */
export const verdictsFor = (situation: Situation, owner: Machine | undefined): Verdicts => {
  switch (situation.is) {
    case 'Gated':
      return gated(situation.gate, situation.clusterName, owner)
    case 'BootstrapUnusable': {
      const cause = no(situation.code, `${situation.message}. ${errorTable[situation.code].remedy}`)
      return { ...nothingYet(cause), BootstrapDataReady: cause }
    }
    case 'NoAddress': {
      const cause = no('WaitingForAddress', situation.message)
      return { ...nothingYet(cause), BootstrapDataReady: bootstrapReady, HostClaimed: cause }
    }
    case 'NoHost':
      return noHost(situation.message, situation.turn)
    case 'Claimed':
      return situation.provisioned
        ? provisioned(situation.host, situation.providerID, owner)
        : provisioning(situation.host)
    case 'Lost':
      return lost(situation.hostName, situation.loss, situation.provisioned, owner)
    case 'Releasing':
      return releasing(situation.hostName, situation.message)
  }
}

const yes = (reason: MachineReason, message: string): Verdict => ({ status: 'True', reason, message })
const no = (reason: MachineReason | ErrorCode, message: string): Verdict => ({ status: 'False', reason, message })

const bootstrapReady = yes('BootstrapDataReady', 'The bootstrap data is there.')

const nothingYet = (cause: Verdict): Verdicts => ({
  Ready: cause,
  HostClaimed: no('WaitingForHost', 'No host is claimed yet.'),
  BootstrapDataReady: no('WaitingForBootstrapData', 'The bootstrap data is not there yet.'),
  Provisioned: no('WaitingForHost', 'No host is claimed yet.'),
  NodeJoined: no('WaitingForHost', 'No host is claimed yet.'),
})

const noHost = (message: string, turn: Turn | undefined): Verdicts => {
  const { remedy } = errorTable.NoHostAvailable
  if (turn === undefined) {
    const never = no('NoHostAvailable', `No host fits: ${message}. ${remedy}`)
    return { ...nothingYet(never), BootstrapDataReady: bootstrapReady, HostClaimed: never }
  }
  const place = describeTurn(turn)
  return {
    ...nothingYet(no('NoHostAvailable', `No free host matches (${place}): ${message}. ${remedy}`)),
    BootstrapDataReady: bootstrapReady,
    HostClaimed: no('WaitingForHost', `${place} for a host: ${message}.`),
  }
}

const gated = (gate: Gate, clusterName: string, owner: Machine | undefined): Verdicts => {
  switch (gate) {
    case 'WaitingForClusterInfrastructure': {
      const all = nothingYet(
        no(gate, `Cluster ${clusterName} does not say yet that its infrastructure is provisioned.`),
      )
      return owner?.spec?.bootstrap?.dataSecretName === undefined ? all : { ...all, BootstrapDataReady: bootstrapReady }
    }
    case 'WaitingForControlPlaneInitialized': {
      const cause = no(
        gate,
        `The control plane of Cluster ${clusterName}, which the Machine shall join, is not initialized yet.`,
      )
      return { ...nothingYet(cause), BootstrapDataReady: cause }
    }
    case 'WaitingForBootstrapData': {
      const cause = no(gate, 'The bootstrap provider has not written the bootstrap data yet.')
      return { ...nothingYet(cause), BootstrapDataReady: cause }
    }
  }
}

const provisioning = (host: BareMetalHost): Verdicts => {
  const cause = provisioningCause(host)
  return {
    Ready: cause,
    HostClaimed: claimed(host),
    BootstrapDataReady: bootstrapReady,
    Provisioned: cause,
    NodeJoined: no('WaitingForNode', 'The host is not provisioned yet.'),
  }
}

/** The host's own trouble where it has any: whoever looks at the Machine should not have to look further. */
const provisioningCause = ({ metadata, status }: BareMetalHost): Verdict => {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'False' && isErrorCode(ready.reason))
    return no(ready.reason, `Host ${metadata.name}: ${ready.message}`)
  const where =
    status?.state === undefined ? 'not looked at yet' : [status.state, status.step].filter(Boolean).join('/')
  const awaited = status?.awaiting === undefined ? '' : `: ${status.awaiting.replace(/\.$/, '')}`
  return no('Provisioning', `Host ${metadata.name} is ${where}${awaited}.`)
}

const isErrorCode = (reason: string): reason is ErrorCode => Object.hasOwn(errorTable, reason)

const provisioned = (host: BareMetalHost, providerID: string, owner: Machine | undefined): Verdicts => {
  const done = yes('Provisioned', `Host ${host.metadata.name} is installed and was booted.`)
  return {
    Ready: { ...done, reason: 'Ready' },
    HostClaimed: claimed(host),
    BootstrapDataReady: bootstrapReady,
    Provisioned: done,
    NodeJoined: joined(providerID, owner),
  }
}

const claimed = (host: BareMetalHost): Verdict => yes('HostClaimed', `Host ${host.metadata.name} is claimed.`)

const joined = (providerID: string, owner: Machine | undefined): Verdict => {
  const node = owner?.status?.nodeRef?.name
  return node === undefined
    ? no('WaitingForNode', `No Node with providerID ${providerID} has been seen in the workload cluster yet.`)
    : yes('NodeJoined', `Node ${node} has joined.`)
}

const lossMessages: Readonly<Record<Loss, string>> = {
  Gone: 'no longer exists',
  NotClaimed: 'no longer says in spec.consumerRef that this object holds it',
  ClaimedByOther: 'says in spec.consumerRef that somebody else holds it',
}

const lost = (hostName: string, loss: Loss, wasProvisioned: boolean, owner: Machine | undefined): Verdicts => {
  const cause = no('HostLost', `BareMetalHost ${hostName} ${lossMessages[loss]}. ${errorTable.HostLost.remedy}`)
  const node = owner?.status?.nodeRef?.name
  return {
    Ready: cause,
    HostClaimed: cause,
    BootstrapDataReady: bootstrapReady,
    Provisioned: wasProvisioned ? yes('Provisioned', `Host ${hostName} was installed.`) : cause,
    NodeJoined: node === undefined ? cause : yes('NodeJoined', `Node ${node} had joined.`),
  }
}

const releasing = (hostName: string, message: string): Verdicts => {
  const cause = no('Releasing', message)
  return {
    Ready: cause,
    HostClaimed: yes('HostClaimed', `Host ${hostName} is being given back.`),
    BootstrapDataReady: bootstrapReady,
    Provisioned: cause,
    NodeJoined: cause,
  }
}
