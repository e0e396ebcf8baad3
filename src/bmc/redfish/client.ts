import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import { isKatametalError } from '../../base/errors.js'
import { type BmcAddress, originOf } from '../address.js'
import { type BmcBudget, createBudget } from '../budget.js'
import type { BmcAccess, BmcCall, BmcExchange } from '../model.js'
import { createBmcAgents } from '../trust.js'
import type { MessageMeanings } from '../vendors.js'
import { createCollectionReader } from './collection.js'
import { createExpansion, expandQuery } from './expansion.js'
import type { RedfishMessage } from './errors.js'
import { createHttp, type HttpLimits } from './http.js'
import { createRequester } from './requester.js'
import { type JsonObject, link, type Problem, type RedfishResource } from './resource.js'
import { createSession } from './session.js'
import { readAsSpelled } from './spelling.js'
import { taskState } from './tasks.js'
import { withEtagLadder } from './etag.js'

/**
 * One BMC over Redfish: logged in lazily, within the budget of the BMC, with its quirks of transport absorbed. All
 * paths are on the origin of the BMC ("/redfish/v1/..." or elsewhere on it); a path of another origin is answered
 * with BMCProtocol and never asked for. Errors are KatametalErrors of the BMC group and carry no secret; an answer
 * with an error status is a RedfishError with the messages of the service.
 */
export interface RedfishClient {
  /** Requests sent so far, retries and logins included. */
  readonly requests: number
  /** Whether the service has refused a login because all its sessions were in use. */
  readonly sessionLimitMet: boolean
  /** The service root as first read; it does not change while a service runs. */
  root(call: BmcCall): Promise<RedfishResource>
  /** Reads one resource. */
  get(path: string, call: BmcCall): Promise<RedfishResource>
  /** Like get, but undefined when the BMC does not have the resource (404, 405, 410, 501) or `path` is undefined. */
  tryGet(path: string | undefined, call: BmcCall): Promise<RedfishResource | undefined>
  /**
   * All members of a collection, over all its pages, with `$expand` where the service offers it. A member that
   * cannot be read becomes a problem; a collection that the BMC does not have, or undefined, is empty.
   */
  members(collection: string | undefined, call: BmcCall): Promise<Members>
  /** The resources at many links, each once; one that cannot be read becomes a problem. */
  all(paths: readonly string[], call: BmcCall): Promise<Members>
  /** PATCH with the ETag ladder: a resource that was read brings its ETag, a path is tried without one first. */
  patch(target: string | RedfishResource, body: object, call: BmcCall): Promise<WriteAnswer>
  /** POST to a collection. */
  post(path: string, body: object, call: BmcCall): Promise<WriteAnswer>
  /** POST to an action target; never with If-Match. Without a body when `body` is undefined. */
  action(target: string, body: object | undefined, call: BmcCall): Promise<WriteAnswer>
  /** DELETE; a resource that is gone already is success. */
  remove(path: string, call: BmcCall): Promise<void>
  /** How far the task or job that a write named has come. */
  task(path: string, call: BmcCall): Promise<TaskState>
  /** Logs out and closes the connections. Never throws; the client can be used again afterwards. */
  close(): Promise<void>
}

export interface Members {
  readonly resources: readonly RedfishResource[]
  readonly problems: readonly Problem[]
}

/** The answer to a write that the BMC took (2xx). */
export interface WriteAnswer {
  readonly status: number
  readonly body: JsonObject | undefined
  /** Path of the task, task monitor or job that carries the work on (202, or a Location of one). */
  readonly task: string | undefined
  /** The Location header of 201, as a path. */
  readonly location: string | undefined
  readonly messages: readonly RedfishMessage[]
}

/** A task, a task monitor and a vendor's job, reduced to what decides. */
export interface TaskState {
  /** The path to look at next: Lenovo hands a task over to a job elsewhere. */
  readonly path: string
  readonly state: 'Running' | 'Done' | 'Failed' | 'Gone'
  readonly percent: number | undefined
  /** The state in the words of the BMC and its first message. */
  readonly seen: string
}

