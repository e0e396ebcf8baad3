import type { Json, JsonObject } from './json.js'

/** What an answer is about: `baremetalhosts.metal.akraino.org "host-1"`. */
export interface Subject {
  readonly group: string
  readonly plural: string
  readonly kind?: string
}

/** One wrong field (meta/v1 StatusCause and field.Error). */
export interface FieldError {
  readonly field: string
  readonly type:
    | 'Required'
    | 'Invalid'
    | 'NotSupported'
    | 'Duplicate'
    | 'Forbidden'
    | 'TooLong'
    | 'TooMany'
    | 'TypeInvalid'
  readonly message: string
  readonly value?: Json
}

/**
 * A refusal as Kubernetes words it on the wire (meta/v1 Status). It is the answer of a simulated peer, not a fault of
 * katametal, and therefore no KatametalError.
 */
export class StatusError extends Error {
  override readonly name = 'StatusError'

  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: JsonObject,
  ) {
    super(message)
  }

  /** The body of the answer. */
  toStatus(): JsonObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    }
  }
}

const nameOf = ({ group, plural }: Subject): string => (group === '' ? plural : `${plural}.${group}`)

const detailsOf = ({ group, plural }: Subject, name: string): JsonObject => ({
  ...(name === '' ? {} : { name }),
  ...(group === '' ? {} : { group }),
  kind: plural,
})

export const notFound = (subject: Subject, name: string): StatusError =>
  new StatusError(404, 'NotFound', `${nameOf(subject)} "${name}" not found`, detailsOf(subject, name))

export const pathNotFound = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})

export const alreadyExists = (subject: Subject, name: string): StatusError =>
  new StatusError(409, 'AlreadyExists', `${nameOf(subject)} "${name}" already exists`, detailsOf(subject, name))

export const conflict = (
  subject: Subject,
  name: string,
  why: string,
  causes: readonly JsonObject[] = [],
): StatusError =>
  new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${nameOf(subject)} "${name}": ${why}`, {
    ...detailsOf(subject, name),
    ...(causes.length === 0 ? {} : { causes }),
  })

/** The words clients look for when an optimistic write lost. */
export const modified = 'the object has been modified; please apply your changes to the latest version and try again'

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message)

export const unauthorized = (): StatusError => new StatusError(401, 'Unauthorized', 'Unauthorized')

export const forbidden = (message: string, subject: Subject | undefined, name: string): StatusError =>
  new StatusError(403, 'Forbidden', message, subject === undefined ? {} : detailsOf(subject, name))

export const methodNotAllowed = (): StatusError =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

export const unsupportedMediaType = (seen: string): StatusError =>
  new StatusError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - ${seen}`, {})

export const expired = (message: string): StatusError => new StatusError(410, 'Expired', message)

export const tooManyRequests = (seconds: number): StatusError =>
  new StatusError(429, 'TooManyRequests', 'the server has received too many requests, please try again later', {
    retryAfterSeconds: seconds,
  })

export const internal = (message: string): StatusError =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })

export const invalid = (subject: Subject, name: string, errors: readonly FieldError[]): StatusError => {
  const lines = errors.map(error => `${error.field}: ${sentence(error)}`)
  const list = lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`
  const what = `${subject.kind ?? subject.plural}${subject.group === '' ? '' : `.${subject.group}`} "${name}" is invalid`
  return new StatusError(422, 'Invalid', `${what}: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(subject.group === '' ? {} : { group: subject.group }),
    kind: subject.kind ?? subject.plural,
    causes: errors.map(error => ({ reason: `FieldValue${error.type}`, message: sentence(error), field: error.field })),
  })
}

const words: Readonly<Record<FieldError['type'], string>> = {
  Required: 'Required value',
  Invalid: 'Invalid value',
  NotSupported: 'Unsupported value',
  Duplicate: 'Duplicate value',
  Forbidden: 'Forbidden',
  TooLong: 'Too long',
  TooMany: 'Too many',
  TypeInvalid: 'Invalid value',
}

const sentence = (error: FieldError): string => {
  const value = error.value === undefined ? '' : `: ${short(error.value)}`
  return `${words[error.type]}${value}${error.message === '' ? '' : `: ${error.message}`}`
}

const short = (value: Json): string => {
  const text = JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}
