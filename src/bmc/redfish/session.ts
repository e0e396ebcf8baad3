import { type Clock, deadlineSignal } from '../../base/clock.js'
import { isKatametalError, KatametalError, toKatametalError } from '../../base/errors.js'
import type { Logger } from '../../base/log.js'
import type { BmcAccess, BmcCall } from '../model.js'
import type { MessageMeanings } from '../vendors.js'
import { errorOf, isRedfishError, RedfishError } from './errors.js'
import type { Http } from './http.js'
import { onThisServer } from './links.js'
import { link } from './resource.js'
import { pause } from './retries.js'

/** One login to one BMC, shared by all calls, opened at the first and closed by whoever is done with the BMC. */
export interface Session {
  /** What identifies us in a request; logs in first when needed. BMCLoginRefused is final: nothing is sent again. */
  credentials(call: BmcCall): Promise<Credentials>
  /** The service answered 401 to these credentials. Makes the next `credentials` log in anew, or throws. */
  expired(credentials: Credentials): void
  /** The service let these credentials read something that it shows to nobody else. */
  accepted(credentials: Credentials): void
  /** Whether a login was refused because all sessions of the service were in use. */
  readonly limitMet: boolean
  /** Logs out. Never throws. A session whose logout failed is remembered, and ended when a login meets the limit. */
  close(): Promise<void>
}

interface Credentials {
  readonly headers: Readonly<Record<string, string>>
}

export interface SessionOptions {
  readonly http: Http
  readonly access: BmcAccess
  readonly clock: Clock
  readonly log: Logger
  readonly messages: MessageMeanings
  /** Path of the Sessions collection. The service root says it, and can be read without a login. */
  sessionsPath(call: BmcCall): Promise<string>
}

interface Login extends Credentials {
  /** Where to log out; undefined for Basic authentication. */
  readonly location: string | undefined
  readonly basic: boolean
  /** Basic authentication is judged by the first answer to it. */
  proven?: boolean
}

const loginTimeoutMs = 60_000
/** Waits before the logins after one that met the session limit: others log out meanwhile, or their sessions run out. */
const limitWaitsMs = [2000, 5000, 10_000]
const longestLimitWaitMs = 10_000
const logoutTimeoutMs = 5_000

export const createSession = (options: SessionOptions): Session => {
  const { http, access, clock, log, messages } = options
  let current: Login | undefined
  let pending: { readonly login: Promise<Login>; readonly abort: () => void } | undefined
  let refused: KatametalError | undefined
  let limitMet = false
  /** Sessions of ours that may still be open: their logout was not answered. */
  const leftovers = new Set<Login>()

  /** Ends a session with its own token. A session that is not there any more is ended. */
  const end = async (login: Login, call: BmcCall): Promise<void> => {
    if (login.location === undefined) return
    leftovers.add(login)
    const { status } = await http.exchange({ method: 'DELETE', path: login.location, headers: login.headers }, call)
    if (status < 400 || status === 401 || status === 404) leftovers.delete(login)
  }

  /** When all sessions are in use, some of them may be ours: they go first, and then there is nothing but to wait. */
  const logInWithPatience = async (call: BmcCall): Promise<Login> => {
    for (const wait of [...limitWaitsMs, undefined]) {
      try {
        return await logIn(call)
      } catch (error) {
        if (!isKatametalError(error, 'BMCSessionLimit')) throw error
        limitMet = true
        const ours = [...leftovers]
        for (const login of ours) await end(login, call)
        if (wait === undefined || (error.retryAfterMs ?? 0) > longestLimitWaitMs) throw error
        if (leftovers.size === ours.length) await pause(clock, error.retryAfterMs ?? wait, call)
      }
    }
    throw new KatametalError('BMCSessionLimit')
  }

  const logIn = async (call: BmcCall): Promise<Login> => {
    const path = await options.sessionsPath(call)
    const body = { UserName: access.username, Password: access.password }
    const answer = await http.exchange({ method: 'POST', path, body }, call)
    if (answer.status === 404 || answer.status === 405 || answer.status === 501) return basicLogin(access)
    const about = `login at ${path}`
    // A service that takes the password but wants it changed says 201 and lets nothing else pass.
    const error = errorOf(answer, about, messages)
    if (error.code === 'BMCForbidden' && hasPasswordChange(error)) throw error
    if (answer.status >= 400) throw loginFailure(error, about, access)
    const token = answer.header('x-auth-token')
    if (token === undefined)
      throw new RedfishError('BMCProtocol', answer.status, [], { about, seen: 'no X-Auth-Token in the answer' })
    const location = answer.header('location') ?? link(answer.body)
    return { headers: { 'X-Auth-Token': token }, location: onThisServer(location, http), basic: false }
  }
  const hasPasswordChange = (error: RedfishError): boolean =>
    error.messages.some(one => messages.passwordChange.has(one.key.toLowerCase()))

  /** One login for all who ask at once; it goes on when one of them gives up, so that no session is lost. */
  const shared = (): Promise<Login> => {
    if (pending !== undefined) return pending.login
    const controller = new AbortController()
    const { signal, release } = deadlineSignal(clock, loginTimeoutMs, controller.signal)
    const login = logInWithPatience({ signal })
      .then(
        done => (current = done),
        (error: unknown) => {
          if (isKatametalError(error, 'BMCLoginRefused')) refused = error
          throw error
        },
      )
      .finally(() => {
        pending = undefined
        release()
      })
    pending = { login, abort: () => controller.abort() }
    return login
  }

  return {
    get limitMet() {
      return limitMet
    },
    credentials: async call => {
      if (refused !== undefined) throw refused
      return current ?? (await orAborted(shared(), call.signal))
    },
    expired: credentials => {
      if (current !== credentials) return
      const { basic, proven } = current
      // A name and password that were good a moment ago still are: it is this one resource that is closed to them.
      if (basic && proven === true) return
      current = undefined
      if (!basic) return
      refused = new RedfishError('BMCLoginRefused', 401, [], { about: 'Basic authentication' })
      throw refused
    },
    accepted: credentials => {
      if (current === credentials && current.basic) current.proven = true
    },
    close: async () => {
      const { signal, release } = deadlineSignal(clock, logoutTimeoutMs)
      try {
        if (pending !== undefined) {
          const { login, abort } = pending
          await orAborted(login, signal).catch(abort)
        }
        const login = current
        current = undefined
        if (login !== undefined) await end(login, { signal })
      } catch (error) {
        log.debug({ err: error }, 'the session could not be closed; the BMC will drop it')
      } finally {
        release()
      }
    },
  }
}

const basicLogin = ({ username, password }: BmcAccess): Login => ({
  headers: { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
  location: undefined,
  basic: true,
})

/** 403 at the login says the same as 401: this name with this password may not come in. */
const loginFailure = (error: RedfishError, about: string, { password }: BmcAccess): RedfishError => {
  const refused = isRedfishError(error, 401, 403) && error.code !== 'BMCSessionLimit' && error.code !== 'BMCBusy'
  // A service may quote what it was given; a password that is empty stands everywhere.
  const hide = (text: string) => (password === '' ? text : text.replaceAll(password, '[hidden]'))
  return new RedfishError(
    refused ? 'BMCLoginRefused' : error.code,
    error.status,
    error.messages.map(one => ({ ...one, message: hide(one.message), args: one.args.map(hide) })),
    {
      about,
      seen: hide(error.seen ?? ''),
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    },
  )
}

const orAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = () => reject(toKatametalError(signal.reason))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
