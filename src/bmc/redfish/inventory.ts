import type { HostInventorySpec } from '../../../api/metal/host-inventory.js'
import { type Clock, rfc3339 } from '../../base/clock.js'
import type { BmcCall } from '../model.js'
import { readChassis } from './chassis.js'
import type { RedfishClient } from './client.js'
import { problemOf } from './collection.js'
import type { RedfishContext } from './context.js'
import { type Adapter, readAdapters } from './inventory/adapters.js'
import { chassisPart, readPowerSupplies, readTpms } from './inventory/enclosure.js'
import { readFirmware } from './inventory/firmware.js'
import { rollUp } from './inventory/health.js'
import { readMemory } from './inventory/memory.js'
import { readNics } from './inventory/nics.js'
import { readGpus, readPcieDevices } from './inventory/pcie.js'
import { listProcessors, processorPart } from './inventory/processors.js'
import { readStorage } from './inventory/storage.js'
import { systemPart } from './inventory/system.js'
import { withoutUndefined } from './inventory/tidy.js'
import type { Reading } from './reading.js'
import type { Problem, RedfishResource } from './resource.js'

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
  const provenance: NonNullable<HostInventorySpec['provenance']> = []
  const system = await client.get(context.systemPath, call)
  const reading: Reading = {
    client,
    context: { ...context, system },
    call,
    problem: one => void problems.push(one),
  }
  /** What goes wrong as a whole is one problem. */
  const attempt = async <T>(name: string, read: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      reading.problem(problemOf(`${context.systemPath} ${name}`, error))
      return undefined
    }
  }
  /** Reads a part and notes when. */
  const part = async <T>(name: string, read: () => T | Promise<T>): Promise<T | undefined> => {
    const value = await attempt(name, read)
    if (value !== undefined) provenance.push({ path: `/${name}`, source: 'redfish', time: rfc3339(clock.now()) })
    return value
  }
  const known = await attempt('chassis', () => readChassis(reading))
  const chassis = known ?? []
  const adapters = await readAdapters(reading, chassis)
  const listed = await attempt('processors', () => listProcessors(reading))
  const parts: HostInventorySpec = {
    system: await part('system', () => systemPart(system)),
    processors: await part('processors', () => listed && processorPart(system, listed)),
    memory: await part('memory', () => readMemory(reading)),
    nics: await part('nics', () => readNics(reading, adapters)),
    storage: await part('storage', () => readStorage(reading)),
    ...(await accelerated(reading, part, chassis, adapters, listed ?? [])),
    tpms: await part('tpms', () => readTpms(reading, chassis)),
    chassis: await part('chassis', () => known && chassisPart(known)),
    powerSupplies: await part('powerSupplies', () => known && readPowerSupplies(reading, known)),
    firmware: await part('firmware', () => readFirmware(reading)),
  }
  return withoutUndefined({
    ...parts,
    health: await part('health', () => rollUp(parts)),
    provenance,
    problems: problems.slice(0, mostProblems),
    requests: client.requests - before,
  })
}

type Part = <T>(name: string, read: () => Promise<T>) => Promise<T | undefined>

/** GPUs are told by processors on some services and by PCIe devices on others. */
const accelerated = async (
  reading: Reading,
  part: Part,
  chassis: readonly RedfishResource[],
  adapters: readonly Adapter[],
  processors: readonly RedfishResource[],
): Promise<Pick<HostInventorySpec, 'pcieDevices' | 'gpus'>> => {
  const pcieDevices = await part('pcieDevices', () => readPcieDevices(reading, chassis, adapters))
  const gpus = await part('gpus', () => readGpus(reading, processors, pcieDevices ?? []))
  return { pcieDevices, gpus }
}

/** As many as the schema of HostInventory takes. */
const mostProblems = 256
