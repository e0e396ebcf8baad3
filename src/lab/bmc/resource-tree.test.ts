import { describe, expect, it } from 'vitest'
import { normalPath, ResourceTree } from './resource-tree.js'

const base = () => {
  const tree = new ResourceTree()
  tree.put('/redfish/v1/Systems/', { Members: [{ '@odata.id': '/redfish/v1/Systems/A' }], 'Members@odata.count': 1 })
  tree.put('/redfish/v1/Systems/A', { Id: 'A', PowerState: 'Off' })
  tree.putText('/broken', '{"Id": ')
  return tree
}

describe('a resource tree', () => {
  it('takes spellings that differ in case and slashes for one path', () => {
    expect(normalPath('/Redfish//v1/Systems/')).toBe('/redfish/v1/systems')
    expect(normalPath('/')).toBe('/')
    expect(base().body('/REDFISH/V1/SYSTEMS/a/')?.['Id']).toBe('A')
  })

  it('keeps the first spelling of a path when its resource changes', () => {
    const tree = base().overlay()
    tree.put('/redfish/v1/systems/a', { Id: 'A', PowerState: 'On' })
    expect(tree.get('/redfish/v1/Systems/A')?.path).toBe('/redfish/v1/Systems/A')
  })

  it('leaves what is below an overlay alone', () => {
    const below = base()
    const over = below.overlay()
    over.update('/redfish/v1/Systems/A', body => ({ ...body, PowerState: 'On' }))
    over.put('/redfish/v1/Systems/B', { Id: 'B' })
    over.remove('/broken')
    expect([over.body('/redfish/v1/Systems/A'), below.body('/redfish/v1/Systems/A')]).toEqual([
      { Id: 'A', PowerState: 'On' },
      { Id: 'A', PowerState: 'Off' },
    ])
    expect([over.get('/broken'), below.get('/broken')?.text]).toEqual([undefined, '{"Id": '])
    expect([...over.entries()].map(({ path }) => path).sort()).toEqual([
      '/redfish/v1/Systems/',
      '/redfish/v1/Systems/A',
      '/redfish/v1/Systems/B',
    ])
    expect([over.isChanged('/redfish/v1/Systems/A'), over.isChanged('/redfish/v1/Systems')]).toEqual([true, false])
  })

  it('keeps collections counted', () => {
    const tree = base()
    const links = () => tree.body('/redfish/v1/Systems')
    tree.changeMembers('/redfish/v1/Systems', { add: '/redfish/v1/Systems/B' })
    expect(links()).toMatchObject({ 'Members@odata.count': 2 })
    tree.changeMembers('/redfish/v1/Systems', { remove: '/redfish/v1/SYSTEMS/a/' })
    expect(links()).toEqual({ Members: [{ '@odata.id': '/redfish/v1/Systems/B' }], 'Members@odata.count': 1 })
  })

  it('has nothing to change where nothing is', () => {
    const tree = base()
    tree.update('/redfish/v1/Systems/Z', body => ({ ...body, Id: 'Z' }))
    tree.update('/broken', body => ({ ...body, Id: 'Z' }))
    expect([tree.get('/redfish/v1/Systems/Z'), tree.get('/broken')?.text]).toEqual([undefined, '{"Id": '])
  })
})
