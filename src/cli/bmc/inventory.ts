import type { HostInventorySpec } from '../../../api/metal/host-inventory.js'
import type { Clock } from '../../base/clock.js'
import type { Console } from '../console.js'
import { type Group, printGroups } from '../print/groups.js'
import { size } from '../print/size.js'
import type { Column } from '../print/table.js'
import type { BmcFlags } from './flags.js'
import { withSession } from './session.js'

/** Everything that the BMC tells about the server, a table for each kind of part; the HostInventory spec with `-o json`. */
export const inventory = async (address: string, flags: BmcFlags, console: Console, clock: Clock): Promise<void> => {
  const spec = await withSession(address, flags, console, clock, async ({ bmc, call, progress }) => {
    progress.step('reading the inventory')
    return bmc.readInventory(call)
  })
  printGroups(console, flags.output, {
    groups: inventoryGroups(spec),
    data: spec,
    remarks: [
      ...(spec.problems ?? []).map(({ about, message }) => `could not read ${about}: ${message}`),
      ...(spec.requests === undefined ? [] : [`${spec.requests} requests`]),
    ],
  })
}

type Part = Readonly<Record<string, unknown>>

/** One table per kind of part, in the order in which people look for them. */
export const inventoryGroups = (spec: HostInventorySpec): Group<Part>[] => {
  const { processors, memory, storage, health, virtualization } = spec
  const { sockets, ...allProcessors } = processors ?? {}
  const { modules, ...allMemory } = memory ?? {}
  return [
    facts('System', { ...spec.system, ...prefixed('processors', allProcessors), ...prefixed('memory', allMemory) }),
    parts('Processors', sockets),
    parts('Memory modules', modules),
    parts('Network interfaces', spec.nics),
    parts('Storage controllers', storage?.controllers),
    parts('Drives', storage?.drives),
    parts('Volumes', storage?.volumes),
    parts('GPUs', spec.gpus),
    parts('PCIe devices', spec.pcieDevices),
    parts('TPMs', spec.tpms),
    parts('Power supplies', spec.powerSupplies),
    parts('Chassis', spec.chassis),
    parts('Firmware', spec.firmware),
    facts('Virtualization', virtualization ?? {}),
    facts('Health', health?.state === undefined ? {} : { state: health.state }),
    parts('Not well', health?.parts),
  ]
}

const prefixed = (word: string, facts: Part): Part =>
  Object.fromEntries(Object.entries(facts).map(([key, value]) => [`${word} ${key}`, value]))

const facts = (title: string, known: Part): Group<Part> => ({
  title,
  columns: [
    { title: 'fact', cell: ({ key }) => words(String(key)) },
    { title: 'value', cell: ({ value }) => shown('value', value) },
  ],
  rows: Object.entries(known)
    .filter(([, value]) => value !== undefined && !Array.isArray(value))
    .map(([key, value]) => ({ key, value })),
})

/** A column for each property that any part of the kind has; numbers that few ask for with `-o wide` only. */
const parts = (title: string, list: readonly Part[] | undefined): Group<Part> => {
  const rows = list ?? []
  const keys = [...new Set(rows.flatMap(row => Object.keys(row).filter(key => row[key] !== undefined)))]
  const columns = keys.map(
    (key): Column<Part> => ({
      title: words(key),
      cell: row => shown(key, row[key]),
      wide: /serial|part|vendorID|deviceID|wwn|hctl|updateable|instructionSet|functions$/i.test(key),
    }),
  )
  return { title, columns, rows }
}

/** `sizeBytes` is shown as GiB or TiB and so needs no unit in its heading. */
const words = (key: string): string =>
  key
    .replace(/(Bytes|MiB)$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .trim() || 'size'

const shown = (key: string, value: unknown): string | undefined => {
  switch (typeof value) {
    case 'boolean':
      return value ? 'yes' : 'no'
    case 'number':
      return /Bytes$/.test(key) ? size(value) : /MiB$/.test(key) ? size(value * 2 ** 20) : String(value)
    case 'string':
      return value
    default:
      return Array.isArray(value) ? value.filter(one => typeof one === 'string').join(',') : undefined
  }
}
