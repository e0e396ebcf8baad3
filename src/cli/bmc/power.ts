import { type Clock, sleep } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import type { PowerAction, PowerState } from '../../bmc/model.js'
import type { Console } from '../console.js'
import { print } from '../print/table.js'
import type { BmcFlags } from './flags.js'
import type { PowerVerb } from './power-verbs.js'
import { type BmcSession, withSession } from './session.js'

/** Power is one small read. */
const pollMs = 500

export interface PowerFlags extends BmcFlags {
  /** Seconds after which graceful-off cuts the power. */
  readonly forceAfter?: number
}

interface PowerReport {
  readonly action: PowerVerb
  readonly before: PowerState
  readonly after: PowerState
  /** Whether the power was cut because the operating system did not listen. */
  readonly forced: boolean
}

/** Reads or changes the power of a server, and waits until the BMC shows the wanted state. */
export const power = async (
  address: string,
  verb: PowerVerb,
  flags: PowerFlags,
  console: Console,
  clock: Clock,
): Promise<void> => {
  const { forceAfter } = flags
  if (forceAfter !== undefined && verb !== 'graceful-off')
    throw new KatametalError('UsageInvalid', { about: '--force-after', seen: `it means nothing to power ${verb}` })
  const report = await withSession(address, flags, console, clock, session => change(verb, forceAfter, session))
  print(console, flags.output, {
    columns: [
      { title: 'address', cell: () => address },
      { title: 'action', cell: ({ action }) => action },
      { title: 'before', cell: ({ before }) => before },
      { title: 'after', cell: ({ after }) => after },
    ],
    rows: [report],
    data: { address, ...report },
    remarks: report.forced ? [`The operating system did not end within ${forceAfter} s: the power was cut.`] : [],
  })
}

const change = async (verb: PowerVerb, forceAfter: number | undefined, session: BmcSession): Promise<PowerReport> => {
  const { bmc, call, progress } = session
  progress.step('reading the power state')
  const before = await bmc.readPower(call)
  let after = before
  let forced = false
  for (const { action, until } of stepsOf(verb, before)) {
    progress.step(`asking for ${action}`)
    await bmc.setPower(action, call)
    progress.step(`waiting for the server to be ${until.toLowerCase()}`)
    const patienceMs = action === 'GracefulOff' && forceAfter !== undefined ? forceAfter * 1000 : Infinity
    after = await waitFor(until, verb, patienceMs, session)
    if (after === until) continue
    forced = true
    progress.step('cutting the power')
    await bmc.setPower('ForceOff', call)
    after = await waitFor('Off', verb, Infinity, session)
  }
  return { action: verb, before, after, forced }
}

interface PowerStep {
  readonly action: PowerAction
  readonly until: 'On' | 'Off'
}

/**
 * What is to be asked, one after the other. A restart goes by way of off: that a server is off and is on again can be
 * seen, while after a reset the BMC says On before, during and after it.
 */
const stepsOf = (verb: PowerVerb, before: PowerState): readonly PowerStep[] => {
  switch (verb) {
    case 'status':
      return []
    case 'on':
      return before === 'On' ? [] : [turnOn]
    case 'off':
      return before === 'Off' ? [] : [turnOff]
    case 'graceful-off':
      return before === 'Off' ? [] : [{ action: 'GracefulOff', until: 'Off' }]
    case 'restart':
      return before === 'Off' ? [turnOn] : [turnOff, turnOn]
  }
}

const turnOn: PowerStep = { action: 'On', until: 'On' }
const turnOff: PowerStep = { action: 'ForceOff', until: 'Off' }

/** The wanted state, or whatever is seen when patience is over. Throws DeadlineExceeded at the end of the time. */
const waitFor = async (
  wanted: 'On' | 'Off',
  verb: PowerVerb,
  patienceMs: number,
  { bmc, call, clock }: BmcSession,
): Promise<PowerState> => {
  const began = clock.now()
  let seen: PowerState = 'Unknown'
  try {
    while (true) {
      seen = await bmc.readPower(call)
      if (seen === wanted || clock.now() - began >= patienceMs) return seen
      await sleep(clock, pollMs, call.signal)
    }
  } catch (error) {
    if (!call.signal.aborted) throw error
    const hint = verb === 'graceful-off' ? '; the operating system may not listen, and `off` does not ask it' : ''
    throw new KatametalError('DeadlineExceeded', { about: verb, seen: `the server is still ${seen}${hint}` })
  }
}
