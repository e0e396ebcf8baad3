import type { RootDeviceHints } from '../../../api/metal/bare-metal-host.js'
import { KatametalError } from '../../base/errors.js'
import type { AgentHello } from '../../deploy/protocol.js'

export type Disk = AgentHello['inventory']['drives'][number]

const bytesPerGiB = 1024 ** 3

/** The disks that spec.preservedDisks names. Pure. */
export const preservedDisks = (disks: readonly Disk[], preserved: readonly RootDeviceHints[] = []): Disk[] =>
  disks.filter(disk => preserved.some(hints => Object.keys(hints).length > 0 && failedHints(disk, hints).length === 0))

/**
 * The disk to install to: the only one that matches every hint, or, without hints, the smallest of at least 4 GiB (the
 * first of them by name when several are equal). Pure. Throws RootDeviceNotFound, naming each disk and why it was left
 * out.
 */
export const chooseRootDevice = (disks: readonly Disk[], hints: RootDeviceHints | undefined): Disk => {
  if (hints === undefined || Object.keys(hints).length === 0) return smallest(disks)
  const verdicts = disks.map(disk => ({ disk, failed: failedHints(disk, hints) }))
  const matching = verdicts.filter(({ failed }) => failed.length === 0).map(({ disk }) => disk)
  const [only, second] = matching
  if (only !== undefined && second === undefined) return only
  const seen =
    only === undefined
      ? verdicts.map(({ disk, failed }) => `${disk.deviceName} differs in ${failed.join(', ')}`).join('; ')
      : `the hints match ${matching.map(disk => disk.deviceName).join(', ')}; exactly one must match`
  throw new KatametalError('RootDeviceNotFound', {
    about: 'spec.rootDeviceHints',
    seen: seen === '' ? 'no disks' : seen,
  })
}

const smallest = (disks: readonly Disk[]): Disk => {
  const [first] = disks
    .filter(disk => disk.sizeBytes >= 4 * bytesPerGiB)
    .sort((a, b) => a.sizeBytes - b.sizeBytes || a.deviceName.localeCompare(b.deviceName))
  if (first === undefined)
    throw new KatametalError('RootDeviceNotFound', {
      about: 'the server',
      seen:
        disks.length === 0 ? 'no disks' : `no disk of at least 4 GiB among ${disks.map(d => d.deviceName).join(', ')}`,
    })
  return first
}

const failedHints = (disk: Disk, hints: RootDeviceHints): string[] =>
  Object.entries(hints)
    .filter(([, wanted]) => wanted !== undefined)
    .map(([name]) => name as keyof RootDeviceHints)
    .filter(name => !matches[name](disk, hints))

const same = (a: string | undefined, b: string | undefined): boolean => a?.toLowerCase() === b?.toLowerCase()
const contains = (text: string | undefined, part: string | undefined): boolean =>
  text !== undefined && part !== undefined && text.toLowerCase().includes(part.toLowerCase())

const matches: Record<keyof RootDeviceHints, (disk: Disk, hints: RootDeviceHints) => boolean> = {
  deviceName: (disk, hints) => disk.deviceName === hints.deviceName,
  hctl: (disk, hints) => disk.hctl === hints.hctl,
  model: (disk, hints) => contains(disk.model, hints.model),
  vendor: (disk, hints) => contains(disk.vendor, hints.vendor),
  serialNumber: (disk, hints) => same(disk.serialNumber, hints.serialNumber),
  minSizeGigabytes: (disk, hints) => disk.sizeBytes >= (hints.minSizeGigabytes ?? 0) * bytesPerGiB,
  wwn: (disk, hints) => same(disk.wwn, hints.wwn),
  wwnWithExtension: (disk, hints) => same(withExtension(disk), hints.wwnWithExtension),
  wwnVendorExtension: (disk, hints) => same(extensionOf(disk, hints), hints.wwnVendorExtension),
  rotational: (disk, hints) => disk.rotational === hints.rotational,
}

/** As udev writes ID_WWN_WITH_EXTENSION: the digits of the extension after those of the name. */
const withExtension = ({ wwn, wwnVendorExtension }: Disk): string | undefined =>
  wwn === undefined ? undefined : `${wwn}${wwnVendorExtension?.replace(/^0x/, '') ?? ''}`

/** Some systems tell the name with its extension as one: then it is the end of the name. */
const extensionOf = ({ wwn, wwnVendorExtension }: Disk, hints: RootDeviceHints): string | undefined =>
  wwnVendorExtension ?? wwn?.slice(-(hints.wwnVendorExtension?.length ?? 0))
