import type { BmcCall } from '../model.js'
import type { RedfishMessage } from './errors.js'
import type { JsonObject, Problem, RedfishResource } from './resource.js'

/**
 * One BMC over Redfish: logged in lazily, within the budget of the BMC, with its quirks of transport absorbed. All
 * paths are on the origin of the BMC ("/redfish/v1/..." or elsewhere on it); a path of another origin is answered
 * with BMCProtocol and never asked for. Errors are KatametalErrors of the BMC group and carry no secret; an answer
 * with an error status is a RedfishError with the messages of the service.
 */
export interface RedfishClient {
  /** Requests sent so far, retries and logins included. */
  readonly requests: number
  /** Reads one resource. */
  get(path: string, call: BmcCall): Promise<RedfishResource>
  /** Like get, but undefined when the BMC does not have the resource (404, 405, 410, 501) or `path` is undefined. */
  tryGet(path: string | undefined, call: BmcCall): Promise<RedfishResource | undefined>
  /**
   * All members of a collection, over all its pages, with `$expand` where the service offers it. A member that
   * cannot be read becomes a problem; a collection that the BMC does not have, or undefined, is empty.
   */
  members(collection: string | undefined, call: BmcCall): Promise<Members>
  /** PATCH with the ETag ladder: a resource that was read brings its ETag, a path is tried without one first. */
  patch(target: string | RedfishResource, body: object, call: BmcCall): Promise<WriteAnswer>
  /** POST to a collection. */
  post(path: string, body: object, call: BmcCall): Promise<WriteAnswer>
  /** POST to an action target; never with If-Match. */
  action(target: string, body: object, call: BmcCall): Promise<WriteAnswer>
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
