import { type ErrorCode, type KatametalError, errorTable } from '../../base/errors.js'
import type { Console } from '../console.js'
import { painter } from './table.js'

/** What the shell is told; 130 is what shells say of a command that Ctrl-C ended. */
export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3, unreachable: 4, cancelled: 130 } as const

/** Errors that say that the command line, or a file named in it, is wrong. */
const usageErrors: ReadonlySet<ErrorCode> = new Set([
  'UsageInvalid',
  'BMCAddressInvalid',
  'BMCSchemeUnknown',
  'FirmwareProfileUnknown',
  'FirmwareProfileInvalid',
  'KudProfileUnknown',
  'KudProfileInvalid',
  'KudCombinationRefused',
  'FileInvalid',
  'KubeconfigInvalid',
])

export const exitCodeOf = ({ code, kind }: Pick<KatametalError, 'code' | 'kind'>): number => {
  if (usageErrors.has(code)) return exitCodes.usage
  switch (kind) {
    case 'unreachable':
      return exitCodes.unreachable
    case 'refused':
      return exitCodes.refused
    case 'cancelled':
      return exitCodes.cancelled
    case 'transient':
    case 'fault':
    case 'input':
      return exitCodes.failed
  }
}

/** Tells on standard error what went wrong, with what, what was seen there, and what to do. */
export const printError = (console: Console, error: KatametalError): void => {
  const paint = painter(console.err, console.environment)
  const rows = [
    ['about', error.about],
    ['seen', error.seen],
    ['do', error.remedy],
  ] as const
  console.err.write(
    [
      `${paint('error', 'bad')}: ${errorTable[error.code].what} (${error.code})`,
      ...rows.flatMap(([name, text]) => (text === undefined ? [] : [`${`${name}:`.padEnd(7)}${text}`])),
    ]
      .map(line => `${line}\n`)
      .join(''),
  )
}
