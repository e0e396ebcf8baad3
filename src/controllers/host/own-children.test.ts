import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiVersionOf } from '../../../api/kind.js'
import { type HostInventory, hostInventory } from '../../../api/metal/host-inventory.js'
import { startWorld, type World } from '../../../test/support/cluster-api-world.js'
import { IndexedStore } from '../../kube/store.js'
import { ownChildren } from './own-children.js'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())

const inventory = (name: string): HostInventory => ({
  apiVersion: apiVersionOf(hostInventory),
  kind: 'HostInventory',
  metadata: { namespace: 'site', name },
  spec: {},
})

/** The store stands for an informer that lags as long as the test wants it to. */
const setUp = () => {
  const shown = new IndexedStore<HostInventory>()
  return { shown, children: ownChildren(shown, world.of.inventories) }
}

const cores = (object: HostInventory | undefined) => object?.spec.processors?.cores

describe('a child that was just written', () => {
  it('is read at once, though the informer shows nothing or an older one', async () => {
    const { shown, children } = setUp()
    const key = 'site/fresh'
    expect(children.store.get(key)).toBeUndefined()
    const created = await children.client.create(inventory('fresh'))
    expect(children.store.get(key)).toBe(created)
    shown.set(created)
    const replaced = await children.client.replace({ ...created, spec: { processors: { cores: 8 } } })
    const patched = await children.client.mergePatch('site', 'fresh', { spec: { processors: { cores: 16 } } })
    expect(cores(children.store.get(key))).toBe(16)
    shown.set(replaced)
    expect(cores(children.store.get(key))).toBe(16)
    shown.set(patched)
    expect(cores(children.store.get(key))).toBe(16)
  })

  it('gives way to what somebody else wrote later, and to its deletion', async () => {
    const { shown, children } = setUp()
    const created = await children.client.create(inventory('shared'))
    const theirs = await world.of.inventories.mergePatch('site', 'shared', { spec: { processors: { cores: 4 } } })
    expect(children.store.get('site/shared')).toBe(created)
    shown.set(theirs)
    expect(cores(children.store.get('site/shared'))).toBe(4)
    shown.delete('site/shared')
    expect(children.store.get('site/shared')).toBeUndefined()
  })

  it('is known as our own write, and nothing else is', async () => {
    const { children } = setUp()
    const created = await children.client.create(inventory('marked'))
    expect(children.wrote(created)).toBe(true)
    const theirs = await world.of.inventories.mergePatch('site', 'marked', { spec: { processors: { cores: 4 } } })
    expect(children.wrote(theirs)).toBe(false)
    const ours = await children.client.mergePatch('site', 'marked', { spec: { processors: { cores: 5 } } })
    expect([created, theirs, ours].map(object => children.wrote(object))).toEqual([false, false, true])
  })

  it('leaves nothing behind when the write failed', async () => {
    const { children } = setUp()
    await expect(children.client.mergePatch('site', 'absent', { spec: {} })).rejects.toMatchObject({
      code: 'KubernetesNotFound',
    })
    expect(children.store.get('site/absent')).toBeUndefined()
  })
})