export interface RedfishClientOptions {
  readonly address: Pick<BmcAddress, 'https' | 'host' | 'port'>
  readonly access: BmcAccess
  readonly clock: Clock
  readonly log: Logger
  readonly messages: MessageMeanings
  readonly onExchange?: ((exchange: BmcExchange) => void) | undefined
  /** Shared by whoever else talks to this BMC; one of its own when left out. */
  readonly budget?: BmcBudget | undefined
  readonly limits?: Partial<HttpLimits> | undefined
  readonly connectTimeoutMs?: number | undefined
}

/** As DSP0266 6.3 writes it. */
const rootPath = '/redfish/v1/'
const bareRootPath = '/redfish/v1'

/** A client for one BMC. Sends nothing yet. Errors: BMCCertificateRefused for a bundle that cannot be read. */
export const createRedfishClient = (options: RedfishClientOptions): RedfishClient => {
  const { address, access, clock, log, messages } = options
  const agents = createBmcAgents({
    host: address.host,
    port: address.port,
    trust: address.https ? access.trust : undefined,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    idleTimeoutMs: 15_000,
  })
  const origin = originOf(address)
  const http = createHttp({
    origin,
    agents,
    budget: options.budget ?? createBudget({ about: origin, clock }),
    clock,
    onExchange: options.onExchange,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  const session = createSession({
    http,
    access,
    clock,
    log,
    messages,
    sessionsPath: async call => {
      const seen = await openRoot(call)
      return link(seen?.body, 'Links', 'Sessions') ?? '/redfish/v1/SessionService/Sessions'
    },
  })
  const requester = createRequester({ http, session, clock, messages })
  const { write } = requester
  const read = readAsSpelled(requester.read)
  let known: RedfishResource | undefined
  let place = rootPath

  /** Servers of files know their root by one spelling only. */
  const openly = async (call: BmcCall): Promise<RedfishResource | undefined> => {
    try {
      return await requester.readOpenly(place, call)
    } catch (error) {
      if (place !== rootPath || !isKatametalError(error, 'BMCNotFound')) throw error
      const seen = await requester.readOpenly(bareRootPath, call)
      place = bareRootPath
      return seen
    }
  }
  /** The root without a login, as the standard wants it open; undefined where it is not. */
  const openRoot = async (call: BmcCall): Promise<RedfishResource | undefined> => {
    if (known !== undefined) return known
    const seen = await openly(call)
    // A root that shows strangers less than members is read again as a member.
    if (link(seen?.body, 'Systems') !== undefined) known = seen
    return seen
  }
  const root = async (call: BmcCall): Promise<RedfishResource> => {
    await openRoot(call)
    return (known ??= await read(place, call))
  }
  const collections = createCollectionReader(
    read,
    createExpansion(async call => expandQuery((await root(call)).body)),
  )

  const orNothing = async <T>(run: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await run()
    } catch (error) {
      if (isKatametalError(error, 'BMCNotFound') || isKatametalError(error, 'BMCUnsupported')) return undefined
      throw error
    }
  }

  return {
    get requests() {
      return http.requests
    },
    get sessionLimitMet() {
      return session.limitMet
    },
    root,
    get: read,
    tryGet: (path, call) => (path === undefined ? Promise.resolve(undefined) : orNothing(() => read(path, call))),
    members: async (collection, call) => {
      const none: Members = { resources: [], problems: [] }
      if (collection === undefined) return none
      return (await orNothing(() => collections.read(collection, call))) ?? none
    },
    all: (paths, call) => collections.all(paths, call),
    patch: (target, body, call) => {
      const path = typeof target === 'string' ? target : target.path
      return withEtagLadder(
        typeof target === 'string' ? undefined : target.etag,
        async () => (await read(path, call)).etag,
        ifMatch => write('PATCH', path, body, call, ifMatch),
      )
    },
    post: (path, body, call) => write('POST', path, body, call),
    action: (target, body, call) => write('POST', target, body, call),
    remove: async (path, call) => {
      await orNothing(() => write('DELETE', path, undefined, call))
    },
    task: async (path, call) => {
      const answer = await requester.look(path, call)
      const state = taskState(answer, path, messages)
      return { ...state, path: http.pathOf(state.path) }
    },
    close: async () => {
      await session.close()
      agents.close()
    },
  }
}
