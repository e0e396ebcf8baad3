import type { BmcExchange } from '../../bmc/model.js'
import type { Sink } from '../console.js'

/**
 * Tells each request to a BMC in one line: time (UTC), method, path, status, duration and what the BMC complained about.
 * Never headers nor bodies, where passwords and session tokens are.
 */
export const createTrace =
  (sink: Sink): ((exchange: BmcExchange) => void) =>
  exchange => {
    sink.write(`${traceLine(exchange)}\n`)
  }

export const traceLine = ({ time, method, path, status, milliseconds, note }: BmcExchange): string => {
  const when = new Date(time).toISOString().slice(11, 23)
  const outcome = status === undefined ? 'no answer' : String(status)
  const said = note === undefined ? '' : `  ${note.replace(/[\s\p{Cc}]+/gu, ' ')}`
  return `${when} ${method} ${path} ${outcome} ${Math.round(milliseconds)} ms${said}`
}
