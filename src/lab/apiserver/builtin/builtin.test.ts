import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiServer } from '../api-server.js'
import type { TestClient } from '../testing/client.js'
import { startWithWidgets } from '../testing/widgets.js'

let server: ApiServer
let client: TestClient
beforeAll(async () => {
  ;({ server, client } = await startWithWidgets())
})
afterAll(() => server.stop())

const core = '/api/v1/namespaces/default'

describe('secrets', () => {
  const secret = (name: string, extra: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, ...extra })

  it('fold stringData into data and have a type', async () => {
    const { body } = await client.post(
      `${core}/secrets`,
      secret('a', { data: { x: 'eA==' }, stringData: { y: 'ü', x: 'z' } }),
    )
    expect(body).toMatchObject({ type: 'Opaque', data: { x: 'eg==', y: 'w7w=' } })
    expect(body.stringData).toBeUndefined()
    const patched = await client.merge(`${core}/secrets/a`, { stringData: { n: '1' } })
    expect(patched.body.data).toEqual({ x: 'eg==', y: 'w7w=', n: 'MQ==' })
  })

  it('are found by type', async () => {
    await client.post(`${core}/secrets`, secret('typed', { type: 'cluster.x-k8s.io/secret' }))
    const { body } = await client.get('/api/v1/secrets?fieldSelector=type%3Dcluster.x-k8s.io%2Fsecret')
    expect(body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['typed'])
  })

  it('keep their type and, when immutable, their data', async () => {
    await client.post(`${core}/secrets`, secret('fixed', { immutable: true, data: { x: 'eA==' } }))
    expect((await client.merge(`${core}/secrets/fixed`, { type: 'Other' })).code).toBe(422)
    expect((await client.merge(`${core}/secrets/fixed`, { data: { x: 'eQ==' } })).code).toBe(422)
    expect((await client.merge(`${core}/secrets/fixed`, { metadata: { labels: { a: 'b' } } })).code).toBe(200)
  })

  it('never come back in an error', async () => {
    const bad = await client.post(`${core}/secrets`, secret('bad', { data: { key: 'geheim!' } }))
    expect(bad.body.message).toContain('data[key]')
    expect(bad.text).not.toContain('geheim')
    expect((await client.post(`${core}/secrets`, secret('bad', { data: { 'a/b': 'eA==' } }))).code).toBe(422)
    const wrong = await client.post(`${core}/secrets`, secret('bad', { data: 'geheim' }))
    expect(wrong.code).toBe(422)
    expect(wrong.text).not.toContain('geheim')
  })
})

describe('events', () => {
  const event = (name: string, extra: object = {}) => ({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'katametal',
    reportingInstance: 'katametal-1',
    action: 'Inspect',
    reason: 'Inspected',
    note: 'all is well',
    type: 'Normal',
    regarding: { kind: 'Widget', name: 'w', namespace: 'default', uid: 'u1' },
    ...extra,
  })
  const path = '/apis/events.k8s.io/v1/namespaces/default/events'

  it('are the same objects under both API groups', async () => {
    const created = await client.post(path, event('one'))
    expect(created.body).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      note: 'all is well',
      regarding: { name: 'w' },
    })
    const { body } = await client.get(`${core}/events/one`)
    expect(body).toMatchObject({
      apiVersion: 'v1',
      message: 'all is well',
      involvedObject: { name: 'w' },
      reportingComponent: 'katametal',
      eventTime: '2026-01-01T00:00:00.000000Z',
    })
    expect(body.note).toBeUndefined()
    await client.post(`${core}/events`, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'old' },
      involvedObject: { name: 'w', uid: 'u1' },
      message: 'm',
      firstTimestamp: '2026-01-01T00:00:00Z',
      count: 2,
      source: { component: 'c' },
    })
    const newer = await client.get(`${path}/old`)
    expect(newer.body).toMatchObject({
      note: 'm',
      deprecatedCount: 2,
      deprecatedSource: { component: 'c' },
      regarding: { uid: 'u1' },
    })
  })

  it('are found by what they are about, in both spellings, and watched in both forms', async () => {
    await client.post(path, event('other', { regarding: { kind: 'Widget', name: 'x', uid: 'u2' } }))
    const core1 = await client.get('/api/v1/events?fieldSelector=involvedObject.uid%3Du1,involvedObject.kind%3DWidget')
    expect(core1.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['one'])
    const newer = await client.get(`${path}?fieldSelector=regarding.uid%3Du2`)
    expect(newer.body.items[0].regarding.name).toBe('x')
    const watching = await client.watch(`${path}?watch=1&fieldSelector=regarding.uid%3Du1`)
    const [first] = await watching.seen(1)
    expect(first.object).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'm' })
    watching.close()
  })

  it('carry a series when they repeat', async () => {
    const series = { count: 3, lastObservedTime: '2026-01-01T00:01:00.000000Z' }
    expect((await client.merge(`${path}/one`, { series })).body.series).toEqual(series)
    expect((await client.get(`${core}/events/one`)).body.series).toEqual(series)
  })

  it('show what they are about and when they were last seen', async () => {
    const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
    for (const address of [`${core}/events`, path]) {
      const { body } = await client.get(`${address}?fieldSelector=metadata.name%3Done`, table)
      expect(body.rows[0].cells).toEqual([
        'one',
        expect.stringMatching(/^\d+[dy]/),
        'Normal',
        'Inspected',
        'widget/w',
        'all is well',
      ])
    }
  })

  it.each(['eventTime', 'reportingController', 'reportingInstance', 'action', 'reason'])('need %s', async field => {
    const answer = await client.post(path, event('incomplete', { [field]: undefined }))
    expect(answer.code).toBe(422)
    expect(answer.body.message).toContain(field)
  })

  it('have notes of at most 1024 bytes', async () => {
    expect((await client.post(path, event('long', { note: 'ü'.repeat(512) }))).code).toBe(201)
    expect((await client.post(path, event('longer', { note: 'ü'.repeat(513) }))).code).toBe(422)
  })
})

