import { isDeepStrictEqual } from 'node:util'
import { apiVersionOf } from '../../../api/kind.js'
import type { Condition } from '../../../api/meta.js'
import { type HostFirmware, type HostFirmwareStatus, hostFirmware } from '../../../api/metal/host-firmware.js'
import { rfc3339 } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import { refusalTexts } from '../../firmware/refusals.js'
import { withoutBios } from '../../firmware/without-bios.js'
import { setCondition } from '../../kube/conditions.js'
import { type Act, ask } from './act.js'
import { childMeta } from './child.js'
import { possibleCondition, shown } from './firmware.js'
import type { FirmwarePlanned, Proof } from './ports.js'

/**
 * Resolves the profile on the BIOS as just read and writes the result into HostFirmware. What already has its wish is
 * recorded as proven by read-back.
 */
export const planFirmware = async (context: Act): Promise<void> => {
  const { observation, parts } = context
  const { wanted, seen } = observation
  if (wanted === undefined) return // the failure to find the profile is reported already
  if (seen.bios === undefined && seen.biosUnsupported !== true)
    throw new KatametalError('BMCBusy', { about: 'BIOS settings', seen: 'the BMC shows none at the moment' })
  const bios = seen.bios ?? unreadableBios
  const planned = parts.firmware.plan(wanted.spec, bios)
  const now = parts.clock.now()
  await writeHostFirmware(context, {
    biosVersion: bios.biosVersion,
    readTime: rfc3339(now),
    attributes: valuesOf(planned, bios.attributes),
    pending: valuesOf(planned, bios.pending),
    plan: planned.rows,
    reboots: planned.reboots,
    proof: planned.rows.flatMap((row): Proof[] =>
      row.outcome === 'AlreadySet' || row.outcome === 'Implied'
        ? [{ knob: row.knob, proven: true, evidence: row.evidence, source: 'redfish', time: rfc3339(now) }]
        : [],
    ),
    conditions: conditionsOf(observation.firmware?.status?.conditions, planned, now),
  })
  if (planned.impossible.length > 0)
    throw new KatametalError('FirmwareKnobImpossible', {
      about: `FirmwareProfile ${wanted.name ?? ''}`,
      seen: planned.impossible.join('; '),
    })
}

/** Makes pending what the plan of the BIOS as just read still wants written. */
export const writeFirmware = async (context: Act): Promise<void> => {
  const { observation, parts, signal } = context
  const { wanted, seen } = observation
  if (wanted === undefined || seen.bios === undefined) return
  const { changes, rows } = parts.firmware.plan(wanted.spec, seen.bios)
  if (Object.keys(changes).length === 0) return
  const { refused } = await ask(context, bmc => bmc.writeBios(changes, { signal }))
  if (refused.length > 0)
    throw new KatametalError('BMCRejected', { about: 'BIOS settings', seen: refusalTexts(rows, refused).join('; ') })
}

const unreadableBios = withoutBios(
  { vendor: 'generic', product: undefined, biosVersion: undefined },
  'the BMC offers no BIOS settings',
)

const valuesOf = (planned: FirmwarePlanned, values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    planned.rows.flatMap(({ attribute }) => {
      const value = attribute === undefined ? undefined : shown(values[attribute])
      return attribute === undefined || value === undefined ? [] : [[attribute, value]]
    }),
  )

const conditionsOf = (known: Condition[] | undefined, { impossible }: FirmwarePlanned, now: number): Condition[] =>
  setCondition(
    known,
    impossible.length === 0
      ? { type: possibleCondition, status: 'True', reason: 'Resolved', message: 'Every wish can be met.' }
      : { type: possibleCondition, status: 'False', reason: 'FirmwareKnobImpossible', message: impossible.join('; ') },
    now,
  )

const writeHostFirmware = async (
  { host, observation, parts, signal }: Act,
  status: { [K in keyof HostFirmwareStatus]: HostFirmwareStatus[K] | undefined },
): Promise<void> => {
  const { firmwares } = parts.clients
  const { namespace, name } = host.metadata
  const { wanted } = observation
  const spec = {
    ...(wanted?.name === undefined ? {} : { profile: wanted.name }),
    profileDigest: wanted?.digest ?? 'none',
  }
  const existing = await firmwares.find(namespace, name, { signal })
  if (existing === undefined) {
    const object: HostFirmware = {
      apiVersion: apiVersionOf(hostFirmware),
      kind: 'HostFirmware',
      metadata: childMeta(host),
      spec,
    }
    await firmwares.create(object, { signal })
  }
  await firmwares.mergePatchStatus(
    namespace,
    name,
    { status: { ...emptyMaps(existing, status), biosVersion: status.biosVersion ?? null } },
    { signal },
  )
  // Last, because the digest says which profile the status is about: nobody may see it over an older plan.
  if (existing !== undefined && !isDeepStrictEqual(existing.spec, spec))
    await firmwares.mergePatch(namespace, name, { spec: { profile: null, ...spec } }, { signal })
}

/** A merge patch leaves keys of a map alone; those that are gone must be named as null. */
const emptyMaps = (
  existing: HostFirmware | undefined,
  status: { [K in keyof HostFirmwareStatus]: HostFirmwareStatus[K] | undefined },
) => ({
  ...status,
  attributes: { ...nulls(existing?.status?.attributes), ...status.attributes },
  pending: { ...nulls(existing?.status?.pending), ...status.pending },
})

const nulls = (map: Readonly<Record<string, unknown>> | undefined): Record<string, null> =>
  Object.fromEntries(Object.keys(map ?? {}).map(name => [name, null]))
