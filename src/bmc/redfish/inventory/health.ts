import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'

type Health = NonNullable<HostInventorySpec['health']>
type Part = NonNullable<Health['parts']>[number]

/** The worst of the system and of everything that was read, and which parts are not well. */
export const rollUp = (spec: HostInventorySpec): Health => {
  const parts = lists(spec).flatMap(([path, items]) =>
    items.flatMap((item, index): Part[] => {
      const health = severityOf(item.health)
      if (health === undefined || health === 'OK') return []
      return [{ path: `${path}/${index}`, name: item.name ?? item.slot ?? item.socket ?? item.id, health }]
    }),
  )
  const told = [spec.system?.health, ...lists(spec).flatMap(([, items]) => items.map(one => one.health))]
  return { state: worst(told.map(severityOf)), parts: parts.slice(0, 256) }
}

interface Item {
  readonly health?: string | undefined
  readonly name?: string | undefined
  readonly slot?: string | undefined
  readonly socket?: string | undefined
  readonly id?: string | undefined
}

const lists = (spec: HostInventorySpec): [string, readonly Item[]][] => [
  ['/processors/sockets', spec.processors?.sockets ?? []],
  ['/memory/modules', spec.memory?.modules ?? []],
  ['/nics', spec.nics ?? []],
  ['/storage/controllers', spec.storage?.controllers ?? []],
  ['/storage/drives', spec.storage?.drives ?? []],
  ['/storage/volumes', spec.storage?.volumes ?? []],
  ['/pcieDevices', spec.pcieDevices ?? []],
  ['/gpus', spec.gpus ?? []],
  ['/chassis', spec.chassis ?? []],
  ['/powerSupplies', spec.powerSupplies ?? []],
]

type Severity = 'OK' | 'Warning' | 'Critical'

const severityOf = (health: string | undefined): Severity | undefined =>
  severities.find(one => one.toLowerCase() === health?.toLowerCase())

const severities: readonly Severity[] = ['OK', 'Warning', 'Critical']

const worst = (told: readonly (Severity | undefined)[]): Severity | undefined =>
  severities.findLast(one => told.includes(one))
