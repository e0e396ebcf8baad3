import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { stringify } from 'yaml'
import type { z } from 'zod'
import { type Clock, sleep } from '../base/clock.js'
import { KatametalError, toKatametalError } from '../base/errors.js'
import type { Logger } from '../base/log.js'
import { hasWork, type OpenOperation, type Operations } from './operations.js'
import {
  agentHelloSchema,
  agentLogSchema,
  agentPaths,
  agentProgressSchema,
  agentResultSchema,
  type BootData,
  phoneHomeSchema,
} from './protocol.js'
import type { TokenPurpose, Tokens } from './tokens.js'

export interface DeployContext {
  readonly operations: Operations
  readonly tokens: Tokens
  readonly clock: Clock
  readonly log: Logger
  readonly news: (host: string) => void
  readonly url: () => string
  readonly ca: string
}

const longPollMs = 20_000
/** Progress wakes the controller at most this often per operation. */
const progressNewsMs = 1_000

/** The agent API of protocol.ts. */
export const agentRoutes = (app: FastifyInstance, context: DeployContext): void => {
  const lastProgressNews = new WeakMap<OpenOperation, number>()
  const prefix = '/v1/operations/:operationID'

  app.setErrorHandler((error, _request, reply) => sendError(reply, error, context.log))

  app.post(`${prefix}/${agentPaths.hello}`, async request => {
    const operation = authorized(request, 'agent', context, false)
    operation.hello = parsed(agentHelloSchema, request)
    context.news(operation.request.host)
    return operation.plan
  })

  app.get(`${prefix}/${agentPaths.plan}`, async (request, reply) => {
    const operation = authorized(request, 'agent', context)
    if (!hasWork(operation)) await nextPlan(operation, reply, context.clock)
    return operation.plan
  })

  app.post(`${prefix}/${agentPaths.progress}`, async request => {
    const operation = authorized(request, 'agent', context)
    operation.progress = parsed(agentProgressSchema, request)
    const now = context.clock.now()
    if (now - (lastProgressNews.get(operation) ?? 0) >= progressNewsMs) {
      lastProgressNews.set(operation, now)
      context.news(operation.request.host)
    }
    return {}
  })

  app.post(`${prefix}/${agentPaths.result}`, async request => {
    const operation = authorized(request, 'agent', context)
    const result = parsed(agentResultSchema, request)
    operation.results.set(result.taskID, result)
    context.news(operation.request.host)
    return operation.plan
  })

  app.get(`${prefix}/${agentPaths.bootdata}`, async (request, reply) => {
    const operation = authorized(request, 'agent', context)
    const { plan } = operation
    const { bootData } = operation.request
    if (plan.action !== 'handover' || bootData === undefined) throw notNow(operation)
    const { taskID } = plan
    if (operation.served.has(taskID)) throw new Gone('served already')
    // One reader: whoever asks while the first is being served is the second. An answer that does not get through does
    // not count.
    operation.served.add(taskID)
    const offerAgain = (): void => void operation.served.delete(taskID)
    reply.raw.once('close', () => reply.raw.writableFinished || offerAgain())
    const body = await assemble(operation, bootData, context).catch((error: unknown) => {
      offerAgain()
      throw error
    })
    return reply.header('cache-control', 'no-store').send(body)
  })

  app.post(`${prefix}/${agentPaths.log}`, async request => {
    const operation = authorized(request, 'agent', context)
    operation.request.logged?.(parsed(agentLogSchema, request).lines)
    return {}
  })

  app.post(`${prefix}/${agentPaths.phoneHome}`, async request => {
    const operation = authorized(request, 'first-boot', context, false)
    const report = parsed(phoneHomeSchema, request)
    try {
      await operation.request.recordPhoneHome(report)
    } catch (error) {
      // Not acknowledged: the first boot sends it again.
      throw new Retry(toKatametalError(error))
    }
    context.news(operation.request.host)
    return {}
  })
}