describe('nodes', () => {
  it('register with their status and keep their providerID', async () => {
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n1' },
      spec: { providerID: 'katametal://default/h1' },
      status: { conditions: [{ type: 'Ready', status: 'False' }], nodeInfo: { kubeletVersion: 'v1' } },
    }
    expect((await client.post('/api/v1/nodes', node)).body.status.nodeInfo.kubeletVersion).toBe('v1')
    const changed = await client.merge('/api/v1/nodes/n1', { spec: { providerID: 'katametal://default/h2' } })
    expect(changed.body.message).toContain('spec.providerID: Forbidden')
    expect((await client.merge('/api/v1/nodes/n1', { spec: { unschedulable: true } })).code).toBe(200)
  })

  it('merge conditions by type in a strategic patch of their status', async () => {
    const { body } = await client.strategic('/api/v1/nodes/n1/status', {
      status: {
        conditions: [
          { type: 'Disk', status: 'True' },
          { type: 'Ready', status: 'True' },
        ],
      },
    })
    expect(body.status.conditions).toEqual([
      { type: 'Ready', status: 'True' },
      { type: 'Disk', status: 'True' },
    ])
  })
})

describe('other built-in kinds', () => {
  it('namespaces are Active, labelled with their name and hold names that are labels', async () => {
    const { body } = await client.post('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'ns1' },
    })
    expect(body).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'ns1' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })
    const renamed = await client.put('/api/v1/namespaces/ns1', { ...body, spec: {}, status: { phase: 'Odd' } })
    expect(renamed.body).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } })
    expect((await client.post('/api/v1/namespaces', { metadata: { name: 'a.b' } })).code).toBe(422)
  })

  it('leases hold times and durations that make sense', async () => {
    const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l' },
      spec: { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
    }
    const { body } = await client.post(path, lease)
    expect((await client.put(`${path}/l`, { ...body, spec: { ...body.spec, holderIdentity: 'b' } })).code).toBe(200)
    expect((await client.put(`${path}/l`, { ...body, spec: { ...body.spec, holderIdentity: 'c' } })).code).toBe(409)
    expect((await client.merge(`${path}/l`, { spec: { renewTime: 'yesterday' } })).code).toBe(422)
    expect((await client.merge(`${path}/l`, { spec: { leaseDurationSeconds: 0 } })).code).toBe(422)
  })

  it('pods are stored as pending and need containers', async () => {
    const pod = (spec: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec })
    expect((await client.post(`${core}/pods`, pod({ containers: [] }))).code).toBe(422)
    const { body } = await client.post(`${core}/pods`, pod({ containers: [{ name: 'c', image: 'i' }], nodeName: 'n1' }))
    expect(body.status.phase).toBe('Pending')
    expect((await client.get('/api/v1/pods?fieldSelector=spec.nodeName%3Dn1')).body.items).toHaveLength(1)
    expect((await client.get('/api/v1/pods?fieldSelector=spec.nodeName!%3Dn1')).body.items).toHaveLength(0)
  })

  it('services get the defaults that clients rely on', async () => {
    const { body } = await client.post(`${core}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { ports: [{ port: 80 }] },
    })
    expect(body.spec).toMatchObject({ type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] })
  })

  it('config maps hold text only', async () => {
    const map = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data })
    expect((await client.post(`${core}/configmaps`, map({ a: 1 }))).code).toBe(422)
    expect((await client.post(`${core}/configmaps`, map({ a: '1' }))).code).toBe(201)
  })

  it('deployments count generations and are otherwise left alone', async () => {
    const path = '/apis/apps/v1/namespaces/default/deployments'
    const body = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: { selector: {}, template: { spec: { containers: [{ name: 'c' }] } } },
    }
    expect((await client.post(path, body)).body).toMatchObject({ metadata: { generation: 1 }, spec: { replicas: 1 } })
    expect((await client.merge(`${path}/d`, { spec: { replicas: 2 } })).body.metadata.generation).toBe(2)
    expect((await client.merge(`${path}/d/status`, { status: { readyReplicas: 2 } })).body.metadata.generation).toBe(2)
  })

  it('bindings keep their role', async () => {
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
    const body = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'b:x' },
      roleRef: { kind: 'ClusterRole', name: 'a' },
    }
    expect((await client.post(path, body)).code).toBe(201)
    expect((await client.merge(`${path}/b:x`, { roleRef: { name: 'b' } })).body.message).toContain(
      'cannot change roleRef',
    )
  })
})
