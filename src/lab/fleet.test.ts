import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { bareMetalHostSpecSchema } from '../../api/metal/bare-metal-host.js'
import { ask, type FreeJson } from '../../test/support/bmc-client.js'
import { ManualClock } from '../../test/support/manual-clock.js'
import { packageRoot } from '../base/package-root.js'
import { loadTree } from './bmc/load-tree.js'
import { holdsCd } from './bmc/live/media.js'
import { findParts } from './bmc/parts.js'
import type { ResourceTree } from './bmc/resource-tree.js'
import { type Fleet, type FleetMachine, type FleetOptions, startFleet } from './fleet.js'

const fleets: Fleet[] = []
afterEach(async () => {
  await Promise.all(fleets.splice(0).map(fleet => fleet.stop()))
})

const start = async (options: Partial<FleetOptions>) => {
  const clock = new ManualClock()
  const fleet = await startFleet({ clock, namespace: 'lab', ...options })
  fleets.push(fleet)
  return { fleet, clock }
}

/** A client with the credentials of the Secret and the system path of the address, as the manager has them. */
const client = ({ bmc, secret, host }: FleetMachine) => {
  const { username, password } = secret.stringData
  const Authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const system = new URL(host.spec.bmc.address.replace(/^[a-z+-]+:/, 'https:')).pathname
  return {
    system,
    ask: (method: string, path: string, json?: unknown) =>
      ask(bmc, method, path, {
        login: false,
        headers: { Authorization, ...(method === 'PATCH' ? { 'If-Match': '*' } : {}) },
        ...(json === undefined ? {} : { json }),
      }),
  }
}

