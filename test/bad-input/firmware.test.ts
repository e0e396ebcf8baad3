import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiVersionOf } from '../../api/kind.js'
import { type FirmwareProfile, firmwareProfile } from '../../api/metal/firmware-profile.js'
import { type HostFirmware, hostFirmware } from '../../api/metal/host-firmware.js'
import { typeOf } from '../../src/kube/resource-types.js'
import { labNamespace } from '../../src/lab/lab.js'
import { patchSpec, withSpecs } from '../support/corrections.js'
import { type Site, startSite } from '../support/site.js'
import { untilTrouble } from '../support/trouble.js'

const [locked, stranger, orphan] = ['dell-0', 'dell-1', 'dell-2'] as const

let site: Site

const profile = (name: string, intents: object): object => ({
  apiVersion: apiVersionOf(firmwareProfile),
  kind: 'FirmwareProfile',
  metadata: { name, namespace: labNamespace },
  spec: { intents },
})

beforeAll(async () => {
  site = await startSite({
    personas: ['dell', 'dell', 'dell'],
    manager: false,
    adapt: withSpecs({
      [locked]: { firmwareProfileName: 'strict' },
      [stranger]: { firmwareProfileName: 'not-there-yet' },
      [orphan]: { firmwareProfileName: 'short-lived' },
    }),
  })
  lockAttribute(locked, 'ProcVirtualization')
  site.api.applyManifest(profile('strict', { virtualization: 'Enabled', sriov: 'Enabled' }))
  site.api.applyManifest(profile('short-lived', { x2apic: 'Enabled' }))
  await site.startManager()
})

afterAll(() => site.stop())

/** The registry of the BIOS says ReadOnly, as it does when a BIOS password or another setting forbids a change. */
const lockAttribute = (name: string, attribute: string): void => {
  const { tree } = site.server(name).bmc
  tree.update('/redfish/v1/Systems/System.Embedded.1/Bios/BiosRegistry', body => {
    const entries = body['RegistryEntries'] as { Attributes: { AttributeName: string }[] }
    return {
      ...body,
      RegistryEntries: {
        ...entries,
        Attributes: entries.Attributes.map(entry =>
          entry.AttributeName === attribute ? { ...entry, ReadOnly: true } : entry,
        ),
      },
    }
  })
}

const firmwareWrites = (name: string) =>
  site.server(name).bmc.journal.requests.filter(({ method, path }) => method === 'PATCH' && /\/bios/i.test(path))

describe.concurrent('A host whose firmware cannot be as its profile wishes', { timeout: 60_000 }, () => {
  it('names the attribute that is locked, changes nothing, and goes on when the wish is taken back', async () => {
    const host = await untilTrouble(site, locked, 'FirmwareKnobImpossible', {
      condition: 'FirmwareCompliant',
      seen: /FirmwareProfile strict.*ProcVirtualization/,
    })
    expect(host.status).toMatchObject({ state: 'Preparing', step: 'plan' })
    expect(firmwareWrites(locked)).toEqual([])
    expect(site.server(locked).bmc.power).toBe('Off')
    const firmware = await site.lab.client.resource<HostFirmware>(typeOf(hostFirmware)).get(labNamespace, locked)
    expect(firmware.status?.plan).toContainEqual(
      expect.objectContaining({ knob: 'vtx', outcome: 'ReadOnly', attribute: 'ProcVirtualization' }),
    )

    await site.lab.client
      .resource<FirmwareProfile>(typeOf(firmwareProfile))
      .mergePatch(labNamespace, 'strict', { spec: { intents: { virtualization: null } } })
    const done = await site.untilState(locked, 'Available')
    expect(done.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'FirmwareCompliant', status: 'True' }),
    )
    expect(site.server(locked).bmc.bios.current).toMatchObject({
      ProcVirtualization: 'Disabled',
      SriovGlobalEnable: 'Enabled',
    })
  })

  it('names the profile that does not exist and takes it as soon as it does', async () => {
    const host = await untilTrouble(site, stranger, 'FirmwareProfileUnknown', {
      condition: 'FirmwareCompliant',
      seen: 'FirmwareProfile not-there-yet',
    })
    expect(host.status?.state).toBe('Preparing')
    expect(firmwareWrites(stranger)).toEqual([])
    site.api.applyManifest(profile('not-there-yet', { virtualization: 'Enabled' }))
    await site.untilState(stranger, 'Available')
    expect(site.server(stranger).bmc.bios.current).toMatchObject({ ProcVirtualization: 'Enabled' })
  })

  it('can be installed, used and given back while the profile is gone', async () => {
    await patchSpec(site, orphan, { image: site.lab.images.image })
    await site.untilState(orphan, 'InService')
    await site.lab.client.resource<FirmwareProfile>(typeOf(firmwareProfile)).delete(labNamespace, 'short-lived')
    await site.untilHost(orphan, 'FirmwareCompliant FirmwareProfileUnknown', ({ status }) =>
      (status?.conditions ?? []).some(
        ({ type, status: value, reason }) =>
          type === 'FirmwareCompliant' && value === 'False' && reason === 'FirmwareProfileUnknown',
      ),
    )
    expect((await site.host(orphan)).status?.state).toBe('InService')

    await site.hosts.delete(labNamespace, orphan)
    await site.until('the host to be gone', async () => (await site.hosts.find(labNamespace, orphan)) === undefined)
    expect(site.server(orphan).server.journal.destructive.map(what => what.split(' ')[0])).toEqual(['wrote', 'wiped'])
    expect(site.server(orphan).bmc.power).toBe('Off')
  })
})
