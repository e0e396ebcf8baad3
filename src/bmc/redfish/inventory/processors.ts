import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import { mainMembers, type Reading } from '../reading.js'
import { link, type RedfishResource } from '../resource.js'
import { byName, healthOf, isPresent, positive, shortText, sum } from './tidy.js'

type Processors = NonNullable<HostInventorySpec['processors']>
type Socket = NonNullable<Processors['sockets']>[number]

/** All processors that the system lists, GPUs and FPGAs among them. */
export const listProcessors = (reading: Reading): Promise<readonly RedfishResource[]> =>
  mainMembers(reading, link(reading.context.system.body, 'Processors'))

/** CPUs only; empty sockets are left out. */
export const processorPart = ({ body }: RedfishResource, listed: readonly RedfishResource[]): Processors => {
  const sockets = byName(listed.filter(isCpu).map(socketOf), one => one.socket)
  const instructionSet = sockets.find(one => one.instructionSet !== undefined)?.instructionSet
  return {
    count: sockets.length > 0 ? sockets.length : positive(body, 'ProcessorSummary', 'Count'),
    cores: sum(sockets.map(one => one.cores)) ?? positive(body, 'ProcessorSummary', 'CoreCount'),
    threads: sum(sockets.map(one => one.threads)) ?? positive(body, 'ProcessorSummary', 'LogicalProcessorCount'),
    architecture: architecture(instructionSet),
    sockets,
  }
}

/** Not all services mark an empty socket as absent; it has no maker, no model and no cores then. */
const isCpu = ({ body }: RedfishResource): boolean =>
  (shortText(body, 'ProcessorType') ?? 'CPU') === 'CPU' &&
  isPresent(body) &&
  (positive(body, 'TotalCores') !== undefined ||
    ['Manufacturer', 'Model', 'Version'].some(key => shortText(body, key) !== undefined))

const socketOf = ({ body }: RedfishResource): Socket => ({
  socket: shortText(body, 'Socket') ?? shortText(body, 'Id'),
  manufacturer: shortText(body, 'Manufacturer'),
  model: modelOf(body),
  cores: positive(body, 'TotalCores'),
  threads: positive(body, 'TotalThreads'),
  maxSpeedMHz: positive(body, 'MaxSpeedMHz'),
  instructionSet: shortText(body, 'InstructionSet'),
  health: healthOf(body),
})

/** Some services keep a family name in Model and the model itself elsewhere; a model has a number in it. */
const modelOf = (body: unknown): string | undefined => {
  const model = shortText(body, 'Model')
  const others = [shortText(body, 'Version'), shortText(body, 'ProcessorId', 'VendorId'), shortText(body, 'Name')]
  return [model, ...others].find(text => text !== undefined && /\b[A-Z]*-?\d{4}[A-Z+]*\b/i.test(text)) ?? model
}

const architecture = (instructionSet: string | undefined): string | undefined => {
  const word = instructionSet?.toLowerCase()
  if (word === 'x86-64') return 'x86_64'
  if (word === 'arm-a64') return 'aarch64'
  return word
}
