import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiServer } from './api-server.js'
import type { TestClient } from './testing/client.js'
import { startWithWidgets, widgetDefinition } from './testing/widgets.js'

let server: ApiServer
let client: TestClient

beforeAll(async () => {
  ;({ server, client } = await startWithWidgets())
})
afterAll(() => server.stop())

describe('definitions of custom resources', () => {
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const gadget = (change: (spec: Record<string, unknown>) => void = () => undefined, name = 'gadgets.example.test') => {
    const spec = structuredClone(widgetDefinition.spec) as unknown as Record<string, unknown>
    spec['names'] = { kind: 'Gadget', plural: 'gadgets' }
    change(spec)
    return { ...widgetDefinition, metadata: { name }, spec }
  }

  it('are established in the write that creates them', async () => {
    const { body } = await client.post(definitions, gadget())
    expect(body.status).toMatchObject({
      acceptedNames: { singular: 'gadget', listKind: 'GadgetList' },
      storedVersions: ['v1'],
    })
    expect(body.status.conditions.map((c: { type: string; status: string }) => `${c.type}=${c.status}`)).toEqual([
      'NamesAccepted=True',
      'Established=True',
    ])
    expect((await client.get('/apis/example.test/v1/gadgets')).body.kind).toBe('GadgetList')
  })

  it('serve another schema at once when it changes', async () => {
    const before = await client.get(`${definitions}/gadgets.example.test`)
    const changed = structuredClone(before.body)
    changed.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.extra = { type: 'string' }
    await client.put(`${definitions}/gadgets.example.test`, changed)
    const path = '/apis/example.test/v1/namespaces/default/gadgets'
    const { body } = await client.post(path, {
      apiVersion: 'example.test/v1',
      kind: 'Gadget',
      metadata: { name: 'g' },
      spec: { size: 1, extra: 'x' },
    })
    expect(body.spec.extra).toBe('x')
  })

  it('serve several versions over the same objects', async () => {
    const both = gadget(spec => {
      const [first] = spec['versions'] as Record<string, unknown>[]
      spec['names'] = { kind: 'Twin', plural: 'twins' }
      spec['versions'] = [
        first,
        { ...first, name: 'v2', storage: false },
        { ...first, name: 'v0', storage: false, served: false },
      ]
    }, 'twins.example.test')
    expect((await client.post(definitions, both)).code).toBe(201)
    const path = (version: string) => `/apis/example.test/${version}/namespaces/default/twins`
    await client.post(path('v2'), {
      apiVersion: 'example.test/v2',
      kind: 'Twin',
      metadata: { name: 't' },
      spec: { size: 1 },
    })
    expect((await client.get(`${path('v1')}/t`)).body).toMatchObject({
      apiVersion: 'example.test/v1',
      spec: { size: 1 },
    })
    expect((await client.get(path('v2'))).body.items[0].apiVersion).toBe('example.test/v2')
    expect((await client.get(path('v0'))).code).toBe(404)
  })

  it.each<[string, object, RegExp]>([
    ['a wrong name', gadget(undefined, 'things.example.test'), /must be spec.names.plural/],
    [
      'no storage version',
      gadget(spec => {
        ;(spec['versions'] as { storage: boolean }[])[0]!.storage = false
      }),
      /exactly one version marked as storage/,
    ],
    [
      'an unknown scope',
      gadget(spec => {
        spec['scope'] = 'Galaxy'
      }),
      /spec.scope/,
    ],
    [
      'no schema',
      gadget(spec => {
        ;(spec['versions'] as { schema: object }[])[0]!.schema = {}
      }),
      /schemas are required/,
    ],
    [
      'a schema that is not structural',
      gadget(spec => {
        ;(spec['versions'] as { schema: object }[])[0]!.schema = {
          openAPIV3Schema: { type: 'object', properties: { a: {} } },
        }
      }),
      /properties\[a\]\.type/,
    ],
  ])('are refused with %s', async (_what, body, message) => {
    const answer = await client.post(`${definitions}?dryRun=All`, body)
    expect(answer.code).toBe(422)
    expect(answer.body.message).toMatch(message)
  })

  it('evaluate their CEL rules, on transitions too', async () => {
    const ruled = gadget(spec => {
      spec['names'] = { kind: 'Ruled', plural: 'ruleds' }
      const schema = (spec['versions'] as any[])[0].schema.openAPIV3Schema.properties.spec // eslint-disable-line @typescript-eslint/no-explicit-any
      schema['x-kubernetes-validations'] = [
        { rule: '!has(self.tags) || size(self.tags) <= self.size', message: 'no more tags than its size' },
        { rule: 'self.color == oldSelf.color', message: 'color is immutable', fieldPath: '.color' },
      ]
    }, 'ruleds.example.test')
    await client.post(definitions, ruled)
    const path = '/apis/example.test/v1/namespaces/default/ruleds'
    const body = (spec: object) => ({ apiVersion: 'example.test/v1', kind: 'Ruled', metadata: { name: 'r' }, spec })
    expect((await client.post(path, body({ size: 1, tags: ['a', 'b'] }))).body.message).toContain(
      'no more tags than its size',
    )
    expect((await client.post(path, body({ size: 1 }))).code).toBe(201)
    expect((await client.merge(`${path}/r`, { spec: { color: 'green' } })).body.message).toContain(
      'spec.color: Invalid value',
    )
    expect((await client.merge(`${path}/r`, { spec: { size: 2 } })).code).toBe(200)
  })

  it('go last: their objects are deleted before them', async () => {
    await client.post(
      definitions,
      gadget(spec => {
        spec['names'] = { kind: 'Brief', plural: 'briefs' }
      }, 'briefs.example.test'),
    )
    const path = '/apis/example.test/v1/namespaces/default/briefs'
    await client.post(path, {
      apiVersion: 'example.test/v1',
      kind: 'Brief',
      metadata: { name: 'b', finalizers: ['a.test/x'] },
      spec: { size: 1 },
    })
    expect((await client.delete(`${definitions}/briefs.example.test`)).body.kind).toBe('CustomResourceDefinition')
    await expect.poll(async () => (await client.get(`${path}/b`)).body.metadata?.deletionTimestamp).toMatch(/Z$/)
    expect((await client.get(`${definitions}/briefs.example.test`)).code).toBe(200)
    await client.merge(`${path}/b`, { metadata: { finalizers: null } })
    await expect.poll(async () => (await client.get(`${definitions}/briefs.example.test`)).code).toBe(404)
    expect((await client.get(path)).code).toBe(404)
  })
})
