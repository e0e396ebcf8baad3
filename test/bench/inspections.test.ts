import { describe, expect, it } from 'vitest'
import { ResourceTree } from '../../src/lab/bmc/resource-tree.js'
import type { Inspection } from './inspections.js'
import { resourcesOf } from './inspections.js'
import { inspectionFigures } from './inspection-figures.js'

const tree = new ResourceTree()
tree.put('/redfish/v1/Systems', { Members: [{ '@odata.id': '/redfish/v1/Systems/1' }] })

describe('the resources that an inspection read', () => {
  it('are those asked for, once each, however they are spelt', () => {
    expect(resourcesOf(tree, ['/redfish/v1', '/redfish/v1/', '/redfish/v1/Systems'])).toEqual([
      '/redfish/v1/',
      '/redfish/v1/Systems',
    ])
  })

  it('are the members too where a collection was expanded', () => {
    expect(resourcesOf(tree, ['/redfish/v1/Systems?%24expand=.'])).toEqual([
      '/redfish/v1/Systems',
      '/redfish/v1/Systems/1',
    ])
  })
})

describe('the figures of an inspection', () => {
  const seen: Inspection = {
    tree: 'dell persona',
    resources: 60,
    katametal: { gets: 30, milliseconds: 400 },
    sushy: { gets: 60, milliseconds: 1600 },
  }

  it('are ratios to sushy, wanted below one', () => {
    expect(inspectionFigures([seen])).toEqual([
      {
        figure: 'inspection of dell persona: GETs',
        seen: '30, sushy 60, ratio 0.50',
        wanted: { limit: '< sushy', met: true },
      },
      {
        figure: 'inspection of dell persona: time',
        seen: '400 ms, sushy 1600 ms, ratio 0.25',
        wanted: { limit: '< sushy', met: true },
      },
    ])
  })

  it('miss what is wanted when sushy needs as little', () => {
    const equal = inspectionFigures([{ ...seen, sushy: { gets: 30, milliseconds: 399 } }])
    expect(equal.map(({ wanted }) => wanted?.met)).toEqual([false, false])
  })

  it('stand alone where sushy is not installed', () => {
    expect(inspectionFigures([{ ...seen, sushy: undefined }])).toEqual([
      { figure: 'inspection of dell persona: GETs', seen: '30' },
      { figure: 'inspection of dell persona: time', seen: '400 ms' },
    ])
  })
})
