import { type Logger as PinoLogger, pino } from 'pino'
import { KatametalError } from './errors.js'

/** What rooms may call. `child` binds fields that every line of it carries. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(fields: object): Logger
}

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug' | 'trace'

/**
 * JSON lines on `destination` (default stderr). The `err` field goes through {@link describeError}, which never lets
 * a foreign error object through whole: those carry request headers and with them passwords.
 */
export const createLogger = (level: LogLevel, destination?: { write(line: string): void }): Logger =>
  pino(
    { level, base: null, serializers: { err: describeError }, formatters: { level: label => ({ level: label }) } },
    destination ?? pino.destination({ fd: 2, sync: true }),
  ) satisfies PinoLogger

export const describeError = (error: unknown): object => {
  if (error instanceof KatametalError) {
    const { code, message, about, seen } = error
    return { code, message, ...(about === undefined ? {} : { about }), ...(seen === undefined ? {} : { seen }) }
  }
  if (error instanceof Error) return { type: error.name, message: error.message, stack: error.stack }
  return { message: String(error) }
}

const nothing = () => undefined

export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
}
