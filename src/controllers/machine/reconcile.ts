import { machineFinalizer } from '../../../api/infrastructure/group.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { Clock } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import { addFinalizer, removeFinalizer } from '../../kube/finalizers.js'
import { ReadYourWrites } from '../../kube/read-your-writes.js'
import type { Secret } from '../../kube/resource-types.js'
import {
  type Key,
  keyOf,
  type Reconcile,
  type ReconcileContext,
  type ReconcileResult,
  type ResourceClient,
} from '../../kube/types.js'
import type { EventSink } from '../contract/events.js'
import type { NodeIdentity } from '../workload/node-identity.js'
import { addressesFor, type AddressClients } from './addresses.js'
import { claimFirst } from './claim.js'
import { decide, type MachineDecision, type MachineFacts } from './decide.js'
import { follow } from './follow.js'
import { giveBack } from './give-back.js'
import { clusterNameOf, type MachineSources, observe, observeLive, poolOf, restsOnAbsence } from './observe.js'
import { publish, publishPaused } from './publish.js'
import { prospectsFor } from './prospects.js'

export interface MachineReconcileDeps {
  readonly sources: MachineSources
  readonly objects: ResourceClient<KataMetalMachine>
  readonly hosts: ResourceClient<BareMetalHost>
  /** Only `get` is used. */
  readonly secrets: ResourceClient<Secret>
  readonly ipam: AddressClients
  readonly events: EventSink
  readonly workloads: NodeIdentity
  readonly clock: Clock
}

/** What the parts of one reconcile share. */
export interface MachineRun extends MachineReconcileDeps {
  readonly writtenObjects: ReadYourWrites<KataMetalMachine>
  readonly writtenHosts: ReadYourWrites<BareMetalHost>
  /** Machines with good bootstrap data that have no host yet: who is to be woken when a host becomes free. */
  readonly seekers: Set<Key>
  readonly context: ReconcileContext
}

/**
 * One look at a KataMetalMachine: gather facts, decide ({@link decide}), do that one thing, publish. Every write is
 * bound to the version of the object that the decision was made on.
 */
export const createMachineReconcile = (deps: MachineReconcileDeps, seekers: Set<Key> = new Set()): Reconcile => {
  const writtenObjects = new ReadYourWrites<KataMetalMachine>()
  const writtenHosts = new ReadYourWrites<BareMetalHost>()
  return async (key, context) => {
    const shown = deps.sources.objects.get(key)
    if (shown === undefined) {
      writtenObjects.forget(key)
      seekers.delete(key)
      return undefined
    }
    const run = { ...deps, writtenObjects, writtenHosts, seekers, context }
    const cached = observe(writtenObjects.latest(shown), deps.sources, writtenHosts)
    const decision = decide(cached)
    if (decision.act === 'Claim') return seek(decision.dataSecretName, cached, run)
    seekers.delete(key)
    if (!restsOnAbsence(decision)) return act(decision, cached, run)
    return lookAgain(cached, run)
  }
}

const lookAgain = async (cached: MachineFacts, run: MachineRun): Promise<ReconcileResult | undefined> => {
  const live = await observeLive(cached, run.hosts, run.context.signal)
  const decision = decide(live)
  // A host that vanished from a cache was there when the decision to look was made: decide anew.
  return decision.act === 'Claim' ? { requeueAfterMs: 0 } : act(decision, live, run)
}

const seek = async (
  dataSecretName: string,
  cached: MachineFacts,
  run: MachineRun,
): Promise<ReconcileResult | undefined> => {
  const addresses = await addressesFor(cached, run)
  if ('awaiting' in addresses) {
    run.seekers.delete(keyOf(cached.object))
    await publish(cached, run, { is: 'NoAddress', message: addresses.awaiting })
    return { requeueAfterMs: addresses.lookAgainInMs }
  }
  const prospects = await prospectsFor(cached, dataSecretName, run)
  if (!('candidates' in prospects))
    return prospects.lookAgainInMs === undefined ? undefined : { requeueAfterMs: prospects.lookAgainInMs }
  const live = await observeLive(cached, run.hosts, run.context.signal)
  const decision = decide(live)
  if (decision.act !== 'Claim') return act(decision, live, run)
  const { object, owner } = live
  const clusterName = clusterNameOf(object, owner)
  if (owner === undefined || clusterName === undefined) return undefined
  const host = await claimFirst({ object, owner, clusterName, dataSecretName, addresses }, prospects.candidates, {
    hosts: run.hosts,
    written: run.writtenHosts,
    stillFits: prospects.stillFits,
    signal: run.context.signal,
  })
  if (host === undefined)
    throw new KatametalError('KubernetesConflict', {
      about: keyOf(object),
      seen: 'all candidates were taken meanwhile',
    })
  run.seekers.delete(keyOf(object))
  run.events.normal(object, 'HostClaimed', `BareMetalHost ${host.metadata.name} is claimed.`)
  return follow({ act: 'Follow', host, surplus: [] }, live, run)
}

const act = async (
  decision: Exclude<MachineDecision, { act: 'Claim' }>,
  facts: MachineFacts,
  run: MachineRun,
): Promise<ReconcileResult | undefined> => {
  const { object } = facts
  const { signal } = run.context
  switch (decision.act) {
    case 'Ignore':
      return undefined
    case 'ReportPaused':
      await publishPaused(facts, run)
      return undefined
    case 'AddFinalizer':
      run.writtenObjects.wrote(object, await addFinalizer(run.objects, object, machineFinalizer, { signal }))
      return { requeueAfterMs: 0 }
    case 'RemoveFinalizer':
      await removeFinalizer(run.objects, object, machineFinalizer, { signal })
      return undefined
    case 'Wait': {
      const clusterName = facts.cluster?.metadata.name ?? ''
      await publish(facts, run, { is: 'Gated', gate: decision.gate, clusterName })
      return undefined
    }
    case 'Adopt':
    case 'Follow':
      return follow(decision, facts, run)
    case 'ReportLost': {
      const provisioned = object.status?.initialization?.provisioned === true
      const { hostName, loss } = decision
      await publish(facts, run, { is: 'Lost', hostName, loss, provisioned })
      return undefined
    }
    case 'Release':
      return release(decision, facts, run)
  }
}

const release = async (
  { hosts, force }: Extract<MachineDecision, { act: 'Release' }>,
  facts: MachineFacts,
  run: MachineRun,
): Promise<ReconcileResult | undefined> => {
  const { object, owner } = facts
  const tools = { hosts: run.hosts, written: run.writtenHosts, pool: poolOf(object, owner), signal: run.context.signal }
  const awaited = await Promise.all(hosts.map(host => giveBack(host, force, tools)))
  const message = awaited.find(awaiting => awaiting !== undefined)
  const hostName = hosts.map(({ metadata }) => metadata.name).join(', ')
  if (message === undefined) {
    const how = force ? 'without waiting for its BMC; the server may still run' : 'wiped and switched off'
    run.events.normal(object, 'HostReleased', `BareMetalHost ${hostName} was given back, ${how}.`)
    return { requeueAfterMs: 0 }
  }
  await publish(facts, run, { is: 'Releasing', hostName, message: `Giving the host back: ${message}.` })
  return undefined
}
