import axios from 'axios'
import { type ErrorCode, KatametalError, toKatametalError } from '../../base/errors.js'
import type { BmcCall } from '../model.js'
import { ConnectFailure } from '../trust.js'

interface Circumstances {
  /** Method and path. */
  readonly about: string
  readonly call: BmcCall
  /** The signal of this request, which also aborts at its own deadline. */
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

/**
 * Why there was no whole answer. An AxiosError ends here: it holds the request with its headers and body, and with
 * them the password, so neither it nor its text goes on.
 */
export const lostOrBroken = (error: unknown, { about, call, signal, timeoutMs }: Circumstances): KatametalError => {
  if (call.signal.aborted) return toKatametalError(call.signal.reason, about)
  if (signal.aborted) return new KatametalError('BMCTimeout', { about, seen: `no whole answer within ${timeoutMs} ms` })
  const cause = axios.isAxiosError(error) ? error.cause : error
  if (cause instanceof ConnectFailure) return cause.error
  const code = codeOf(error) ?? codeOf(cause)
  if (axios.isAxiosError(error) && error.message.startsWith('maxContentLength'))
    return new KatametalError('BMCProtocol', { about, seen: 'an answer larger than any Redfish resource' })
  return new KatametalError(meaning(code), { about, seen: code ?? 'no answer' })
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** HPE_ is the prefix of Node's HTTP parser, Z_ that of zlib: there was an answer, but not one of HTTP. */
const meaning = (code: string | undefined): ErrorCode =>
  code !== undefined && /^(HPE_|Z_|ERR_INVALID|ERR_BAD_OPTION)/.test(code) ? 'BMCProtocol' : 'BMCConnectionLost'
