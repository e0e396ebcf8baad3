import { type Clock, sleep } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import type { BmcCall } from '../model.js'
import type { RedfishClient } from './client.js'

/** How a job stands once it will not be missed by a restart any more. */
export interface ReadyJob {
  /** Where it is seen now: a task may have handed over to a job. */
  readonly path: string
  /** In the words of the BMC; undefined when the service does not show it any more. */
  readonly seen: string | undefined
}

/**
 * Waits until a job or task that was just made waits for the restart: a restart that comes before it is scheduled
 * passes it by. A job may not be found right after it was made, and a task may name another one that has taken over.
 * What is not there after all that, or never becomes scheduled, is left to be judged by the values read back.
 *
 * @throws KatametalError BMCTaskFailed with what the BMC says when the job ended in failure
 */
export const awaitScheduled = async (
  client: RedfishClient,
  job: string,
  clock: Clock,
  call: BmcCall,
): Promise<ReadyJob> => {
  let path = job
  let missing = 0
  let seen: string | undefined
  let wait = pollMs.first
  for (const end = clock.now() + patienceMs; clock.now() < end; ) {
    const state = await client.task(path, call)
    if (state.state === 'Failed') throw new KatametalError('BMCTaskFailed', { about: path, seen: state.seen })
    const moved = state.path !== path
    path = state.path
    if (state.state === 'Gone') {
      if (++missing > mostMissing) return { path, seen: undefined }
    } else {
      seen = state.seen
      if (!moved && (state.state === 'Done' || !notYet.test(state.seen))) return { path, seen }
    }
    if (moved) continue
    await sleep(clock, state.state === 'Gone' ? missingMs : wait, call.signal)
    wait = Math.min(wait * pollMs.growth, pollMs.last)
  }
  return { path, seen }
}

/** Words of states before a job is in the queue. */
const notYet = /^(?:new|starting|downloading|readyforexecution|handed over)\b/i

const patienceMs = 60_000
const pollMs = { first: 250, growth: 2, last: 5000 }
/** Dell: a job is found three times ten seconds after it was made, at the latest. */
const missingMs = 10_000
const mostMissing = 3
