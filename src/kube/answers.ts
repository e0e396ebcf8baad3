import { z } from 'zod'
import { type ErrorCode, KatametalError } from '../base/errors.js'

/** What the API server answered; `body` is undefined when it was not JSON. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly retryAfterMs?: number
}

/** meta/v1 Status. Lenient: proxies in between answer with anything. */
const statusSchema = z.object({
  kind: z.literal('Status'),
  message: z.string().optional(),
  reason: z.string().optional(),
  code: z.number().optional(),
  details: z
    .object({
      causes: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
      retryAfterSeconds: z.number().optional(),
    })
    .optional(),
})

/** The error for an answer or for the object of an ERROR watch event. `quiet` leaves the server's words away. */
export const answerError = (answer: Answer, about: string, quiet = false): KatametalError => {
  const parsed = statusSchema.safeParse(answer.body)
  const status = parsed.success ? parsed.data : undefined
  const code = codeOf(answer.status)
  const fallback = status?.reason ?? `HTTP ${answer.status}`
  const seconds = status?.details?.retryAfterSeconds
  const retryAfterMs = answer.retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000)
  return new KatametalError(code, {
    about,
    seen: quiet ? fallback : (status?.message?.slice(0, 1024) ?? fallback),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** The error for the object of an ERROR watch event. */
export const errorEvent = (object: unknown, about: string): KatametalError => {
  const parsed = statusSchema.safeParse(object)
  const status = parsed.success ? (parsed.data.code ?? 500) : 500
  return answerError({ status, body: object }, about)
}

/**
 * Whether a refused JSON patch means that a `test` operation failed. Both that and an invalid object are 422; an invalid
 * object lists the fields as causes, while a failed test has no cause or only the generic UnexpectedServerResponse.
 */
export const isFailedTest = (answer: Answer): boolean => {
  if (answer.status !== 422) return false
  const parsed = statusSchema.safeParse(answer.body)
  return (
    parsed.success && (parsed.data.details?.causes ?? []).every(({ reason }) => reason === 'UnexpectedServerResponse')
  )
}

/** Whether the server did not even begin and asks to come again; such a request can be repeated whatever it was. */
export const isOverload = ({ status, retryAfterMs }: Answer, method: string): boolean =>
  status === 429 || (status === 503 && retryAfterMs !== undefined && method === 'GET')

/** Retry-After in milliseconds (RFC 9110 10.2.3); the form with a date is not used by API servers. */
export const parseRetryAfter = (header: string | string[] | undefined): number | undefined =>
  typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined

const codeOf = (status: number): ErrorCode => {
  switch (status) {
    case 401:
      return 'KubernetesUnauthorized'
    case 403:
      return 'KubernetesForbidden'
    case 404:
      return 'KubernetesNotFound'
    case 408:
    case 429:
      return 'KubernetesBusy'
    case 409:
      return 'KubernetesConflict'
    case 410:
      return 'KubernetesExpired'
    default:
      if (status >= 500) return 'KubernetesBusy'
      return status >= 400 ? 'KubernetesRejected' : 'KubernetesUnreachable'
  }
}