/** A valid request that cannot be answered yet. */
class Retry extends Error {
  readonly reason: KatametalError
  constructor(reason: KatametalError) {
    super(reason.message)
    this.reason = reason
  }
}

class NotNow extends Error {}

/** What there was is over. */
class Gone extends Error {}

/** No token at all: 401 instead of 403 (RFC 9110 section 15.5). */
class TokenMissing extends Error {}

const notNow = ({ plan }: OpenOperation): NotNow => new NotNow(`not while the plan is ${plan.action}`)

const authorized = (
  request: FastifyRequest,
  purpose: TokenPurpose,
  { operations, tokens, clock }: DeployContext,
  afterHello = true,
): OpenOperation => {
  const { operationID } = request.params as { operationID: string }
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) throw new TokenMissing('a token is needed')
  if (!tokens.isValid(token, operationID, purpose)) throw new KatametalError('AgentTokenRefused')
  if (operations.hasEnded(operationID)) throw new Gone('this operation is over')
  const operation = operations.find(operationID)
  // A manager that was restarted learns of its operations and agents again within moments.
  if (operation === undefined || (afterHello && operation.hello === undefined)) throw new NotNow('say hello again')
  operation.heardAt = clock.now()
  return operation
}

const parsed = <S extends z.ZodType>(schema: S, request: FastifyRequest): z.output<S> => {
  const result = schema.safeParse(request.body)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new KatametalError('UsageInvalid', {
    about: issue?.path.join('.') ?? 'body',
    seen: issue?.message ?? 'not understood',
  })
}

/** Until the plan changes, the operation ends, the agent hangs up, or the long poll has lasted long enough. */
const nextPlan = async (operation: OpenOperation, reply: FastifyReply, clock: Clock): Promise<void> => {
  const over = new AbortController()
  const wake = (): void => over.abort()
  reply.raw.once('close', wake)
  operation.waiters.add(wake)
  await sleep(clock, longPollMs, over.signal).catch(() => undefined)
  operation.waiters.delete(wake)
}

const assemble = async (
  { request }: OpenOperation,
  bootData: NonNullable<OpenOperation['request']['bootData']>,
  { tokens, url, ca }: DeployContext,
): Promise<BootData> => {
  const { userData, metaData, networkConfig, vendorData } = await bootData()
  return {
    userData: userData.toString('base64'),
    metaData: stringify(metaData),
    ...(networkConfig === undefined ? {} : { networkConfig }),
    ...(vendorData === undefined ? {} : { vendorData }),
    phoneHomeURL: `${url()}/v1/operations/${encodeURIComponent(request.id)}/${agentPaths.phoneHome}`,
    phoneHomeToken: tokens.tokenFor(request.id, 'first-boot'),
    ca,
  }
}

const sendError = (reply: FastifyReply, error: unknown, log: Logger) => {
  if (error instanceof NotNow)
    return reply.code(409).header('retry-after', '1').send({ code: 'BMCBusy', message: error.message })
  if (error instanceof Gone) return reply.code(410).send({ code: 'AgentTokenRefused', message: error.message })
  if (error instanceof TokenMissing)
    return reply
      .code(401)
      .header('www-authenticate', 'Bearer')
      .send({ code: 'AgentTokenRefused', message: error.message })
  if (error instanceof Retry) {
    log.warn({ err: error.reason }, 'a report could not be stored; it will be sent again')
    return reply.code(503).header('retry-after', '1').send({ code: error.reason.code, message: error.reason.message })
  }
  if (error instanceof KatametalError) {
    const status = error.code === 'AgentTokenRefused' ? 403 : error.kind === 'input' ? 400 : 500
    if (status === 500) log.error({ err: error }, 'a request of an agent failed')
    return reply.code(status).send({ code: error.code, message: error.message })
  }
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status >= 500) log.error({ err: toKatametalError(error) }, 'a request of an agent failed')
  return reply
    .code(status)
    .send({ code: status >= 500 ? 'Internal' : 'UsageInvalid', message: 'the request cannot be served' })
}
