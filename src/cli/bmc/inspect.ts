import type { HostInventorySpec } from '../../../api/metal/host-inventory.js'
import type { Clock } from '../../base/clock.js'
import type { Console } from '../console.js'
import { size } from '../print/size.js'
import { print } from '../print/table.js'
import type { BmcFlags } from './flags.js'
import { withSession } from './session.js'

/** Shows what the BMC tells about the server: the HostInventory spec with `-o json`, a summary as a table. */
export const inspect = async (address: string, flags: BmcFlags, console: Console, clock: Clock): Promise<void> => {
  const inventory = await withSession(address, flags, console, clock, async ({ bmc, call, progress }) => {
    progress.step('reading the inventory')
    return bmc.readInventory(call)
  })
  print(console, flags.output, {
    columns: [
      { title: 'part', cell: ([part]) => part },
      { title: 'seen', cell: ([, seen]) => seen },
    ],
    rows: inventoryRows(inventory, flags.output === 'wide'),
    data: inventory,
    remarks: (inventory.problems ?? []).map(({ about, message }) => `could not read ${about}: ${message}`),
  })
}

type Row = readonly [part: string, seen: string]

/** One row per part; `each` also lists what comes in numbers: memory modules, drives and cards. */
export const inventoryRows = (inventory: HostInventorySpec, each: boolean): Row[] => {
  const { system, processors, memory, nics = [], storage, firmware = [] } = inventory
  const drives = storage?.drives ?? []
  const sockets = processors?.sockets ?? []
  return [
    row('system', system?.manufacturer, system?.model),
    row('serial number', system?.serialNumber),
    row('BIOS', system?.biosVersion),
    row('health', system?.health),
    row(
      'processors',
      `${counted(processors?.count, 'socket')}, ${counted(processors?.cores, 'core')}, ${counted(processors?.threads, 'thread')}`,
      sockets[0]?.model,
    ),
    row('memory', size((memory?.totalMiB ?? 0) * 2 ** 20), counted(memory?.modules?.length, 'module')),
    ...(each
      ? (memory?.modules ?? []).map(module =>
          row(`- ${module.slot ?? 'module'}`, size((module.sizeMiB ?? 0) * 2 ** 20), module.type),
        )
      : []),
    row('network', counted(nics.length, 'interface')),
    ...nics.map(nic => row(`- ${nic.name ?? 'interface'}`, nic.mac, linkOf(nic))),
    row(
      'storage',
      counted(drives.length, 'drive'),
      size(drives.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0)),
    ),
    ...drives.map(drive => row(`- ${drive.name ?? 'drive'}`, size(drive.sizeBytes ?? 0), drive.mediaType, drive.model)),
    row('firmware', counted(firmware.length, 'component')),
    ...(each ? firmware.map(({ name, version }) => row(`- ${name ?? 'component'}`, version)) : []),
  ]
}

const row = (part: string, ...seen: readonly (string | undefined)[]): Row => [
  part,
  seen.filter(text => text !== undefined && text !== '').join('  '),
]

const counted = (count: number | undefined, what: string): string =>
  count === undefined ? `unknown ${what}s` : `${count} ${what}${count === 1 ? '' : 's'}`

const linkOf = ({ speedMbps, linkUp }: { speedMbps?: number | undefined; linkUp?: boolean | undefined }): string =>
  [
    linkUp === undefined ? undefined : linkUp ? 'up' : 'down',
    speedMbps === undefined ? undefined : `${speedMbps} Mbit/s`,
  ]
    .filter(text => text !== undefined)
    .join(' ')
