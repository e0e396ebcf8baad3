import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { sleep } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import type { BmcContext } from './context.js'
import { type Dispatcher, isOpenPath } from './dispatch.js'
import type { Faults, Strike } from './faults.js'
import { isObject, textAt } from './json.js'
import { render } from './render.js'
import { forbidden } from './privileges.js'
import { type BmcRequest, type Reply, refuse } from './reply.js'
import type { Sessions } from './sessions.js'
import { breakHalfway, drip, listener, readRequest, send, type WireReply } from './wire.js'

export interface Front {
  readonly context: BmcContext
  readonly dispatcher: Dispatcher
  readonly sessions: Sessions
  readonly faults: Faults
  readonly log: Logger
  /** Whether the BMC itself restarts just now. */
  readonly restarting: () => boolean
}

/** The web server of a BMC: faults, login, dispatch, and the journal of requests. */
export const serveBmc = (front: Front): RequestListener =>
  listener(async (incoming, response) => {
    const { context, faults, log } = front
    const request = await readRequest(incoming)
    const ended = context.journal.request(request.method, request.path)
    const strike = faults.strike(request.method, request.path)
    const wait = context.timings.latency + (strike.get('slow')?.ms ?? 0)
    if (wait > 0) await sleep(context.clock, wait)
    let status = 0
    try {
      status = await answer(front, request, strike, incoming, response)
    } finally {
      ended(status)
    }
    log.debug({ method: request.method, path: request.path, status }, 'bmc request')
  })

/** Answers, or fails as the faults say; the status that was sent, 0 for none. */
const answer = async (
  front: Front,
  request: BmcRequest,
  strike: Strike,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<number> => {
  if (strike.get('hang') !== undefined) return 0
  const drop = strike.get('drop')
  if (drop !== undefined && drop.afterWork !== true && drop.halfway !== true) {
    incoming.socket.destroy()
    return 0
  }
  const reply = faultReply(front, request, strike) ?? decide(front, request)
  const wire: WireReply = { status: reply.status, ...render(reply, front.context.behaviour) }
  if (drop !== undefined) {
    if (drop.halfway === true) breakHalfway(response, wire)
    else incoming.socket.destroy()
    return 0
  }
  const cut = strike.get('invalid-json') === undefined ? wire : { ...wire, text: wire.text.slice(0, -2) }
  const slow = strike.get('drip')
  if (slow === undefined) send(response, cut, request.method === 'HEAD')
  else await drip(response, cut, slow, front.context.clock)
  return reply.status
}

const faultReply = ({ sessions }: Front, request: BmcRequest, strike: Strike): Reply | undefined => {
  const busy = strike.get('busy')
  if (busy !== undefined) {
    const reply = refuse(503, 'ServiceTemporarilyUnavailable', 'The service is busy.')
    return busy.retryAfter === undefined ? reply : { ...reply, headers: { 'Retry-After': String(busy.retryAfter) } }
  }
  const error = strike.get('error')
  if (error !== undefined) return refuse(error.status, error.messageId, quoting(error.text, request))
  if (strike.get('refuse-login') !== undefined) return unauthorized
  if (strike.get('session-limit') !== undefined) return sessions.limitReached()
  if (strike.get('html') !== undefined)
    return {
      status: 200,
      headers: { 'Content-Type': 'text/html' },
      body: '<html><body><form action="/login">Please log in</form></body></html>',
    }
  if (strike.get('ignore-write') !== undefined && !sessions.isCollection(request.path)) return { status: 204 }
  const stale = strike.staleBody(request.path)
  return isObject(stale) ? { status: 200, body: stale } : undefined
}

/** Fills `{Name}` with what the body of the request gives for it. */
const quoting = (text: string, { body }: BmcRequest): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => textAt(body, name) ?? whole)

const decide = ({ context, dispatcher, sessions, restarting }: Front, request: BmcRequest): Reply => {
  if (restarting()) return refuse(503, 'ServiceTemporarilyUnavailable', 'The BMC is starting.')
  const version = request.headers['odata-version']
  if (version !== undefined && version !== '4.0')
    return refuse(412, 'HeaderInvalid', 'OData-Version must be 4.0.', ['OData-Version'])
  const reading = request.method === 'GET' || request.method === 'HEAD'
  const open = reading && isOpenPath(request.path)
  const login = request.method === 'POST' && sessions.isCollection(request.path)
  if (!open && !login) {
    const who = sessions.authorize(request)
    const refused = who === undefined ? unauthorized : forbidden(context, who, request)
    if (refused !== undefined) return refused
  }
  return dispatcher.dispatch(request)
}

const unauthorized: Reply = {
  ...refuse(401, 'NoValidSession', 'Log in first.'),
  headers: { 'WWW-Authenticate': 'Basic realm="BMC"' },
}
