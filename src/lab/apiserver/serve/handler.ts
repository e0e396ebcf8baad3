import type { IncomingMessage, ServerResponse } from 'node:http'
import { sleep } from '../../../base/clock.js'
import type { Logger } from '../../../base/log.js'
import type { JsonObject } from '../json.js'
import { objectKey } from '../object.js'
import type { Registry } from '../registry.js'
import type { ApiResource } from '../resource.js'
import {
  expired,
  forbidden,
  internal,
  methodNotAllowed,
  modified,
  notFound,
  conflict,
  pathNotFound,
  StatusError,
  tooManyRequests,
  unauthorized,
} from '../status-error.js'
import { mediaType, objectBody, readBody } from './body.js'
import { serveDelete, serveDeleteCollection } from './delete.js'
import type { Identities, User } from '../identity.js'
import { serveOpenPath, servePath } from './paths.js'
import { type Access, type Authorizer, refusal } from './rbac.js'
import { type ReadDeps, serveRead } from './read.js'
import { parseRequest, type RequestInfo, type Target } from './request-info.js'
import { sendJson } from './respond.js'
import { answerReview, isReview } from './reviews.js'
import { writeHandler } from './write.js'
import { writeOptions } from './write-options.js'

export interface HandlerDeps extends ReadDeps {
  readonly registry: Registry
  readonly identities: Identities
  readonly authorize: Authorizer
  /** Told of what was allowed. */
  readonly allowed: (user: User, access: Access) => void
  readonly log: Logger
  /** host:port for discovery. */
  readonly address: () => string
}

/** Answers one request; never throws. Bodies and headers are not logged: they hold Secrets and tokens. */
export const handleRequest = async (
  deps: HandlerDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const started = deps.clock.now()
  const info = parseRequest(request)
  response.once('close', () => {
    const fields = { method: info.method, path: info.path, verb: info.verb, code: response.statusCode }
    deps.log.debug({ ...fields, ms: deps.clock.now() - started }, 'request')
  })
  try {
    await route(deps, info, request, response)
  } catch (error) {
    if (response.destroyed) return // the client left in the middle of its request
    if (!(error instanceof StatusError)) deps.log.error({ path: info.path, err: error }, 'request failed')
    answerError(
      response,
      error instanceof StatusError ? error : internal('unexpected fault of the embedded API server'),
    )
  }
}

const answerError = (response: ServerResponse, error: StatusError): void => {
  const seconds = error.details?.['retryAfterSeconds']
  sendJson(response, error.code, error.toStatus(), {
    ...(typeof seconds === 'number' ? { 'retry-after': String(seconds) } : {}),
    ...(error.code === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  })
}

const route = async (
  deps: HandlerDeps,
  info: RequestInfo,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  if (serveOpenPath(info.path, response)) return
  const user = deps.identities.authenticate(request.headers.authorization)
  if (user === undefined) throw unauthorized()
  const { target } = info
  if (target === undefined) {
    permit(deps, user, { verb: info.verb, path: info.path })
    return servePath(deps.registry, deps.address(), info, request, response)
  }
  permit(deps, user, accessOf(info.verb, target, info.query))
  await misbehave(deps, info.verb, target)
  if (response.destroyed) return
  return serveTarget(deps, user, info, target, request, response)
}

/** A list or watch of one name by field selector counts as access to that name, so that resourceNames can grant it. */
const accessOf = (verb: string, target: Target, query: URLSearchParams): Access => ({
  verb,
  group: target.group,
  resource: target.plural,
  subresource: target.subresource,
  namespace: target.namespace,
  name:
    target.name === '' ? (/^metadata\.name=([^,=!]+)$/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '') : target.name,
})

const permit = (deps: HandlerDeps, user: User, access: Access): void => {
  if (deps.authorize(user, access)) return deps.allowed(user, access)
  const subject = access.resource === undefined ? undefined : { group: access.group ?? '', plural: access.resource }
  throw forbidden(refusal(user, access), subject, access.name ?? '')
}

/** Faults that hit whole requests. */
const misbehave = async ({ faults, clock }: HandlerDeps, verb: string, target: Target): Promise<void> => {
  const slow = faults.take(['slow'], target.plural, verb)
  if (slow !== undefined) await sleep(clock, slow.delayMs ?? 1000)
  const fault = faults.take(['busy', 'fail', 'expired'], target.plural, verb)
  if (fault?.kind === 'busy') throw tooManyRequests(fault.retryAfterSeconds ?? 1)
  if (fault?.kind === 'fail') throw internal('injected fault')
  if (fault?.kind === 'expired') throw expired('injected fault: the requested history was forgotten')
  if (!['update', 'patch'].includes(verb)) return
  if (faults.take(['conflict'], target.plural, verb) !== undefined) throw conflict(target, target.name, modified)
}

const serveTarget = async (
  deps: HandlerDeps,
  user: User,
  info: RequestInfo,
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  if (isReview(target) && info.verb === 'create') {
    const body = objectBody(await readBody(request))
    return sendJson(response, 201, answerReview(deps.authorize, user, target.plural, body))
  }
  const resource = deps.registry.find(target.group, target.version, target.plural)
  if (resource === undefined || !fits(resource, target, info)) throw pathNotFound()
  if (['get', 'list', 'watch'].includes(info.verb)) return serveRead(deps, resource, target, info, request, response)
  const body = await readBody(request)
  if (target.subresource === 'token') return sendJson(response, 201, issueToken(deps, target, objectBody(body)))
  if (info.verb === 'delete') return serveDelete(deps, resource, target, info.query, body, response)
  if (info.verb === 'deletecollection') return serveDeleteCollection(deps, resource, info, body, response)
  const options = writeOptions(info.query, request.headers['user-agent'])
  const mayCreate = () => permit(deps, user, { ...accessOf('create', target, info.query), subresource: undefined })
  const media = mediaType(request)
  const write = { resource, target, query: info.query, body, media, options, mayCreate }
  const { object, created } = writeHandler(info.verb)(deps, write)
  const warnings = options.warnings.map(text => `299 - ${JSON.stringify(text)}`).join(', ')
  sendJson(response, created ? 201 : 200, object, warnings === '' ? {} : { warning: warnings })
}

/** The token subresource of ServiceAccounts. The token stays valid until the storage is thrown away. */
const issueToken = (deps: HandlerDeps, target: Target, body: JsonObject): JsonObject => {
  const { namespace = '', name } = target
  if (deps.storage.get('/serviceaccounts', objectKey(namespace, name)) === undefined) throw notFound(target, name)
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
  const token = deps.identities.issue({ name: `system:serviceaccount:${namespace}:${name}`, groups })
  return { ...body, metadata: { name, namespace }, status: { token, expirationTimestamp: null } }
}

/** Namespaced objects need a namespace in the URL, except for lists and watches over all of them. */
const fits = (resource: ApiResource, target: Target, info: RequestInfo): boolean => {
  if (target.subresource !== undefined && !resource.subresources.includes(target.subresource)) return false
  if (info.verb === 'create' && (target.name !== '') !== (target.subresource === 'token')) throw methodNotAllowed()
  if (!resource.namespaced) return target.namespace === undefined
  return target.namespace !== undefined || target.name === ''
}
