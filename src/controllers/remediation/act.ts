import { type Machine, machineHealthConditions } from '../../../api/cluster-api.js'
import { remediationFinalizer, remediationTriesAnnotation } from '../../../api/infrastructure/group.js'
import type { RemediationPhase } from '../../../api/infrastructure/kata-metal-remediation.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { hostAnnotations } from '../../../api/metal/group.js'
import { removeFinalizer } from '../../kube/finalizers.js'
import { keyOf } from '../../kube/types.js'
import { findCondition } from '../../kube/conditions.js'
import type { RemediationStep } from './lifecycle.js'
import { fencedTaints, unfencedTaints } from './node-fence.js'
import { type RemediationScene, triesOf } from './observe.js'
import { enteredStatus, type MachineWord, machinePatch } from './status.js'
import type { RemediationRun } from './reconcile.js'

type Deed = Exclude<RemediationStep, { do: 'wait' }>

/** Does one thing. Each write is bound to the version that the decision was made on, and each can be repeated. */
export const act = async (deed: Deed, scene: RemediationScene, run: RemediationRun): Promise<void> => {
  const { object } = scene
  switch (deed.do) {
    case 'enter':
      return enter(deed.phase, scene, run)
    case 'begin':
      return begin(scene, run)
    case 'powerOff':
      run.events.normal(object, 'PowerOff', `The power of BareMetalHost ${scene.host?.metadata.name ?? ''} is cut.`)
      return wishPower(scene.host, false, run)
    case 'powerOn':
      run.events.normal(object, 'PowerOn', `BareMetalHost ${scene.host?.metadata.name ?? ''} is powered on.`)
      return wishPower(scene.host, true, run)
    case 'fence':
      return fence(scene, run)
    case 'unfence':
      return unfence(scene, run)
    case 'askOwner':
      return tellMachine(scene.machine, 'OwnerAsked', run)
    case 'release':
      await removeFinalizer(run.objects, object, remediationFinalizer, { signal: run.context.signal })
  }
}

const enter = async (phase: RemediationPhase, scene: RemediationScene, run: RemediationRun): Promise<void> => {
  const { object, machine } = scene
  if (phase === 'Succeeded') {
    run.events.normal(object, 'Succeeded', 'The Machine is healthy again.')
    if (wasHandedToUs(machine)) await tellMachine(machine, 'Remediated', run)
  }
  if (phase === 'GivenUp')
    run.events.warning(object, 'GivenUp', 'No power cycle helped; the owner of the Machine is asked to replace it.')
  await run.publish(object, enteredStatus(object, phase, triesOf(object), run.clock.now()), phase)
}

/** Machines that no health check watches have no such condition, and get none. */
const wasHandedToUs = (machine: Machine | undefined): boolean =>
  findCondition(machine?.status?.conditions, machineHealthConditions.externallyRemediated) !== undefined

/** The try is counted where `clusterctl move` keeps it, before anything is done about it. */
const begin = async ({ object }: RemediationScene, run: RemediationRun): Promise<void> => {
  const { namespace, name, resourceVersion } = object.metadata
  const tries = triesOf(object) + 1
  const patch = { metadata: { resourceVersion, annotations: { [remediationTriesAnnotation]: String(tries) } } }
  const counted = await run.objects.mergePatch(namespace, name, patch, { signal: run.context.signal })
  run.written.wrote(object, counted)
  await run.publish(counted, enteredStatus(counted, 'PoweringOff', tries, run.clock.now()), 'PoweringOff')
}

/** An operating system that is not healthy is not asked: the power is cut. */
const wishPower = async (host: BareMetalHost | undefined, online: boolean, run: RemediationRun): Promise<void> => {
  if (host === undefined) return
  const { namespace, name, resourceVersion } = host.metadata
  const annotations = { [hostAnnotations.cutPower]: online ? null : '' }
  const patch = { metadata: { resourceVersion, annotations }, spec: { online } }
  run.writtenHosts.wrote(host, await run.hosts.mergePatch(namespace, name, patch, { signal: run.context.signal }))
}

const fence = async (scene: RemediationScene, run: RemediationRun): Promise<void> => {
  const { object, node } = scene
  if (node === undefined) return
  const bootID = node.status?.nodeInfo?.['bootID']
  const { fencedBootID: _stale, ...known } = object.status ?? {}
  // Recorded first: a fence whose boot ID is not known could be taken down too early.
  const status = typeof bootID === 'string' && bootID !== '' ? { ...known, fencedBootID: bootID } : known
  await run.publish(object, status, 'Fencing')
  await setTaints(scene, fencedTaints(node), run)
  run.events.normal(object, 'Fenced', `Node ${node.metadata.name} is marked as out of service.`)
}

const unfence = async (scene: RemediationScene, run: RemediationRun): Promise<void> => {
  const { object, node } = scene
  if (node === undefined) return
  await setTaints(scene, unfencedTaints(node), run)
  run.events.normal(object, 'Unfenced', `Node ${node.metadata.name} is in service again.`)
}

const setTaints = async (
  { cluster, node }: RemediationScene,
  taints: ReturnType<typeof fencedTaints>,
  run: RemediationRun,
): Promise<void> => {
  if (cluster === undefined || node === undefined) return
  await run.nodes.setTaints(keyOf(cluster), node, taints, run.context.signal)
}

const tellMachine = async (machine: Machine | undefined, word: MachineWord, run: RemediationRun): Promise<void> => {
  if (machine === undefined) return
  const patch = machinePatch(machine, word, run.clock.now())
  if (patch === undefined) return
  const { namespace, name } = machine.metadata
  run.writtenMachines.wrote(
    machine,
    await run.machines.mergePatchStatus(namespace, name, patch, { signal: run.context.signal }),
  )
}
