import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiServer } from '../api-server.js'
import { TestClient } from '../testing/client.js'
import { startWithWidgets, widget, widgets } from '../testing/widgets.js'

let server: ApiServer
let admin: TestClient
let robot: TestClient
const group = 'rbac.authorization.k8s.io'
const binding = (kind: string, name: string, role: string, subject: object, namespace?: string) => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  roleRef: { apiGroup: group, kind: role.split('/')[0], name: role.split('/')[1] },
  subjects: [subject],
})
const role = (kind: string, name: string, rules: object[], extra: object = {}) => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: { name, ...(kind === 'Role' ? { namespace: 'default' } : {}), ...extra },
  rules,
})

beforeAll(async () => {
  ;({ server, client: admin } = await startWithWidgets({ rbac: true }))
  const add = (object: object) => server.applyManifest(object)
  add(
    role('ClusterRole', 'widget-reader', [
      { apiGroups: ['example.test'], resources: ['widgets'], verbs: ['get', 'list', 'watch'] },
    ]),
  )
  add(
    binding('ClusterRoleBinding', 'readers', 'ClusterRole/widget-reader', {
      kind: 'Group',
      name: 'readers',
      apiGroup: group,
    }),
  )
  add(
    role('Role', 'writer', [
      { apiGroups: ['example.test'], resources: ['widgets'], verbs: ['patch', 'delete'] },
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['one'], verbs: ['get', 'watch', 'list'] },
    ]),
  )
  add(
    binding(
      'RoleBinding',
      'robot-writes',
      'Role/writer',
      { kind: 'ServiceAccount', name: 'robot', namespace: 'default' },
      'default',
    ),
  )
  add(role('ClusterRole', 'all-status', [{ apiGroups: ['*'], resources: ['*/status'], verbs: ['*'] }]))
  add(
    role('ClusterRole', 'part', [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }], {
      labels: { part: 'yes' },
    }),
  )
  add({
    ...role('ClusterRole', 'sum', []),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] },
  })
  add(binding('ClusterRoleBinding', 'sums', 'ClusterRole/sum', { kind: 'User', name: 'summer', apiGroup: group }))
  add(role('ClusterRole', 'metrics', [{ nonResourceURLs: ['/metrics', '/logs/*'], verbs: ['get'] }]))
  add(
    binding('ClusterRoleBinding', 'metrics', 'ClusterRole/metrics', {
      kind: 'Group',
      name: 'system:authenticated',
      apiGroup: group,
    }),
  )
  robot = new TestClient(server, server.addToken({ name: 'system:serviceaccount:default:robot', groups: ['readers'] }))
  await admin.post(widgets, widget('a'))
})
afterAll(() => server.stop())

