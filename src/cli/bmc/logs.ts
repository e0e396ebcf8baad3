import type { Clock } from '../../base/clock.js'
import type { LogEntry } from '../../bmc/model.js'
import type { Console } from '../console.js'
import { print } from '../print/table.js'
import type { BmcFlags } from './flags.js'
import { toneOf } from './sensors.js'
import { withSession } from './session.js'

export interface LogFlags extends BmcFlags {
  readonly limit: number
  readonly log?: string
  /** Milliseconds. */
  readonly since?: number
}

/** Shows the newest entries of the event logs of a BMC. */
export const logs = async (address: string, flags: LogFlags, console: Console, clock: Clock): Promise<void> => {
  const query = { limit: flags.limit, ...(flags.log === undefined ? {} : { log: flags.log }) }
  const read = await withSession(address, flags, console, clock, ({ bmc, call, progress }) => {
    progress.step('reading the logs')
    return bmc.readLogs(query, call)
  })
  const from = flags.since === undefined ? undefined : clock.now() - flags.since
  const entries = from === undefined ? read.entries : read.entries.filter(entry => isSince(entry, from))
  const undated = from === undefined ? 0 : read.entries.filter(({ time }) => time === undefined).length
  print(console, flags.output, {
    columns: [
      { title: 'time', cell: ({ time, written }) => time ?? (written === undefined ? undefined : `(${written})`) },
      { title: 'log', cell: ({ log }) => log },
      { title: 'severity', cell: ({ severity }) => severity, tone: ({ severity }) => toneOf(severity) },
      { title: 'id', cell: ({ id }) => id, wide: true },
      { title: 'message id', cell: ({ messageId }) => messageId, wide: true },
      { title: 'message', cell: ({ message }) => message },
    ],
    rows: entries,
    data: { ...read, entries },
    remarks: [
      ...(entries.length === 0 ? [`No entries. Logs: ${read.logs.join(', ') || 'none'}.`] : []),
      ...(undated > 0 ? [`${undated} entries without a usable time are left out.`] : []),
      ...read.problems.map(({ about, message }) => `could not read ${about}: ${message}`),
    ],
  })
}

const isSince = ({ time }: LogEntry, from: number): boolean => time !== undefined && Date.parse(time) >= from
