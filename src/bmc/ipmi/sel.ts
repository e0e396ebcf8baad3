import { rfc3339 } from '../../base/clock.js'
import type { BmcCall, LogEntry, LogQuery, LogReadings } from '../model.js'
import type { Ipmitool } from './ipmitool.js'

const selName = 'SEL'

/** The newest entries of the system event log, newest first; IPMI has this one log. */
export const readLogs = async (tool: Ipmitool, { limit, log }: LogQuery, call: BmcCall): Promise<LogReadings> => {
  if (limit < 1 || (log !== undefined && log.toLowerCase() !== selName.toLowerCase()))
    return { entries: [], logs: [selName], problems: [] }
  const { stdout, problem } = await tool.look(['sel', 'elist', 'last', String(limit)], call)
  return {
    entries: parseSel(stdout).slice(-limit).reverse(),
    logs: [selName],
    problems: problem === undefined ? [] : [{ about: selName, message: problem }],
  }
}

/**
 * Lines `number | date | time | sensor | event | direction [| reading]`, oldest first; instead of date and time
 * `Pre-Init` and seconds since the BMC started. Lines of another form, such as "SEL has no entries", are no entries.
 */
export const parseSel = (stdout: string): LogEntry[] =>
  stdout.split('\n').flatMap(line => entryOf(line.split('|').map(part => part.trim())) ?? [])

const entryOf = (parts: readonly string[]): LogEntry | undefined => {
  const [id, date, clock, sensor, ...event] = parts
  if (id === undefined || date === undefined || clock === undefined || sensor === undefined) return undefined
  if (!/^[0-9a-f]+$/i.test(id)) return undefined
  return {
    log: selName,
    id,
    time: timeOf(date, clock),
    written: `${date} ${clock}`,
    severity: severityOf(event.join(' ')),
    message: [sensor, ...event].filter(part => part !== '').join(', '),
    messageId: undefined,
  }
}

/** Month first, the year in two or four digits by release; ipmitool runs with UTC. */
const timeOf = (date: string, clock: string): string | undefined => {
  const [, month, day, year] = /^(\d\d)\/(\d\d)\/(\d{2}|\d{4})$/.exec(date) ?? []
  const [, hour, minute, second] = /^(\d\d):(\d\d):(\d\d)/.exec(clock) ?? []
  if (year === undefined || second === undefined) return undefined
  const full = year.length === 2 ? 2000 + Number(year) : Number(year)
  const time = Date.parse(`${full}-${month}-${day}T${hour}:${minute}:${second}Z`)
  // A BMC whose clock was never set counts from 1970, which two digits turn into 2070.
  return full < 2000 || full >= 2070 || Number.isNaN(time) ? undefined : rfc3339(time)
}

const severityOf = (event: string): string => {
  if (/Deasserted/i.test(event)) return 'OK'
  if (/non-?critical|predictive|warning|correctable(?<!uncorrectable)|degraded|redundancy lost/i.test(event))
    return 'Warning'
  return /critical|non-?recoverable|uncorrectable|fail|fault|lost|error|\bhang\b|thermal trip/i.test(event)
    ? 'Critical'
    : 'OK'
}
