import { providerIDOf } from '../../../api/infrastructure/group.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { keyOf, type ReconcileResult } from '../../kube/types.js'
import { adoptPatch } from './claim-patch.js'
import type { MachineDecision, MachineFacts } from './decide.js'
import { giveBack } from './give-back.js'
import { clusterNameOf, failureDomainLabelOf } from './observe.js'
import { publish } from './publish.js'
import type { MachineRun } from './reconcile.js'
import { isInstalled } from './report.js'

/**
 * Publishes what became of the claimed host. The providerID stands in spec before status says provisioned, so that no
 * version of the object shows one without the other; once it stands, the host is never provisioned for this object
 * again, whatever status says.
 */
export const follow = async (
  decision: Extract<MachineDecision, { act: 'Follow' | 'Adopt' }>,
  facts: MachineFacts,
  run: MachineRun,
): Promise<ReconcileResult | undefined> => {
  const host = decision.act === 'Adopt' ? await adopt(decision.host, facts, run) : decision.host
  if (decision.act === 'Follow') await giveBackSurplus(decision.surplus, run)
  const providerID = providerIDOf(host)
  const provisioned = isInstalled(host) || facts.object.spec.providerID !== undefined
  const object = provisioned ? await ensureProviderID(facts.object, providerID, run) : facts.object
  await publish(
    { ...facts, object },
    run,
    { is: 'Claimed', host, provisioned, providerID },
    {
      host,
      ...(provisioned ? { provisioned } : {}),
      failureDomain: host.metadata.labels?.[failureDomainLabelOf(facts.cluster, run.sources.kataMetalClusters)],
    },
  )
  if (provisioned && object.status?.initialization?.provisioned !== true)
    run.events.normal(object, 'Provisioned', `BareMetalHost ${host.metadata.name} is installed and was booted.`)
  return provisioned ? lookForNode(facts, providerID, run) : undefined
}

const adopt = async (host: BareMetalHost, { object, owner }: MachineFacts, run: MachineRun): Promise<BareMetalHost> => {
  const { namespace, name } = host.metadata
  const patch = adoptPatch(object, clusterNameOf(object, owner) ?? '', host)
  const adopted = await run.hosts.mergePatch(namespace, name, patch, { signal: run.context.signal })
  run.writtenHosts.wrote(host, adopted)
  run.events.normal(object, 'HostAdopted', `BareMetalHost ${name} is held again; nothing was changed on it.`)
  return adopted
}

/** No pool is noted on these: nothing of the pool was ever installed there. */
const giveBackSurplus = async (surplus: readonly BareMetalHost[], run: MachineRun): Promise<void> => {
  const tools = { hosts: run.hosts, written: run.writtenHosts, pool: undefined, signal: run.context.signal }
  await Promise.all(surplus.map(host => giveBack(host, false, tools)))
}

const ensureProviderID = async (
  object: KataMetalMachine,
  providerID: string,
  run: MachineRun,
): Promise<KataMetalMachine> => {
  if (object.spec.providerID !== undefined) return object
  const { namespace, name, resourceVersion } = object.metadata
  const patch = { metadata: { resourceVersion }, spec: { providerID } }
  const after = await run.objects.mergePatch(namespace, name, patch, { signal: run.context.signal })
  run.writtenObjects.wrote(object, after)
  return after
}

/** The kubelet is told its providerID by the config drive; for a Node that came without one there is this fallback. */
const lookForNode = async (
  { owner, cluster }: MachineFacts,
  providerID: string,
  run: MachineRun,
): Promise<ReconcileResult | undefined> => {
  if (owner === undefined || cluster === undefined || owner.status?.nodeRef !== undefined) return undefined
  const { signal } = run.context
  await run.workloads.giveProviderID(keyOf(cluster), { nodeName: owner.metadata.name, providerID }, signal)
  return undefined
}
