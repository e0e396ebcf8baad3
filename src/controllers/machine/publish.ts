import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import { errorTable } from '../../base/errors.js'
import { findCondition } from '../../kube/conditions.js'
import { pausedCondition } from '../contract/paused.js'
import type { MachineFacts } from './decide.js'
import type { MachineRun } from './reconcile.js'
import { type Situation, type Verdicts, verdictsFor } from './report.js'
import { decisionsOf, type Findings, statusPatch, statusWith } from './status.js'

type Facts = Pick<MachineFacts, 'object' | 'owner' | 'cluster'>

/** Writes the status that the situation deserves, when it differs, and tells people of new trouble. */
export const publish = async (
  facts: Facts,
  run: MachineRun,
  situation: Situation,
  findings: Findings = {},
): Promise<KataMetalMachine> => {
  const verdicts = verdictsFor(situation, facts.owner)
  const decisions = [...decisionsOf(verdicts), pausedCondition(facts.object, facts.cluster)]
  const object = await write(facts.object, run, statusWith(facts.object, decisions, findings, run.clock.now()))
  warnOfTrouble(facts.object, verdicts, run)
  return object
}

/** The only write while paused. */
export const publishPaused = async ({ object, cluster }: Facts, run: MachineRun): Promise<void> => {
  await write(object, run, statusWith(object, [pausedCondition(object, cluster)], {}, run.clock.now()))
}

const write = async (
  object: KataMetalMachine,
  run: MachineRun,
  status: NonNullable<KataMetalMachine['status']>,
): Promise<KataMetalMachine> => {
  const patch = statusPatch(object, status)
  if (patch === undefined) return object
  const { namespace, name } = object.metadata
  const after = await run.objects.mergePatchStatus(namespace, name, patch, { signal: run.context.signal })
  run.writtenObjects.wrote(object, after)
  return after
}

/** One event when the reason of Ready becomes an error code, not one per reconcile. */
const warnOfTrouble = (before: KataMetalMachine, { Ready }: Verdicts, run: MachineRun): void => {
  const known = findCondition(before.status?.conditions, 'Ready')?.reason
  if (Ready.status === 'False' && Ready.reason !== known && Object.hasOwn(errorTable, Ready.reason))
    run.events.warning(before, Ready.reason, Ready.message)
}
