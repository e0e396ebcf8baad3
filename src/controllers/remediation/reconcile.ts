import type { Machine } from '../../../api/cluster-api.js'
import { remediationFinalizer } from '../../../api/infrastructure/group.js'
import type { KataMetalRemediation, RemediationPhase } from '../../../api/infrastructure/kata-metal-remediation.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { hostAnnotations } from '../../../api/metal/group.js'
import type { Clock } from '../../base/clock.js'
import { addFinalizer, hasFinalizer, removeFinalizer } from '../../kube/finalizers.js'
import { ReadYourWrites } from '../../kube/read-your-writes.js'
import type { Reconcile, ReconcileContext, ReconcileResult, ResourceClient } from '../../kube/types.js'
import type { EventSink } from '../contract/events.js'
import { isPaused, pausedCondition } from '../contract/paused.js'
import { act } from './act.js'
import { step } from './lifecycle.js'
import type { NodeFence } from './node-fence.js'
import { factsOf, nextDeadline, observe, type RemediationScene, type RemediationSources, triesOf } from './observe.js'
import { statusPatch, succeededCondition } from './status.js'

export interface RemediationReconcileDeps {
  readonly sources: RemediationSources
  readonly objects: ResourceClient<KataMetalRemediation>
  readonly machines: ResourceClient<Machine>
  readonly hosts: ResourceClient<BareMetalHost>
  readonly nodes: NodeFence
  readonly events: EventSink
  readonly clock: Clock
}

/** What the parts of one reconcile share. */
export interface RemediationRun extends RemediationReconcileDeps {
  readonly written: ReadYourWrites<KataMetalRemediation>
  readonly writtenHosts: ReadYourWrites<BareMetalHost>
  readonly writtenMachines: ReadYourWrites<Machine>
  readonly context: ReconcileContext
  /** Writes the status that the phase deserves, when it differs. */
  readonly publish: (
    object: KataMetalRemediation,
    status: NonNullable<KataMetalRemediation['status']>,
    phase: RemediationPhase,
    awaiting?: string,
  ) => Promise<void>
}

/** One look at a KataMetalRemediation: gather facts, decide ({@link step}), do that one thing, look again. */
export const createRemediationReconcile = (deps: RemediationReconcileDeps): Reconcile => {
  const written = new ReadYourWrites<KataMetalRemediation>()
  const writtenHosts = new ReadYourWrites<BareMetalHost>()
  const writtenMachines = new ReadYourWrites<Machine>()
  return async (key, context) => {
    const shown = deps.sources.objects.get(key)
    if (shown === undefined) {
      written.forget(key)
      return undefined
    }
    const run: RemediationRun = {
      ...deps,
      written,
      writtenHosts,
      writtenMachines,
      context,
      publish: (object, status, phase, awaiting) => publish(object, status, phase, awaiting, run),
    }
    return look(observeNewest(written.latest(shown), run), run)
  }
}

const observeNewest = (object: KataMetalRemediation, run: RemediationRun): RemediationScene => {
  const scene = observe(object, run.sources, run.nodes)
  return {
    ...scene,
    machine: scene.machine === undefined ? undefined : run.writtenMachines.latest(scene.machine),
    host: scene.host === undefined ? undefined : run.writtenHosts.latest(scene.host),
  }
}

const look = async (scene: RemediationScene, run: RemediationRun): Promise<ReconcileResult | undefined> => {
  const { object, machine, cluster } = scene
  const { signal } = run.context
  const deleting = object.metadata.deletionTimestamp !== undefined
  const finalized = hasFinalizer(object, remediationFinalizer)
  if (deleting && !finalized) return undefined
  if (!deleting && machine === undefined) return undefined
  if (deleting && Object.hasOwn(object.metadata.annotations ?? {}, hostAnnotations.deleteForMove)) {
    await removeFinalizer(run.objects, object, remediationFinalizer, { signal })
    return undefined
  }
  if (isPaused(object, cluster)) return reportPaused(scene, run)
  if (!finalized) {
    run.written.wrote(object, await addFinalizer(run.objects, object, remediationFinalizer, { signal }))
    return { requeueAfterMs: 0 }
  }
  const next = step(factsOf(scene, run.clock.now()))
  if (next.do !== 'wait') {
    await act(next, scene, run)
    return next.do === 'release' ? undefined : { requeueAfterMs: 0 }
  }
  const { status } = object
  if (status?.phase !== undefined) await run.publish(object, status, status.phase, next.awaiting)
  const deadline = nextDeadline(object)
  return deadline === undefined ? undefined : { requeueAfterMs: Math.max(0, deadline - run.clock.now()) }
}

/** The only write while paused. */
const reportPaused = async ({ object, cluster }: RemediationScene, run: RemediationRun): Promise<undefined> => {
  const patch = statusPatch(object, object.status ?? {}, [pausedCondition(object, cluster)], run.clock.now())
  await writeStatus(object, patch, run)
}

const publish = async (
  object: KataMetalRemediation,
  status: NonNullable<KataMetalRemediation['status']>,
  phase: RemediationPhase,
  awaiting: string | undefined,
  run: RemediationRun,
): Promise<void> => {
  const decisions = [
    succeededCondition(phase, triesOf(object), object.spec.strategy.retryLimit, awaiting),
    pausedCondition(object, undefined),
  ]
  await writeStatus(object, statusPatch(object, status, decisions, run.clock.now()), run)
}

const writeStatus = async (
  object: KataMetalRemediation,
  patch: object | undefined,
  run: RemediationRun,
): Promise<void> => {
  if (patch === undefined) return
  const { namespace, name } = object.metadata
  run.written.wrote(object, await run.objects.mergePatchStatus(namespace, name, patch, { signal: run.context.signal }))
}
