import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FirmwareProfileSpec } from '../../api/metal/firmware-profile.js'
import { applied, biosSnapshot } from '../../test/support/bios-snapshot.js'
import { packageRoot } from '../base/package-root.js'
import { parseAttributeRegistry } from '../bmc/redfish/bios-registry-parse.js'
import { loadFirmwareKnowledge, loadShippedProfiles } from './data.js'
import type { BiosSnapshot } from './model.js'
import { planFirmware } from './plan.js'

// Captured service trees of real servers lie beside the repository on some machines; without them this is skipped.
const trees = join(packageRoot(), '../shared/redfish-trees')
const knowledge = loadFirmwareKnowledge()
const kata = loadShippedProfiles().get('kata')

const read = (tree: string, path: string): Record<string, unknown> =>
  JSON.parse(
    execFileSync('tar', ['-xJOf', join(trees, `${tree}.tar.xz`), `${tree}/${path}/index.json`], {
      maxBuffer: 64 * 1024 * 1024,
    }).toString(),
  )

const load = (tree: string, identity: Pick<BiosSnapshot, 'vendor' | 'product'>, bios: string, registry?: string) =>
  biosSnapshot({
    ...identity,
    attributes: read(tree, bios)['Attributes'] as Record<string, unknown>,
    registry: registry === undefined ? undefined : parseAttributeRegistry(read(tree, registry), registry),
  })

const everything = (wish: 'Enabled' | 'Disabled'): FirmwareProfileSpec => ({
  intents: { virtualization: wish, iommu: wish, sriov: wish, hyperthreading: wish, x2apic: wish },
  overrides: [],
  whenInService: 'Never',
})

const planned = (profile: FirmwareProfileSpec | undefined, snapshot: BiosSnapshot) => {
  if (profile === undefined) throw new Error('no such profile')
  const plan = planFirmware(profile, snapshot, knowledge)
  const outcomes = Object.fromEntries(plan.rows.map(({ knob, outcome }) => [knob, outcome]))
  return { ...plan, outcomes }
}

describe.skipIf(!existsSync(trees))('on captured trees of real servers', () => {
  const servers: Record<string, () => BiosSnapshot> = {
    intel: () =>
      load('intel-s2600bpb', { vendor: 'intel', product: 'Intel BMC' }, 'redfish/v1/Systems/QSBP74100021/Bios'),
    dell: () =>
      load(
        'dell-r750-idrac9-6.00',
        { vendor: 'dell', product: 'iDRAC9' },
        'redfish/v1/Systems/System.Embedded.1/Bios',
        'redfish/v1/Systems/System.Embedded.1/Bios/BiosRegistry',
      ),
    supermicro: () =>
      load(
        'supermicro-821ge-x13',
        { vendor: 'supermicro', product: 'Supermicro BMC' },
        'redfish/v1/Systems/1/Bios',
        'registries/BiosAttributeRegistry.1.0.0.json',
      ),
    hpe: () =>
      load(
        'hpe-dl360-gen10plus-ilo5',
        { vendor: 'hpe', product: 'iLO 5' },
        'redfish/v1/Systems/1/bios',
        'redfish/v1/RegistryStore/registries/en/biosattributeregistryu46.v1_2_34',
      ),
  }

  it('Intel needs exactly VMX and VT-d, as numbers, and one restart', () => {
    const { changes, reboots, obstacles } = planned(kata, servers.intel!())
    expect(changes).toStrictEqual({ ProcessorVmxEnable: 1, VTdSupport: 1 })
    expect(reboots).toBe(1)
    expect(obstacles).toEqual([])
  })

  it('Intel leaves hyper-threading alone, since nothing tells what the number means', () => {
    expect(planned(everything('Disabled'), servers.intel!()).outcomes).toMatchObject({
      ht: 'Unknown',
      x2apic: 'NotExposed',
    })
  })

  it('Dell has VT-d implied by ProcVirtualization', () => {
    const { changes, reboots, rows } = planned(kata, servers.dell!())
    expect(changes).toEqual({})
    expect(reboots).toBe(0)
    expect(rows.map(({ knob, outcome, attribute }) => [knob, outcome, attribute])).toEqual([
      ['vtx', 'AlreadySet', 'ProcVirtualization'],
      ['vtd', 'Implied', 'ProcVirtualization'],
    ])
  })

  it('Supermicro is read and written by its labels', () => {
    expect(planned(kata, servers.supermicro!())).toMatchObject({
      changes: {},
      outcomes: { vtx: 'AlreadySet', vtd: 'AlreadySet' },
    })
    expect(planned(everything('Disabled'), servers.supermicro!()).changes).toEqual({
      IntelVirtualizationTechnology_3C6F: 'Disable',
      IntelVTforDirectedI_O_VT_d__1E32: 'Disable',
      SR_IOVSupport_0047: 'Disabled',
      Hyper_Threading_ALL__F27F: 'Disable',
      ExtendedAPIC_F281: 'Disable',
    })
  })

  it('HPE needs no change', () => {
    expect(planned(everything('Enabled'), servers.hpe!())).toMatchObject({ changes: {}, reboots: 0, obstacles: [] })
  })

  it.each(['dell', 'hpe', 'supermicro', 'intel'])('%s has nothing left after its plan was applied, both ways', name => {
    for (const wish of ['Enabled', 'Disabled'] as const) {
      const before = servers[name]!()
      const { changes } = planned(everything(wish), before)
      expect(planned(everything(wish), applied(before, changes)).changes).toEqual({})
    }
  })

  it.each(['dell', 'hpe', 'supermicro', 'intel'])('%s is resolved as well when its vendor was not recognised', name => {
    const known = servers[name]!()
    const { changes } = planned(everything('Enabled'), known)
    expect(planned(everything('Enabled'), { ...known, vendor: 'generic', product: undefined }).changes).toEqual(changes)
  })
})
