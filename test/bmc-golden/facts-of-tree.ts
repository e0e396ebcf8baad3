import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Facts of a captured tree, read from its files by their place and type alone: no links are followed and nothing of
 * katametal is used, so that what it shows can be held against them.
 */
export interface TreeFacts {
  readonly macs: readonly string[]
  readonly dimmSerials: readonly string[]
  readonly driveSerials: readonly string[]
  readonly pcieNames: number
  readonly powerSupplySerials: readonly string[]
}

type Body = Readonly<Record<string, unknown>>

export const factsOfTree = (folder: string): TreeFacts => {
  const all = [...resources(join(folder, 'redfish', 'v1'), '')]
  const at = (pattern: RegExp) => all.filter(([path]) => pattern.test(path)).map(([, body]) => body)
  const present = (bodies: readonly Body[]) => bodies.filter(one => inner(one, 'Status')['State'] !== 'Absent')
  const serials = (bodies: readonly Body[]) => distinct(bodies.map(one => textOf(one['SerialNumber'])))
  return {
    macs: distinct([
      ...at(/^\/Systems\/[^/]+\/EthernetInterfaces\/[^/]+$/).map(macOf),
      ...at(/^\/Chassis\/[^/]+\/NetworkAdapters\/[^/]+\/NetworkDeviceFunctions\/[^/]+$/).map(one =>
        macOf(inner(one, 'Ethernet')),
      ),
    ]),
    dimmSerials: serials(
      present(at(/^\/Systems\/[^/]+\/Memory\/[^/]+$/)).filter(one => Number(one['CapacityMiB'] ?? 0) > 0),
    ),
    driveSerials: serials(present(at(/^\/(Systems\/[^/]+\/Storage\/[^/]+|Chassis\/[^/]+)\/Drives\/[^/]+$/))),
    pcieNames: distinct(at(/^\/(Systems|Chassis)\/[^/]+\/PCIeDevices\/[^/]+$/).map(one => textOf(one['Id']))).length,
    powerSupplySerials: serials(
      at(/^\/Chassis\/.+\/Power$/)
        .flatMap(one => (Array.isArray(one['PowerSupplies']) ? (one['PowerSupplies'] as Body[]) : []))
        .filter(one => inner(one, 'Status')['State'] !== 'Absent'),
    ),
  }
}

function* resources(folder: string, path: string): Iterable<[path: string, body: Body]> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) yield* resources(join(folder, entry.name), `${path}/${entry.name}`)
    else if (entry.name === 'index.json') {
      const body = parsed(readFileSync(join(folder, entry.name), 'utf8'))
      if (body !== undefined) yield [path, body]
    }
  }
}

const parsed = (text: string): Body | undefined => {
  try {
    return JSON.parse(text) as Body
  } catch {
    return undefined
  }
}

const inner = (from: Body, key: string): Body =>
  typeof from[key] === 'object' && from[key] !== null ? (from[key] as Body) : {}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')

const macOf = (body: Body): string => {
  const own = [body['PermanentMACAddress'], body['MACAddress']].map(value => textOf(value).toLowerCase())
  return (
    own.find(mac => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/.test(mac) && !/^[0:-]+$/.test(mac))?.replaceAll('-', ':') ?? ''
  )
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts.filter(text => text !== ''))].sort()
