import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import type { Reading } from '../inventory.js'
import { link, type RedfishResource } from '../resource.js'
import { byName, isPresent, positive, shortText, sum } from './tidy.js'

type Processors = NonNullable<HostInventorySpec['processors']>
type Socket = NonNullable<Processors['sockets']>[number]

/** CPUs only: GPUs and FPGAs stand in the same collection. */
export const readProcessors = async ({ client, context, call, problem }: Reading): Promise<Processors | undefined> => {
  const { body } = context.system
  const { resources, problems } = await client.members(link(body, 'Processors'), call)
  problems.forEach(problem)
  const cpus = resources.filter(isCpu)
  const sockets = byName(cpus.map(socketOf), one => one.socket)
  const instructionSet = sockets.find(one => one.instructionSet !== undefined)?.instructionSet
  return {
    count: sockets.length > 0 ? sockets.length : positive(body, 'ProcessorSummary', 'Count'),
    cores: sum(sockets.map(one => one.cores)) ?? positive(body, 'ProcessorSummary', 'CoreCount'),
    threads: sum(sockets.map(one => one.threads)) ?? positive(body, 'ProcessorSummary', 'LogicalProcessorCount'),
    architecture: architecture(instructionSet),
    sockets,
  }
}

const isCpu = ({ body }: RedfishResource): boolean =>
  (shortText(body, 'ProcessorType') ?? 'CPU') === 'CPU' && isPresent(body)

const socketOf = ({ body }: RedfishResource): Socket => ({
  socket: shortText(body, 'Socket') ?? shortText(body, 'Id'),
  manufacturer: shortText(body, 'Manufacturer'),
  model: modelOf(body),
  cores: positive(body, 'TotalCores'),
  threads: positive(body, 'TotalThreads'),
  maxSpeedMHz: positive(body, 'MaxSpeedMHz'),
  instructionSet: shortText(body, 'InstructionSet'),
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
