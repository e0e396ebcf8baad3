import type { ErrorDescription, ErrorKind } from '../../src/base/errors.js'
import { code, generatedPage, prose, table } from './markdown.js'

const kinds: Readonly<Record<ErrorKind, string>> = {
  transient: 'Passes by itself: tried again in seconds.',
  fault: 'Something real is wrong, but it may be mended outside of katametal: tried again in minutes.',
  input: 'Nothing is tried again until what the user gave changes.',
  refused: 'A safety rule said no.',
  unreachable: 'The other side cannot be reached: tried again in seconds, then in minutes.',
  cancelled: 'Stopped on request.',
}

/** docs/errors.md: every code, in alphabetical order. */
export const errorsPage = (errors: Readonly<Record<string, ErrorDescription>>): string =>
  generatedPage(
    'Error codes',
    'src/base/error-table.ts',
    'A code stands as `reason` in conditions and events, as `code` in the log, and in the messages of the command line. The kind of a code decides when katametal tries again.',
    table(
      ['Kind', 'Meaning'],
      Object.entries(kinds).map(([kind, meaning]) => [code(kind), meaning]),
    ),
    ...Object.entries(errors)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, { kind, what, remedy }]) => [
        `## ${name}`,
        prose(`${what.charAt(0).toUpperCase()}${what.slice(1)}. Kind: ${code(kind)}.`),
        prose(remedy),
      ]),
  )
