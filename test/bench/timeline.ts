import type { FleetMachine } from '../../src/lab/fleet.js'
import type { Interval } from './intervals.js'

/** A request that a BMC answered. */
export interface Request extends Interval {
  readonly method: string
  readonly path: string
  /** Changes something on the server: power, boot override, virtual media, BIOS settings. Logins do not. */
  readonly command: boolean
}

export interface Moment {
  readonly time: number
  readonly what: string
}

/** What is known about one host, from the journals of its simulated server and BMC. Everything is in order of time. */
export interface Timeline {
  readonly host: string
  readonly requests: readonly Request[]
  /** The server got somewhere: power is on or off, BIOS settings are applied, it boots, it has halted. */
  readonly outcomes: readonly Moment[]
  /** The manager was told something: by a program on the server, or by a user who changed the spec. */
  readonly messages: readonly Moment[]
  /** When the server, or the BMC for it, worked. */
  readonly busy: readonly Interval[]
}

export const timelineOf = ({ name, bmc, server }: FleetMachine, edits: readonly number[]): Timeline => {
  const events = bmc.journal.events.map(({ time, what }) => ({ time, what }))
  return {
    host: name,
    // The journal has them in the order of their answers.
    requests: bmc.journal.requests
      .map(({ time, milliseconds, method, path }) => ({
        from: time,
        to: time + milliseconds,
        method,
        path,
        command: method !== 'GET' && !/\/Sessions(\/|$)/i.test(path),
      }))
      .sort((a, b) => a.from - b.from),
    outcomes: inOrder([...events, ...server.journal.entries].filter(({ what }) => isOutcome(what))),
    messages: inOrder([...server.journal.messages, ...edits.map(time => ({ time, what: 'spec edited' }))]),
    busy: [...server.journal.busyIntervals, ...powerChanges(events)],
  }
}

/** When the power was changing: from the reset that was taken until the power is where it was meant to be. */
export const powerChanges = (events: readonly Moment[]): Interval[] => {
  const changes: Interval[] = []
  let since: number | undefined
  for (const { time, what } of events) {
    if (what.startsWith('power is ')) {
      if (since !== undefined) changes.push({ from: since, to: time })
      since = undefined
    } else if (what.startsWith('power ')) since ??= time
  }
  return changes
}

const isOutcome = (what: string): boolean => /^(power is |bios applied |boots |halted$|no bootable device$)/.test(what)

const inOrder = (moments: readonly Moment[]): Moment[] =>
  moments.map(({ time, what }) => ({ time, what })).sort((a, b) => a.time - b.time)
