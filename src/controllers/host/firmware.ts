import { createHash } from 'node:crypto'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { FirmwareProfileSpec } from '../../../api/metal/firmware-profile.js'
import type { HostFirmware } from '../../../api/metal/host-firmware.js'
import { KatametalError } from '../../base/errors.js'
import type { BiosSnapshot } from '../../firmware/model.js'
import { leftOf } from '../../firmware/verify.js'
import type { HostFacts } from './facts.js'
import type { HostControllerParts } from './ports.js'

/** The firmware profile that a host is held to now. */
export interface WantedFirmware {
  readonly name: string | undefined
  readonly spec: FirmwareProfileSpec
  /** Changes when the content of the profile does; `none` without a profile. */
  readonly digest: string
}

const emptyProfile: FirmwareProfileSpec = { intents: {}, overrides: [], whenInService: 'Never' }

/** Throws FirmwareProfileUnknown. */
export const wantedFirmware = (
  host: BareMetalHost,
  { stores, firmware }: Pick<HostControllerParts, 'stores' | 'firmware'>,
): WantedFirmware => {
  const name = host.spec.firmwareProfileName
  if (name === undefined) return { name, spec: emptyProfile, digest: 'none' }
  const spec = stores.profiles.get(`${host.metadata.namespace ?? ''}/${name}`)?.spec ?? firmware.shipped(name)
  if (spec === undefined) throw unknownProfile(host)
  return { name, spec, digest: digestOf(name, spec) }
}

export const unknownProfile = ({ spec }: BareMetalHost): KatametalError =>
  new KatametalError('FirmwareProfileUnknown', { about: `FirmwareProfile ${spec.firmwareProfileName ?? ''}` })

const digestOf = (name: string, spec: FirmwareProfileSpec): string =>
  createHash('sha256')
    .update(JSON.stringify([name, spec.intents, spec.overrides]))
    .digest('hex')
    .slice(0, 16)

export type FirmwareFacts = Pick<
  HostFacts,
  | 'firmwareSettled'
  | 'firmwarePlanned'
  | 'firmwareLeft'
  | 'firmwareRecorded'
  | 'firmwareReadBack'
  | 'firmwareServiceable'
>

/** What HostFirmware and a fresh look at the BIOS say about the profile. Pure. */
export const firmwareFacts = (
  host: BareMetalHost,
  wanted: WantedFirmware | undefined,
  recorded: HostFirmware | undefined,
  bios: BiosSnapshot | undefined,
): FirmwareFacts => {
  if (wanted === undefined)
    return {
      firmwareSettled: false,
      firmwarePlanned: false,
      firmwareLeft: undefined,
      firmwareRecorded: false,
      firmwareReadBack: false,
      firmwareServiceable: false,
    }
  const planned = recorded !== undefined && isPlannedSince(recorded, wanted, host.status?.since)
  const settled = host.status?.firmwareDigest === wanted.digest
  return {
    firmwareSettled: settled,
    firmwarePlanned: planned && !isImpossible(recorded),
    firmwareLeft: recorded?.spec.profileDigest === wanted.digest ? leftToDo(recorded, bios) : undefined,
    firmwareRecorded: recorded?.spec.profileDigest === wanted.digest,
    firmwareReadBack: recorded !== undefined && changesOf(recorded).length === 0,
    firmwareServiceable: !settled && wanted.spec.whenInService === 'OnReboot',
  }
}

/** Condition of HostFirmware: whether every wish of the profile can be met on this server. */
export const possibleCondition = 'Possible'

const isImpossible = (recorded: HostFirmware): boolean =>
  recorded.status?.conditions?.some(({ type, status }) => type === possibleCondition && status === 'False') === true

const isPlannedSince = (recorded: HostFirmware, wanted: WantedFirmware, since: string | undefined): boolean =>
  recorded.spec.profileDigest === wanted.digest &&
  recorded.status?.readTime !== undefined &&
  Date.parse(recorded.status.readTime) >= Date.parse(since ?? '')

const changesOf = (recorded: HostFirmware) => (recorded.status?.plan ?? []).filter(row => row.outcome === 'Change')

const leftToDo = (recorded: HostFirmware, bios: BiosSnapshot | undefined): HostFacts['firmwareLeft'] => {
  const changes = changesOf(recorded)
  if (changes.length === 0) return 'nothing'
  return bios === undefined ? undefined : leftOf({ rows: changes }, bios)
}

/** A BIOS value as it stands in a plan. */
export const shown = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
