import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../base/clock.js'
import { type ApiServer, startApiServer } from '../api-server.js'
import { Storage } from '../storage.js'
import type { TestClient } from '../testing/client.js'
import { startWithWidgets, widget, widgets } from '../testing/widgets.js'

let server: ApiServer
let client: TestClient
const storage = () => server.storage

beforeEach(async () => {
  ;({ server, client } = await startWithWidgets())
})
afterEach(() => server.stop())

const create = async (name: string, metadata: object = {}): Promise<string> =>
  (await client.post(widgets, widget(name, { size: 1 }, metadata))).body.metadata.uid

const ownedBy = (name: string, uid: string, extra: object = {}) => ({
  apiVersion: 'example.test/v1',
  kind: 'Widget',
  name,
  uid,
  ...extra,
})

const names = () =>
  storage()
    .list('example.test/widgets')
    .map(object => object.metadata.name)

const metadata = async (name: string) => (await client.get(`${widgets}/${name}`)).body.metadata

describe('garbage collection', () => {
  it('removes dependents, and theirs, after their owner', async () => {
    const owner = await create('owner')
    const child = await create('child', { ownerReferences: [ownedBy('owner', owner)] })
    await create('grandchild', { ownerReferences: [ownedBy('child', child)] })
    await create('stranger')
    await client.delete(`${widgets}/owner`)
    await expect.poll(names).toEqual(['stranger'])
  })

  it('keeps an object that has another owner and takes the dead reference away', async () => {
    const [a, b] = [await create('a'), await create('b')]
    await create('child', { ownerReferences: [ownedBy('a', a), ownedBy('b', b)] })
    await client.delete(`${widgets}/a`)
    await expect.poll(async () => (await metadata('child')).ownerReferences).toEqual([ownedBy('b', b)])
    await client.delete(`${widgets}/b`)
    await expect.poll(names).toEqual([])
  })

  it('removes what names an owner that does not exist, or that lives in another namespace', async () => {
    const owner = await create('owner')
    await create('lost', { ownerReferences: [ownedBy('ghost', 'no-such-uid')] })
    const elsewhere = '/apis/example.test/v1/namespaces/kube-system/widgets'
    await client.post(elsewhere, widget('far', { size: 1 }, { ownerReferences: [ownedBy('owner', owner)] }))
    await expect
      .poll(() =>
        storage()
          .list('example.test/widgets')
          .map(o => o.metadata.name),
      )
      .toEqual(['owner'])
  })

  it('lets objects of a namespace be owned by cluster-scoped ones', async () => {
    const node = await client.post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } })
    await create('on-node', {
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: node.body.metadata.uid }],
    })
    await create('after')
    await expect.poll(names).toEqual(['after', 'on-node'])
    await client.delete('/api/v1/nodes/n')
    await expect.poll(names).toEqual(['after'])
  })

  it('waits for the finalizers of dependents', async () => {
    const owner = await create('owner')
    await create('child', { ownerReferences: [ownedBy('owner', owner)], finalizers: ['a.test/x'] })
    await client.delete(`${widgets}/owner`)
    await expect.poll(async () => (await metadata('child')).deletionTimestamp).toMatch(/Z$/)
    expect(names()).toEqual(['child'])
    await client.merge(`${widgets}/child`, { metadata: { finalizers: null } })
    await expect.poll(names).toEqual([])
  })

  it('removes dependents that block first when asked for foreground deletion', async () => {
    const owner = await create('owner')
    const block = { blockOwnerDeletion: true }
    await create('child', { ownerReferences: [ownedBy('owner', owner, block)], finalizers: ['a.test/x'] })
    await create('loose', { ownerReferences: [ownedBy('owner', owner)] })
    const { body } = await client.delete(`${widgets}/owner?propagationPolicy=Foreground`)
    expect(body.metadata.finalizers).toEqual(['foregroundDeletion'])
    await expect.poll(names).toEqual(['child', 'owner'])
    await client.merge(`${widgets}/child`, { metadata: { finalizers: null } })
    await expect.poll(names).toEqual([])
  })

  it('leaves dependents alone, without owner, when asked to orphan them', async () => {
    const owner = await create('owner')
    await create('child', { ownerReferences: [ownedBy('owner', owner)] })
    await client.delete(`${widgets}/owner`, { propagationPolicy: 'Orphan' })
    await expect.poll(names).toEqual(['child'])
    expect((await metadata('child')).ownerReferences).toBeUndefined()
  })

  it('empties a namespace that is being deleted, lets nothing new in, and removes it at the end', async () => {
    await client.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'site' } })
    const path = '/apis/example.test/v1/namespaces/site/widgets'
    await client.post(path, widget('inside', { size: 1 }, { finalizers: ['a.test/x'] }))
    await client.post('/api/v1/namespaces/site/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } })
    const { body } = await client.delete('/api/v1/namespaces/site')
    expect(body.status.phase).toBe('Terminating')
    await expect.poll(() => storage().list('/secrets').length).toBe(0)
    const refused = await client.post(path, widget('late'))
    expect(refused.body).toMatchObject({ code: 403, reason: 'Forbidden' })
    expect(refused.body.message).toContain('because it is being terminated')
    expect((await client.get('/api/v1/namespaces/site')).code).toBe(200)
    await client.merge(`${path}/inside`, { metadata: { finalizers: null } })
    await expect.poll(async () => (await client.get('/api/v1/namespaces/site')).code).toBe(404)
  })

  it('finishes after a restart what was begun before', async () => {
    const kept = new Storage()
    const first = await startWithWidgets({ storage: kept })
    const uid = (await first.client.post(widgets, widget('owner'))).body.metadata.uid
    await first.client.post(widgets, widget('child', { size: 1 }, { ownerReferences: [ownedBy('owner', uid)] }))
    const stopped = first.server.stop()
    kept.remove('example.test/widgets', 'default/owner')
    await stopped
    const second = await startApiServer({ clock: systemClock, rbac: false, storage: kept })
    await expect.poll(() => kept.list('example.test/widgets').length).toBe(0)
    await second.stop()
  })
})