describe('RBAC', () => {
  it('allows what a bound role lists, and nothing else', async () => {
    expect((await robot.get(`${widgets}/a`)).code).toBe(200)
    expect((await robot.get('/apis/example.test/v1/widgets')).code).toBe(200)
    expect((await robot.post(widgets, widget('b'))).code).toBe(403)
    expect((await robot.get('/api/v1/secrets')).code).toBe(403)
    expect((await robot.delete(widgets)).code).toBe(403)
  })

  it('names the user, the verb, the resource and where, when it refuses', async () => {
    const { body } = await robot.post(widgets, widget('b'))
    expect(body).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      reason: 'Forbidden',
      code: 403,
      details: { group: 'example.test', kind: 'widgets' },
    })
    expect(body.message).toBe(
      'widgets.example.test is forbidden: User "system:serviceaccount:default:robot" cannot create resource "widgets" in API group "example.test" in the namespace "default"',
    )
    expect((await robot.get('/api/v1/nodes')).body.message).toContain(
      'cannot list resource "nodes" in API group "" at the cluster scope',
    )
  })

  it('holds roles to their namespace and to their resource names', async () => {
    expect((await robot.merge(`${widgets}/a`, { spec: { size: 2 } })).code).toBe(200)
    expect((await robot.merge('/apis/example.test/v1/namespaces/kube-system/widgets/a', {})).code).toBe(403)
    expect((await robot.get('/api/v1/namespaces/default/configmaps/one')).code).toBe(404)
    expect((await robot.get('/api/v1/namespaces/default/configmaps/two')).code).toBe(403)
    expect((await robot.get('/api/v1/namespaces/default/configmaps')).code).toBe(403)
    const one = '/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name%3Done'
    expect((await robot.get(one)).code).toBe(200)
    expect((await robot.get(one.replace('one', 'two'))).code).toBe(403)
  })

  it('tells a subresource from its resource', async () => {
    expect((await robot.merge(`${widgets}/a/status`, { status: { phase: 'x' } })).code).toBe(403)
    server.applyManifest(
      binding('ClusterRoleBinding', 'statuses', 'ClusterRole/all-status', { kind: 'Group', name: 'readers' }),
    )
    expect((await robot.merge(`${widgets}/a/status`, { status: { phase: 'x' } })).code).toBe(200)
  })

  it('wants create as well for an apply that creates', async () => {
    const body = widget('applied')
    expect((await robot.apply(`${widgets}/applied?fieldManager=r`, body)).body).toMatchObject({ code: 403 })
    await admin.post(widgets, body)
    expect((await robot.apply(`${widgets}/applied?fieldManager=r`, body)).code).toBe(200)
  })

  it('follows aggregated roles and users by name', async () => {
    const summer = new TestClient(server, server.addToken({ name: 'summer', groups: [] }))
    expect((await summer.get('/api/v1/nodes')).code).toBe(200)
    expect((await summer.get('/api/v1/pods')).code).toBe(403)
  })

  it('takes effect and ends with the objects that say so', async () => {
    const late = new TestClient(server, server.addToken({ name: 'late', groups: [] }))
    expect((await late.get(widgets)).code).toBe(403)
    server.applyManifest(
      binding('ClusterRoleBinding', 'late', 'ClusterRole/widget-reader', { kind: 'User', name: 'late' }),
    )
    expect((await late.get(widgets)).code).toBe(200)
    await admin.delete(`/apis/${group}/v1/clusterrolebindings/late`)
    expect((await late.get(widgets)).code).toBe(403)
  })

  it('shows discovery to everybody and other paths to whom they are granted', async () => {
    const nobody = new TestClient(server, server.addToken({ name: 'nobody', groups: [] }))
    for (const path of ['/api', '/apis', '/apis/example.test/v1', '/openapi/v3', '/version'])
      expect((await nobody.get(path)).code).toBe(200)
    expect((await nobody.get('/metrics')).code).toBe(404) // allowed, but there is nothing
    expect((await nobody.get('/logs/x')).code).toBe(404)
    expect((await nobody.get('/debug')).code).toBe(403)
  })

  it('answers who may do what, and who one is', async () => {
    const path = '/apis/authorization.k8s.io/v1'
    const ask = async (client: TestClient, plural: string, spec: object) =>
      (await client.post(`${path}/${plural}`, { apiVersion: 'authorization.k8s.io/v1', kind: 'X', spec })).body.status
        .allowed
    const list = { resourceAttributes: { verb: 'list', group: 'example.test', resource: 'widgets' } }
    const create = {
      resourceAttributes: { verb: 'create', group: 'example.test', resource: 'widgets', namespace: 'default' },
    }
    expect(await ask(robot, 'selfsubjectaccessreviews', list)).toBe(true)
    expect(await ask(robot, 'selfsubjectaccessreviews', create)).toBe(false)
    expect(
      await ask(robot, 'selfsubjectaccessreviews', { nonResourceAttributes: { verb: 'get', path: '/metrics' } }),
    ).toBe(true)
    expect(await ask(admin, 'subjectaccessreviews', { ...list, user: 'x', groups: ['readers'] })).toBe(true)
    expect(await ask(admin, 'subjectaccessreviews', { ...list, user: 'x' })).toBe(false)
    expect((await admin.post(`${path}/subjectaccessreviews`, { spec: {} })).code).toBe(400)
    const me = await robot.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {})
    expect(me.body.status.userInfo).toMatchObject({ username: 'system:serviceaccount:default:robot' })
  })

  it('lets a ServiceAccount in with a token of its own', async () => {
    server.applyManifest({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot', namespace: 'default' },
    })
    const path = '/api/v1/namespaces/default/serviceaccounts'
    const { code, body } = await admin.post(`${path}/robot/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {},
    })
    expect(code).toBe(201)
    const account = new TestClient(server, body.status.token)
    expect((await account.merge(`${widgets}/a`, { spec: { size: 3 } })).code).toBe(200)
    expect((await admin.post(`${path}/missing/token`, {})).code).toBe(404)
    expect((await robot.post(`${path}/robot/token`, {})).code).toBe(403)
  })
})

describe('without RBAC', () => {
  it('every token may do everything, and no token still nothing', async () => {
    const { server: open, client } = await startWithWidgets({ rbac: false })
    const anybody = new TestClient(open, open.addToken({ name: 'anybody', groups: [] }))
    expect((await anybody.post(widgets, widget('b'))).code).toBe(201)
    expect((await new TestClient(open, undefined).get(widgets)).code).toBe(401)
    expect((await client.get(widgets)).code).toBe(200)
    await open.stop()
  })
})