describe('a fleet', () => {
  it('takes turns through the personas and gives each server a name, a MAC address and a password of its own', async () => {
    const { fleet } = await start({ count: 6 })
    expect(fleet.machines.map(({ name }) => name)).toEqual([
      'dell-0',
      'hpe-1',
      'lenovo-2',
      'supermicro-3',
      'ami-4',
      'cisco-5',
    ])
    for (const part of [
      fleet.machines.map(({ server }) => server.mac),
      fleet.machines.map(({ password }) => password),
      fleet.machines.map(({ bmc }) => bmc.url),
    ])
      expect(new Set(part).size).toBe(6)
  })

  it('makes manifests that the API takes, Secrets before the hosts that name them', async () => {
    const { fleet } = await start({ count: 2, personas: ['hpe'] })
    expect(fleet.manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([
      'Secret/hpe-0-bmc',
      'BareMetalHost/hpe-0',
      'Secret/hpe-1-bmc',
      'BareMetalHost/hpe-1',
    ])
    for (const { host, secret, server, bmc } of fleet.machines) {
      expect(bareMetalHostSpecSchema.parse(host.spec)).toMatchObject({
        bmc: { address: bmc.address, credentialsName: secret.metadata.name, fingerprint: bmc.fingerprint },
        bootMACAddress: server.mac,
      })
      expect(host.metadata).toMatchObject({ namespace: 'lab', labels: { 'lab.katametal/persona': 'hpe' } })
    }
  })

  it('shows the same disks and the same MAC address to the BMC and to the running system', async () => {
    const { fleet } = await start({ count: 1, personas: ['lenovo'] })
    const [machine] = fleet.machines
    if (machine === undefined) throw new Error('no machine')
    const { ask: get, system } = client(machine)
    const nic = await get('GET', `${system}/EthernetInterfaces/1`)
    expect(nic.body.MACAddress).toBe(machine.server.mac)
    const drives = await get('GET', `${system}/Storage/1?$expand=.($levels=1)`)
    expect(drives.body.Drives.map((drive: FreeJson) => [drive.CapacityBytes, drive.SerialNumber])).toEqual(
      machine.server.disks.map(({ spec }) => [spec.sizeBytes, spec.serialNumber]),
    )
  })

  it('starts as many servers as are asked for, each on a port of its own', async () => {
    const { fleet } = await start({ count: 40 })
    const machine = fleet.machines[39]
    if (machine === undefined) throw new Error('no machine')
    const { ask: get, system } = client(machine)
    expect(new Set(fleet.machines.map(({ bmc }) => bmc.url)).size).toBe(40)
    expect((await get('GET', system)).body.SerialNumber).toBe('LABS0039')
  })
})

const captured = join(packageRoot(), '../shared/redfish-trees')
const archives = existsSync(captured)
  ? readdirSync(captured).filter(name => /^(dell|hpe|intel|supermicro)-.*\.tar\.xz$/.test(name))
  : []
const loaded = new Map<string, Promise<ResourceTree>>()
const treeOf = (archive: string): Promise<ResourceTree> => {
  const tree = loaded.get(archive) ?? loadTree(join(captured, archive))
  loaded.set(archive, tree)
  return tree
}
const withMedia = archives.filter(name => !name.startsWith('intel'))
const withoutMedia = archives.filter(name => name.startsWith('intel'))

describe.skipIf(archives.length === 0)('captured trees of real servers', () => {
  it.each(archives)('%s comes alive: power, boot override and BIOS settings work', async archive => {
    const tree = await treeOf(archive)
    const { fleet, clock } = await start({ trees: [{ name: archive.replace('.tar.xz', ''), tree }] })
    const [machine] = fleet.machines
    if (machine === undefined) throw new Error('no machine')
    const { ask: send, system } = client(machine)
    const read = async (path: string) => (await send('GET', path)).body
    const reset = (ResetType: string) => send('POST', `${system}/Actions/ComputerSystem.Reset`, { ResetType })

    const before = await read(system)
    expect(before.PowerState).toBe('On')
    expect((await reset('ForceOff')).status).toBe(204)
    await clock.advance(500)
    expect((await read(system)).PowerState).toBe('Off')

    const Boot = { BootSourceOverrideTarget: 'Pxe', BootSourceOverrideEnabled: 'Once' }
    expect((await send('PATCH', system, { Boot })).status).toBe(200)

    const bios = await read(before.Bios['@odata.id'])
    const wish = wishFor(bios.Attributes)
    const settings = bios['@Redfish.Settings'].SettingsObject['@odata.id']
    const apply = bios['@Redfish.Settings'].SupportedApplyTimes
      ? { '@Redfish.SettingsApplyTime': { ApplyTime: 'OnReset' } }
      : {}
    expect((await send('PATCH', settings, { Attributes: wish, ...apply })).status).toBeLessThan(300)
    await clock.advance(500)

    expect((await reset('On')).status).toBe(204)
    await clock.advance(3000)
    expect((await read(before.Bios['@odata.id'])).Attributes).toMatchObject(wish)
    expect((await read(system)).Boot.BootSourceOverrideEnabled).toBe('Disabled')
    expect(machine.bmc.journal.happened).toContain('boots network')
  })

  it.each(withMedia)('%s has a slot for a CD that can be filled and emptied', async archive => {
    const tree = await treeOf(archive)
    const { fleet } = await start({ trees: [{ name: 'captured', tree }] })
    const [machine] = fleet.machines
    if (machine === undefined) throw new Error('no machine')
    expect(machine.host.spec.bmc.address).toMatch(/^redfish-virtualmedia:\/\//)
    const slot = findParts(machine.bmc.tree).media.find(path => holdsCd(machine.bmc.tree.body(path))) ?? ''
    const { ask: send } = client(machine)
    const act = async (name: string, json: unknown) => {
      const { Actions } = (await send('GET', slot)).body
      return (await send('POST', Actions[`#VirtualMedia.${name}`].target, json)).status
    }
    expect(await act('InsertMedia', { Image: 'https://manager/boot.iso' })).toBe(204)
    expect((await send('GET', slot)).body).toMatchObject({ Inserted: true, Image: 'https://manager/boot.iso' })
    expect(await act('EjectMedia', {})).toBe(204)
    expect((await send('GET', slot)).body).toMatchObject({ Inserted: false, Image: null })
  })

  it.each(withoutMedia)('%s gets an address that does not promise virtual media', async archive => {
    const tree = await treeOf(archive)
    const { fleet } = await start({ trees: [{ name: 'captured', tree }] })
    expect(fleet.machines[0]?.host.spec.bmc.address).toMatch(/^redfish:\/\//)
  })
})

/** One attribute that such a server has, turned to its other value. */
const wishFor = (attributes: FreeJson): Record<string, unknown> => {
  const choices: [string, unknown][] = [
    ['ProcessorVmxEnable', 1],
    ['SriovGlobalEnable', attributes.SriovGlobalEnable === 'Enabled' ? 'Disabled' : 'Enabled'],
    ['SR_IOVSupport_0047', attributes.SR_IOVSupport_0047 === 'Enabled' ? 'Disabled' : 'Enabled'],
    ['Sriov', attributes.Sriov === 'Enabled' ? 'Disabled' : 'Enabled'],
  ]
  const choice = choices.find(([name]) => name in attributes)
  if (choice === undefined) throw new Error('none of the known attributes is there')
  return { [choice[0]]: choice[1] }
}
