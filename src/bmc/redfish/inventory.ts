import type { HostInventorySpec } from '../../../api/metal/host-inventory.js'
import type { Clock } from '../../base/clock.js'
import type { BmcCall } from '../model.js'
import { readChassis } from './chassis.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { readAdapters } from './inventory/adapters.js'
import { chassisPart, readPowerSupplies, readTpms } from './inventory/enclosure.js'
import { readFirmware } from './inventory/firmware.js'
import { rollUp } from './inventory/health.js'
import { readMemory } from './inventory/memory.js'
import { readNics } from './inventory/nics.js'
import { readGpus, readPcieDevices } from './inventory/pcie.js'
import { createParts, type Parts } from './inventory/parts.js'
import { listProcessors, processorPart } from './inventory/processors.js'
import { readStorage } from './inventory/storage.js'
import { systemPart } from './inventory/system.js'
import { withoutUndefined } from './inventory/tidy.js'
import type { RedfishResource } from './resource.js'

/**
 * What the server is made of, from `context.system` on, which the caller has read just now. Every part that can be read is there; what cannot be read is a problem in it. The parts
 * are read side by side, as far as the budget of the BMC lets them. Throws only what concerns the BMC as a whole: not
 * reachable, login refused, aborted.
 */
export const readInventory = async (
  client: RedfishClient,
  context: RedfishContext,
  clock: Clock,
  call: BmcCall,
): Promise<HostInventorySpec> => {
  const before = client.requests
  const parts = createParts(client, context, clock, call)
  const spec = await readParts(parts, context.system)
  const health = await parts.read('health', () => rollUp(spec))
  return withoutUndefined({
    ...spec,
    health,
    provenance: parts.provenance(),
    problems: parts.problems().slice(0, mostProblems),
    requests: client.requests - before,
  })
}

const readParts = async (parts: Parts, system: RedfishResource): Promise<HostInventorySpec> => {
  const listed = parts.prepare('processors', listProcessors)
  const chassis = parts.prepare('chassis', readChassis)
  const adapters = parts.prepare('adapters', async reading => readAdapters(reading, (await chassis) ?? []))
  const pcieDevices = parts.prepare('pcieDevices', async reading =>
    readPcieDevices(reading, (await chassis) ?? [], (await adapters) ?? []),
  )
  return parts.all({
    system: parts.read('system', () => systemPart(system)),
    processors: parts.read('processors', async () => whenKnown(await listed, one => processorPart(system, one))),
    memory: parts.read('memory', readMemory),
    nics: parts.read('nics', async reading => readNics(reading, (await adapters) ?? [])),
    storage: parts.read('storage', readStorage),
    pcieDevices: parts.read('pcieDevices', () => pcieDevices),
    gpus: parts.read('gpus', async reading => readGpus(reading, (await listed) ?? [], (await pcieDevices) ?? [])),
    tpms: parts.read('tpms', async reading => readTpms(reading, (await chassis) ?? [])),
    chassis: parts.read('chassis', async () => whenKnown(await chassis, chassisPart)),
    powerSupplies: parts.read('powerSupplies', async reading =>
      whenKnown(await chassis, one => readPowerSupplies(reading, one)),
    ),
    firmware: parts.read('firmware', readFirmware),
  })
}

const whenKnown = <T, R>(value: T | undefined, use: (value: T) => R): R | undefined =>
  value === undefined ? undefined : use(value)

/** As many as the schema of HostInventory takes. */
const mostProblems = 256
