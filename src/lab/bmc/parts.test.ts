import { describe, expect, it } from 'vitest'
import { behaviourOf } from './behaviour.js'
import type { JsonObject } from './json.js'
import { findParts } from './parts.js'
import { ResourceTree } from './resource-tree.js'

const link = (path: string): JsonObject => ({ '@odata.id': path })
const treeOf = (resources: Record<string, JsonObject>): ResourceTree => {
  const tree = new ResourceTree()
  for (const [path, body] of Object.entries(resources)) tree.put(`/redfish/v1${path}`, body)
  return tree
}
const reset = { '#ComputerSystem.Reset': { target: '/redfish/v1/Systems/Node/Actions/ComputerSystem.Reset' } }

describe('the parts of a tree that nobody knows', () => {
  it('are found through links under names of any kind', () => {
    const tree = treeOf({
      '': { Systems: link('/redfish/v1/Rechner'), Links: { Sessions: link('/redfish/v1/Sitzungen') } },
      '/Rechner': { Members: [link('/redfish/v1/Rechner/Eins')] },
      '/Rechner/Eins': { Bios: link('/redfish/v1/Rechner/Eins/Firmware'), Actions: reset },
      '/Rechner/Eins/Firmware': { Attributes: {} },
    })
    expect(findParts(tree)).toMatchObject({
      system: '/redfish/v1/Rechner/Eins',
      bios: '/redfish/v1/Rechner/Eins/Firmware',
      biosSettings: '/redfish/v1/Rechner/Eins/Firmware',
      sessions: '/redfish/v1/Sitzungen',
      secureBoot: undefined,
      jobs: [],
      media: [],
    })
  })

  it('belong to the system that can be reset, not to an accelerator baseboard that comes first', () => {
    const tree = treeOf({
      '': { Systems: link('/redfish/v1/Systems') },
      '/Systems': { Members: [link('/redfish/v1/Systems/Baseboard'), link('/redfish/v1/Systems/Node')] },
      '/Systems/Baseboard': { Name: 'accelerators' },
      '/Systems/Node': { Actions: reset },
    })
    expect(findParts(tree).system).toBe('/redfish/v1/Systems/Node')
  })

  it('take the Managers collection where the system does not say who manages it', () => {
    const tree = treeOf({
      '': { Systems: link('/redfish/v1/Systems'), Managers: link('/redfish/v1/Managers') },
      '/Systems': { Members: [link('/redfish/v1/Systems/Node')] },
      '/Systems/Node': { Actions: reset, VirtualMedia: link('/redfish/v1/Managers/B/VirtualMedia') },
      '/Managers': { Members: [link('/redfish/v1/Managers/B')] },
      '/Managers/B': { VirtualMedia: link('/redfish/v1/Managers/B/VirtualMedia/') },
      '/Managers/B/VirtualMedia': { Members: [link('/redfish/v1/Managers/B/VirtualMedia/1')] },
      '/Managers/B/VirtualMedia/1': { MediaTypes: ['CD'] },
    })
    const parts = findParts(tree)
    expect(parts.manager).toBe('/redfish/v1/Managers/B')
    expect(parts.media).toEqual(['/redfish/v1/Managers/B/VirtualMedia/1'])
  })

  it('leave out links that lead nowhere', () => {
    const tree = treeOf({
      '': { Systems: link('/redfish/v1/Systems') },
      '/Systems': { Members: [link('/redfish/v1/Systems/Node'), link('/redfish/v1/Systems/Gone')] },
      '/Systems/Node': { Bios: link('/redfish/v1/Nowhere'), SecureBoot: link('/redfish/v1/Nowhere') },
    })
    expect(findParts(tree)).toMatchObject({ bios: undefined, biosSettings: undefined, secureBoot: undefined })
    expect(findParts(new ResourceTree()).system).toBe('/redfish/v1/Systems')
  })
})

describe('the behaviour of a tree that nobody knows', () => {
  const machine = (system: JsonObject, bios: JsonObject = {}, settings: JsonObject = {}) => {
    const tree = treeOf({
      '': { Systems: link('/redfish/v1/Systems'), JobService: link('/redfish/v1/JobService') },
      '/Systems': { Members: [link('/redfish/v1/Systems/Node')] },
      '/Systems/Node': { Actions: reset, Bios: link('/redfish/v1/Bios'), ...system },
      '/Bios': { Attributes: { A: 1, B: 2, C: 3 }, ...bios },
      '/Bios/Settings': settings,
      '/SessionService': { SessionTimeout: 77 },
      '/JobService': { Jobs: link('/redfish/v1/JobService/Jobs') },
      '/JobService/Jobs': { Members: [] },
    })
    return behaviourOf(tree, findParts(tree))
  }
  const settingsObject = { SettingsObject: link('/redfish/v1/Bios/Settings') }

  it('takes entity tags as the system shows them', () => {
    expect([machine({}).etag, machine({}).ifMatch]).toEqual(['none', 'ignored'])
    expect(machine({ '@odata.etag': 'W/"1"' })).toMatchObject({ etag: 'weak', ifMatch: 'checked' })
    expect(machine({ '@odata.etag': '"1"' }).etag).toBe('strong')
  })

  it('takes the shape of pending settings as the settings object shows it', () => {
    const shape = (settings: JsonObject) => machine({}, { '@Redfish.Settings': settingsObject }, settings).pendingShape
    expect(shape({})).toBe('absent')
    expect(shape({ Attributes: {} })).toBe('empty')
    expect(shape({ Attributes: { A: 1, B: 2, C: 3 } })).toBe('full')
  })

  it('needs a job where apply times are listed and jobs exist', () => {
    const withTimes = { '@Redfish.Settings': { ...settingsObject, SupportedApplyTimes: ['OnReset'] } }
    expect(machine({}, withTimes).biosWrite).toBe('job')
    expect(machine({}, { '@Redfish.Settings': settingsObject }).biosWrite).toBe('plain')
  })

  it('keeps the timeout of sessions and what a disabled boot override shows', () => {
    expect(machine({}).sessionTimeoutMs).toBe(77_000)
    const left = { Boot: { BootSourceOverrideEnabled: 'Disabled', BootSourceOverrideTarget: 'Pxe' } }
    expect([machine(left).bootClearsTarget, machine({}).bootClearsTarget]).toEqual([false, true])
  })
})
