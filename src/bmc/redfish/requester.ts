import type { Clock } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import type { BmcCall } from '../model.js'
import type { MessageMeanings } from '../vendors.js'
import type { WriteAnswer } from './client.js'
import { errorOf, hasMeaning, messagesOf, RedfishError } from './errors.js'
import type { Http, HttpAnswer, HttpMethod, HttpRequest } from './http.js'
import { onThisServer } from './links.js'
import type { RedfishResource } from './resource.js'
import { readRules, withRetries } from './retries.js'
import type { Session } from './session.js'
import { taskLink } from './tasks.js'

/** Requests with a login: retries, a new login when the old one has run out, and errors out of bad answers. */
export interface Requester {
  readonly read: (path: string, call: BmcCall) => Promise<RedfishResource>
  /** Without a login; undefined when the service asks for one. */
  readonly readOpenly: (path: string, call: BmcCall) => Promise<RedfishResource | undefined>
  readonly write: (
    method: Exclude<HttpMethod, 'GET'>,
    path: string,
    body: object | undefined,
    call: BmcCall,
    ifMatch?: string,
  ) => Promise<WriteAnswer>
  /** The answer of a GET whatever its status. */
  readonly look: (path: string, call: BmcCall) => Promise<HttpAnswer>
}

export interface RequesterOptions {
  readonly http: Http
  readonly session: Session
  readonly clock: Clock
  readonly messages: MessageMeanings
}

export const createRequester = ({ http, session, clock, messages }: RequesterOptions): Requester => {
  const authorized = async (request: HttpRequest, call: BmcCall): Promise<HttpAnswer> => {
    const send = async () => {
      const credentials = await session.credentials(call)
      const headers = { ...request.headers, ...credentials.headers }
      return { credentials, answer: await http.exchange({ ...request, headers }, call) }
    }
    const first = await send()
    if (first.answer.status !== 401) {
      // The service root is open to everybody (DSP0266 13.3.2) and proves nothing.
      if (first.answer.status < 300 && !isRoot(request.path)) session.accepted(first.credentials)
      return first.answer
    }
    session.expired(first.credentials)
    const { answer } = await send()
    if (answer.status !== 401) return answer
    // The password was just accepted at the login: it is the account that may not do this.
    const seen = `HTTP 401 right after a login that was accepted`
    throw new RedfishError('BMCForbidden', 401, messagesOf(answer.body), { about: aboutOf(request), seen })
  }

  /** The login comes before the retries: sending a password again is not for us to decide. */
  const repeatedly = async <T>(call: BmcCall, run: () => Promise<T>): Promise<T> => {
    await session.credentials(call)
    return withRetries(readRules, clock, call, run)
  }

  const resource = (answer: HttpAnswer, path: string): RedfishResource => {
    const about = `GET ${path}`
    if (answer.status >= 300) throw errorOf(answer, about, messages)
    const { body } = answer
    if (body === undefined)
      throw new KatametalError('BMCProtocol', { about, seen: answer.unreadable ?? 'an empty answer' })
    if ('error' in body && !('@odata.id' in body))
      throw errorOf({ ...answer, status: statusOf(answer) }, about, messages)
    return { path, etag: answer.header('etag') ?? bodyEtag(body), body }
  }

  return {
    read: (path, call) => repeatedly(call, async () => resource(await authorized({ method: 'GET', path }, call), path)),
    readOpenly: (path, call) =>
      withRetries(readRules, clock, call, async () => {
        const answer = await http.exchange({ method: 'GET', path }, call)
        return answer.status === 401 || answer.status === 403 ? undefined : resource(answer, path)
      }),
    write: async (method, path, body, call, ifMatch) => {
      const headers = ifMatch === undefined ? {} : { 'If-Match': ifMatch }
      const request = { method, path, body, headers }
      const answer = await authorized(request, call)
      const said = messagesOf(answer.body)
      if (answer.status >= 300 && !hasMeaning(said, messages.success)) throw errorOf(answer, aboutOf(request), messages)
      return {
        status: answer.status,
        body: answer.body,
        task: onThisServer(taskLink(answer), http),
        location: onThisServer(answer.header('location'), http),
        messages: said,
      }
    },
    look: (path, call) =>
      repeatedly(call, async () => {
        const answer = await authorized({ method: 'GET', path }, call)
        if (answer.status === 429 || answer.status === 503) throw errorOf(answer, `GET ${path}`, messages)
        return answer
      }),
  }
}

const isRoot = (path: string): boolean => /^\/redfish(\/v1)?\/?$/i.test(path)

const aboutOf = ({ method, path }: HttpRequest): string => `${method} ${path}`

/** An error in place of a resource, sent with 200: what it says decides. */
const statusOf = (answer: HttpAnswer): number =>
  messagesOf(answer.body).some(one => /Missing|NotFound|NotExist/i.test(one.key)) ? 404 : 500

const bodyEtag = (body: Readonly<Record<string, unknown>>): string | undefined => {
  const etag = body['@odata.etag']
  return typeof etag === 'string' && etag.trim() !== '' ? etag.trim() : undefined
}
