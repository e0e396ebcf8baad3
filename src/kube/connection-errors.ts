import { KatametalError } from '../base/errors.js'

interface Context {
  readonly server: string
  readonly call: { readonly about: string; readonly signal?: AbortSignal }
  /** The signal that bounded the call. */
  readonly deadline: AbortSignal
  readonly deadlineMs: number
}

/**
 * Converts what undici or the credentials threw. Foreign errors are reduced to text. Who aborted decides first,
 * because an abort shows up as any of half a dozen errors.
 */
export const connectionError = (error: unknown, context: Context): KatametalError => {
  const { server, call, deadline, deadlineMs } = context
  if (error instanceof KatametalError) return error
  if (call.signal?.aborted === true) return abortedBy(call.signal, call.about)
  if (deadline.aborted)
    return new KatametalError('KubernetesUnreachable', { about: server, seen: `no answer within ${deadlineMs} ms` })
  const code = codeOf(error)
  const seen = `${code === undefined ? '' : `${code}: `}${error instanceof Error ? error.message : String(error)}`
  if (code === 'UND_ERR_DESTROYED') return new KatametalError('Cancelled', { about: call.about })
  return new KatametalError(isDistrust(code) ? 'KubernetesCertificateRefused' : 'KubernetesUnreachable', {
    about: server,
    seen,
  })
}

const abortedBy = (signal: AbortSignal, about: string): KatametalError =>
  signal.reason instanceof Error && signal.reason.name === 'TimeoutError'
    ? new KatametalError('DeadlineExceeded', { about, seen: signal.reason.message })
    : new KatametalError('Cancelled', { about })

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** Codes of OpenSSL's certificate verification and of the check of the name (node:tls). */
const isDistrust = (code: string | undefined): boolean =>
  code !== undefined &&
  /^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH)/.test(
    code,
  )
