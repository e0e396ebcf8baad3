import type { LogEntry } from '../model.js'
import { link, number, text } from './resource.js'

/** One LogEntry (schema LogEntry v1) of the log `log`, whatever of it is there. */
export const logEntry = (body: unknown, log: string): LogEntry => {
  const written = text(body, 'Created') ?? text(body, 'EventTimestamp')
  return {
    log,
    id: text(body, 'Id') ?? lastPart(link(body) ?? ''),
    time: timeOf(written),
    written,
    severity: text(body, 'Severity') ?? text(body, 'MessageSeverity'),
    message: (text(body, 'Message') ?? text(body, 'Name') ?? text(body, 'Description') ?? 'no message').slice(0, 2048),
    messageId: text(body, 'MessageId'),
  }
}

/**
 * RFC 3339 in UTC of what a BMC writes: RFC 3339 with any offset, or text such as "Tue Feb 22 13:59:53 2022".
 * Undefined for what a clock that was never set shows: BMCs start in 1970, 2000 or the year 0.
 */
export const timeOf = (written: string | undefined): string | undefined => {
  const milliseconds = written === undefined ? Number.NaN : Date.parse(inUtc(written))
  if (Number.isNaN(milliseconds) || milliseconds < Date.UTC(2001, 0, 1)) return undefined
  return new Date(milliseconds).toISOString()
}

/** Text without an offset means UTC, not the time zone of whoever reads it. */
const inUtc = (written: string): string =>
  /(Z|UTC|GMT|[+-]\d{2}:?\d{2})\)?$/i.test(written)
    ? written
    : /^\d{4}-\d\d-\d\d[T ]/.test(written)
      ? `${written.replace(' ', 'T')}Z`
      : `${written} UTC`

/**
 * Entries of one log, newest first. Services list them either way; the numbers in their Ids tell which, and where
 * there are none the times of the first and the last.
 */
export const newestFirst = (entries: readonly LogEntry[]): readonly LogEntry[] => {
  const [first, last] = [entries[0], entries.at(-1)]
  if (first === undefined || last === undefined) return entries
  const newestIsLast = compare(numberOf(first.id), numberOf(last.id)) ?? compare(millis(first), millis(last)) ?? false
  return newestIsLast ? [...entries].reverse() : entries
}

/**
 * Several logs, each newest first, as one. An entry without a time stands where its neighbours of the same log stand:
 * before the next older one that has a time, else after the last that had.
 */
export const merged = (logs: readonly (readonly LogEntry[])[]): LogEntry[] =>
  logs
    .flatMap(placed)
    .sort((a, b) => b.place - a.place)
    .map(({ entry }) => entry)

const placed = (entries: readonly LogEntry[]): { entry: LogEntry; place: number }[] => {
  const places = entries.map(millis)
  return entries.map((entry, index) => ({
    entry,
    place:
      places[index] ??
      places.slice(index + 1).find(one => one !== undefined) ??
      places.slice(0, index).findLast(one => one !== undefined) ??
      0,
  }))
}

const millis = ({ time }: LogEntry): number | undefined => (time === undefined ? undefined : Date.parse(time))

const numberOf = (id: string): number | undefined => number({ id: /\d+$/.exec(id)?.[0] }, 'id')

/** Whether the second is greater; undefined when that cannot be said. */
const compare = (a: number | undefined, b: number | undefined): boolean | undefined =>
  a === undefined || b === undefined || a === b ? undefined : b > a

const lastPart = (path: string): string => path.split('/').findLast(part => part !== '') ?? ''
