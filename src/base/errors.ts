import { errorTable } from './error-table.js'

/**
 * The closed set of error codes. A code is CamelCase so that it can stand as a condition `reason` (Kubernetes
 * metav1.Condition), is stable between releases, and has a section in docs/errors.md generated from the table.
 */
export type ErrorCode = keyof typeof errorTable

/** What a caller may do about an error; decides back-off and the exit code of the command line. */
export type ErrorKind =
  /** Try again in seconds: the other side was busy or a connection broke. */
  | 'transient'
  /** Try again in minutes: something real is wrong, but it may be mended outside of katametal. */
  | 'fault'
  /** Trying again is useless or harmful until the user changes something (a Secret, a spec). */
  | 'input'
  /** A safety rule of ours said no. */
  | 'refused'
  /** The other side cannot be reached. */
  | 'unreachable'
  /** The caller's signal was aborted. */
  | 'cancelled'

/** One row of the error table. */
export interface ErrorDescription {
  readonly kind: ErrorKind
  /** What is wrong, as the beginning of a sentence: "the BMC refused the user name or password". */
  readonly what: string
  /** What the user can do, in the imperative. */
  readonly remedy: string
}

export interface ErrorDetail {
  /** The field, server, file or URL it is about. Never a secret. */
  readonly about?: string
  /** What was seen there, in the words of the other side where it has any. Never a secret. */
  readonly seen?: string
  /** A hint of the other side (Retry-After). */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/**
 * The one error class. Unknown causes are converted at the boundary where they arise ({@link toKatametalError});
 * foreign errors that may carry credentials (AxiosError) are reduced to text there and never attached as `cause`.
 */
export class KatametalError extends Error {
  override readonly name = 'KatametalError'
  readonly code: ErrorCode
  readonly about: string | undefined
  readonly seen: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, detail: ErrorDetail = {}) {
    super(sentence(code, detail), detail.cause === undefined ? undefined : { cause: detail.cause })
    this.code = code
    this.about = detail.about
    this.seen = detail.seen
    this.retryAfterMs = detail.retryAfterMs
  }

  get kind(): ErrorKind {
    return errorTable[this.code].kind
  }

  get remedy(): string {
    return errorTable[this.code].remedy
  }
}

const sentence = (code: ErrorCode, { about, seen }: ErrorDetail): string => {
  const { what } = errorTable[code]
  return `${about === undefined ? '' : `${about}: `}${what}${seen === undefined ? '' : `: ${seen}`}`
}

export const isKatametalError = (error: unknown, code?: ErrorCode): error is KatametalError =>
  error instanceof KatametalError && (code === undefined || error.code === code)

/** Converts any thrown thing; a KatametalError passes unchanged, an abort becomes `Cancelled`, the rest `Internal`. */
export const toKatametalError = (error: unknown, about?: string): KatametalError => {
  if (error instanceof KatametalError) return error
  const detail = about === undefined ? {} : { about }
  if (error instanceof Error && error.name === 'AbortError') return new KatametalError('Cancelled', detail)
  if (error instanceof Error && error.name === 'TimeoutError')
    return new KatametalError('DeadlineExceeded', { ...detail, seen: error.message })
  const seen = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new KatametalError('Internal', { ...detail, seen, cause: error })
}

export { errorTable }
