import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../../base/log.js'
import type { ApiServer } from './api-server.js'
import type { TestClient } from './testing/client.js'
import { startWithWidgets, widget, widgetDefinition, widgets } from './testing/widgets.js'

let server: ApiServer
let client: TestClient
const lines: string[] = []

beforeAll(async () => {
  const log = createLogger('trace', { write: (line: string) => lines.push(line) })
  ;({ server, client } = await startWithWidgets({ log }))
})
afterAll(() => server.stop())

describe('applying a manifest in process', () => {
  it('creates the object, with its status', async () => {
    server.applyManifest({ ...widget('new'), status: { phase: 'Up' } })
    expect((await client.get(`${widgets}/new`)).body).toMatchObject({
      spec: { size: 1, color: 'red' },
      status: { phase: 'Up' },
    })
  })

  it('replaces what is there, whatever version it was read at, and leaves status and finalizers that it does not name', async () => {
    await client.post(widgets, widget('old', { size: 1, tags: ['a'] }, { finalizers: ['a.test/x'] }))
    await client.merge(`${widgets}/old/status`, { status: { phase: 'Up' } })
    server.applyManifest(widget('old', { size: 2 }, { resourceVersion: '1', uid: 'other', namespace: 'default' }))
    expect((await client.get(`${widgets}/old`)).body).toMatchObject({
      metadata: { finalizers: ['a.test/x'], generation: 2 },
      spec: { size: 2, color: 'red' },
      status: { phase: 'Up' },
    })
  })

  it('can be repeated for a definition without losing its objects or its way of being deleted', async () => {
    server.applyManifest(widgetDefinition)
    server.applyManifest(widgetDefinition)
    const { body } = await client.get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.test')
    expect(body.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io'])
    expect((await client.get(`${widgets}/new`)).code).toBe(200)
  })

  it.each<[string, object, string]>([
    [
      'of an unknown kind',
      { apiVersion: 'example.test/v1', kind: 'Gadget', metadata: { name: 'x' } },
      'no matches for kind "Gadget"',
    ],
    ['without a kind', {}, 'no matches for kind ""'],
    ['that is not valid', widget('bad', { size: 0 }), 'spec.size: Invalid value'],
    [
      'for a namespace that is not there',
      widget('bad', { size: 1 }, { namespace: 'nowhere' }),
      'namespaces "nowhere" not found',
    ],
  ])('refuses one %s', (_what, manifest, message) => {
    expect(() => server.applyManifest(manifest)).toThrow(message)
  })
})

describe('the log', () => {
  it('tells every request but neither bodies nor tokens, even when they are refused', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { password: 'geheim-1' } }
    await client.post('/api/v1/namespaces/default/secrets', secret)
    await client.post('/api/v1/namespaces/default/secrets', { ...secret, data: { 'b/ad': 'geheim-2' } })
    await client.call('POST', '/api/v1/namespaces/default/secrets', Buffer.from('{"geheim-3'), {
      'content-type': 'application/json',
    })
    await expect.poll(() => lines.filter(line => line.includes('"verb":"create"')).length).toBeGreaterThanOrEqual(3)
    const text = lines.join('')
    expect(text).not.toContain('geheim')
    expect(text).not.toContain(Buffer.from('geheim-1').toString('base64'))
    expect(text).not.toContain(client.token)
    expect(text).toContain('"path":"/api/v1/namespaces/default/secrets"')
  })
})
