import type { BmcCall } from '../model.js'
import type { RedfishClient } from './client.js'
import { problemOf } from './collection.js'
import type { RedfishContext } from './context.js'
import type { Problem, RedfishResource } from './resource.js'

/** Something made of many resources, in the reading: where its facts come from and where its problems go. */
export interface Reading {
  readonly client: RedfishClient
  readonly context: RedfishContext
  readonly call: BmcCall
  readonly problem: (problem: Problem) => void
}

/** The resource at a link; what cannot be read is a problem, and what the BMC does not have is undefined. */
export const resourceAt = async (
  { client, call, problem }: Reading,
  path: string | undefined,
): Promise<RedfishResource | undefined> => {
  try {
    return await client.tryGet(path, call)
  } catch (error) {
    problem(problemOf(path ?? '', error))
    return undefined
  }
}

/** The members of a collection without which there is no telling: when it cannot be read itself, that is thrown. */
export const mainMembers = async (
  { client, call, problem }: Reading,
  path: string | undefined,
): Promise<readonly RedfishResource[]> => {
  const { resources, problems } = await client.members(path, call)
  problems.forEach(problem)
  return resources
}

/** The members of a collection beside the main matter; whatever cannot be read of it, or all of it, is a problem. */
export const membersOf = async (reading: Reading, path: string | undefined): Promise<readonly RedfishResource[]> => {
  try {
    return await mainMembers(reading, path)
  } catch (error) {
    reading.problem(problemOf(path ?? '', error))
    return []
  }
}

/** The resources at many links, each once; whatever cannot be read is a problem. */
export const resourcesAt = async (
  { client, call, problem }: Reading,
  paths: readonly string[],
): Promise<readonly RedfishResource[]> => {
  const { resources, problems } = await client.all(paths, call)
  problems.forEach(problem)
  return resources
}
