import type { FleetMachine } from '../../src/lab/fleet.js'

/** What was done to a server since a point in time. */
export interface Deeds {
  /** `wrote image <digest>` and `wiped <disks>`, without the task. */
  readonly destructive: readonly string[]
  /** The operations of those, each with how often it appears. */
  readonly perOperation: readonly string[]
  /** Accepted writes of BIOS settings. */
  readonly biosWrites: readonly string[]
  /** Changes of the power that happened. */
  readonly power: readonly string[]
  /** Changes of the power while the agent wrote or wiped. */
  readonly cuts: readonly string[]
}

/** Remembers where the journals of a server are now; the returned function tells what was done since. */
export const deedsSinceNow = ({ server, bmc }: FleetMachine): (() => Deeds) => {
  const destructiveBefore = server.journal.destructive.length
  const eventsBefore = bmc.journal.events.length
  const busyBefore = server.journal.busyIntervals.length
  return () => {
    const destructive = server.journal.destructive.slice(destructiveBefore)
    const events = bmc.journal.events.slice(eventsBefore)
    const works = server.journal.busyIntervals.slice(busyBefore).filter(({ what }) => destroys.has(what))
    const changes = events.filter(({ what }) => what.startsWith('power is '))
    return {
      destructive: destructive.map(what => what.replace(/ task .*/, '')),
      perOperation: destructive.map(what => what.replace(/.* task /, '')),
      biosWrites: events.map(({ what }) => what).filter(what => what.startsWith('bios write')),
      power: changes.map(({ what }) => what),
      cuts: works.flatMap(({ what, from, to }) =>
        changes.filter(({ time }) => time > from && time <= to).map(change => `${change.what} during ${what}`),
      ),
    }
  }
}

const destroys: ReadonlySet<string> = new Set(['write-image', 'wipe'])
