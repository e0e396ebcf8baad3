import { type HostInventorySpec } from '../../../api/metal/host-inventory.js'
import { type Clock, rfc3339 } from '../../base/clock.js'
import type { BmcCall } from '../model.js'
import type { RedfishClient } from './client.js'
import { problemOf } from './collection.js'
import type { RedfishContext } from './context.js'
import { readFirmware } from './inventory/firmware.js'
import { readMemory } from './inventory/memory.js'
import { readNics } from './inventory/nics.js'
import { readProcessors } from './inventory/processors.js'
import { readStorage } from './inventory/storage.js'
import { systemPart } from './inventory/system.js'
import { withoutUndefined } from './inventory/tidy.js'
import type { Problem } from './resource.js'

/** One part of the inventory in the reading: where its facts come from and where its problems go. */
export interface Reading {
  readonly client: RedfishClient
  readonly context: RedfishContext
  readonly call: BmcCall
  readonly problem: (problem: Problem) => void
}

/**
 * What the server is made of. Every part that can be read is there; what cannot be read is a problem in it. Throws
 * only what concerns the BMC as a whole: not reachable, login refused, aborted.
 */
export const readInventory = async (
  client: RedfishClient,
  context: RedfishContext,
  clock: Clock,
  call: BmcCall,
): Promise<HostInventorySpec> => {
  const before = client.requests
  const problems: Problem[] = []
  const reading: Reading = { client, context, call, problem: one => void problems.push(one) }
  const part = async <T>(about: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      reading.problem(problemOf(about, error))
      return undefined
    }
  }
  const { systemPath } = context
  const system = await client.get(systemPath, call)
  const now: RedfishContext = { ...context, system }
  const current: Reading = { ...reading, context: now }
  const parts = {
    system: systemPart(system),
    processors: await part(`${systemPath} processors`, () => readProcessors(current)),
    memory: await part(`${systemPath} memory`, () => readMemory(current)),
    nics: await part(`${systemPath} network interfaces`, () => readNics(current)),
    storage: await part(`${systemPath} storage`, () => readStorage(current)),
    firmware: await part('firmware inventory', () => readFirmware(current)),
  }
  const time = rfc3339(clock.now())
  return withoutUndefined({
    ...parts,
    provenance: Object.entries(parts)
      .filter(([, value]) => value !== undefined)
      .map(([name]) => ({ path: `/${name}`, source: 'redfish' as const, time })),
    problems: problems.slice(0, mostProblems),
    requests: client.requests - before,
  })
}

/** As many as the schema of HostInventory takes. */
const mostProblems = 256
