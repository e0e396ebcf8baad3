import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiServer } from '../api-server.js'
import type { Json } from '../json.js'
import type { TestClient } from '../testing/client.js'
import { startWithWidgets, widget, widgets } from '../testing/widgets.js'
import { acceptedShape } from './accept.js'
import { shortDuration } from './duration.js'
import { compileJsonPath } from './json-path.js'
import { parseRequest } from './request-info.js'

describe('the JSONPath of printer columns', () => {
  const object: Json = {
    a: { b: 1, 'c.d/e': 2 },
    list: [
      { type: 'X', n: 1, ok: true },
      { type: 'Y', n: 5 },
    ],
    none: null,
  }

  it.each<[string, Json[]]>([
    ['.a.b', [1]],
    ['{.a.b}', [1]],
    ['$.a.b', [1]],
    ['.a.c\\.d/e', [2]],
    [".a['c.d/e']", [2]],
    ['.a["b"]', [1]],
    ['.list[0].type', ['X']],
    ['.list[-1].type', ['Y']],
    ['.list[*].type', ['X', 'Y']],
    ['.list.*.n', [1, 5]],
    [".list[?(@.type=='Y')].n", [5]],
    ['.list[?(@.type=="Z")].n', []],
    ['.list[?(@.type != "X")].n', [5]],
    ['.list[?(@.n>=5)].type', ['Y']],
    ['.list[?(@.n<5)].type', ['X']],
    ['.list[?(@.ok==true)].type', ['X']],
    ['.list[?(@.ok)].type', ['X']],
    ['.missing.deep', []],
    ['.none', [null]],
    ['.a..b', []],
    ['nonsense', []],
  ])('%s finds %j', (path, found) => {
    expect(compileJsonPath(path)(object)).toEqual(found)
  })
})

describe('ages', () => {
  it.each<[number, string]>([
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [200, '3m20s'],
    [600, '10m'],
    [3 * 3600, '3h'],
    [3 * 3600 + 300, '3h5m'],
    [10 * 3600, '10h'],
    [47 * 3600, '47h'],
    [3 * 86400 + 4 * 3600, '3d4h'],
    [12 * 86400, '12d'],
    [800 * 86400, '2y70d'],
    [9 * 365 * 86400, '9y'],
    [-1, '0s'],
    [-5, '<invalid>'],
    [Number.NaN, '<invalid>'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(shortDuration(seconds * 1000)).toBe(text)
  })
})

describe('the form a client accepts', () => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  it.each<[string | undefined, string]>([
    [undefined, 'objects'],
    ['*/*', 'objects'],
    ['application/json', 'objects'],
    [`${table},application/json`, 'table'],
    [`application/json, ${table}`, 'objects'],
    ['application/vnd.kubernetes.protobuf;as=Table, application/json', 'objects'],
    ['application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'metadata'],
    ['application/json;as=Other;v=v1,application/json', 'objects'],
  ])('of %s is %s', (header, shape) => {
    expect(acceptedShape(header)).toBe(shape)
  })
})

describe('what a request asks for', () => {
  it.each<[string, string, string, object | undefined]>([
    ['GET', '/api/v1/nodes', 'list', { group: '', version: 'v1', plural: 'nodes', name: '' }],
    ['GET', '/api/v1/nodes?watch=true', 'watch', { plural: 'nodes' }],
    ['GET', '/api/v1/nodes?watch=false', 'list', { plural: 'nodes' }],
    ['GET', '/api/v1/namespaces/a', 'get', { plural: 'namespaces', name: 'a', namespace: undefined }],
    ['PUT', '/api/v1/namespaces/a/finalize', 'update', { plural: 'namespaces', name: 'a', subresource: 'finalize' }],
    ['GET', '/api/v1/namespaces/a/pods', 'list', { plural: 'pods', namespace: 'a' }],
    [
      'PATCH',
      '/apis/g.x/v1/namespaces/a/things/b/status',
      'patch',
      { group: 'g.x', plural: 'things', namespace: 'a', name: 'b', subresource: 'status' },
    ],
    ['DELETE', '/apis/g.x/v1/things', 'deletecollection', { plural: 'things' }],
    ['DELETE', '/apis/g.x/v1/things/b', 'delete', { name: 'b' }],
    ['POST', '/apis/g.x/v1/things', 'create', {}],
    ['GET', '/apis/rbac/v1/clusterroles/a%3Ab', 'get', { name: 'a:b' }],
    ['GET', '/apis/g.x/v1', 'get', undefined],
    ['GET', '/healthz', 'get', undefined],
  ])('%s %s is %s', (method, url, verb, target) => {
    const info = parseRequest({ method, url })
    expect(info.verb).toBe(verb)
    if (target === undefined) expect(info.target).toBeUndefined()
    else expect(info.target).toMatchObject(target)
  })
})

describe('what kubectl is shown', () => {
  let server: ApiServer
  let client: TestClient
  const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' }

  beforeAll(async () => {
    ;({ server, client } = await startWithWidgets())
    await client.post(widgets, widget('w', { size: 3 }))
  })
  afterAll(() => server.stop())

  it('a Table with the cells of the printer columns', async () => {
    const { body } = await client.get(widgets, table)
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' })
    expect(body.columnDefinitions.map((c: { name: string; priority: number }) => [c.name, c.priority])).toEqual([
      ['Name', 0],
      ['Size', 0],
      ['Ready', 0],
      ['Team', 1],
      ['Age', 0],
    ])
    expect(body.rows[0].cells.slice(0, 4)).toEqual(['w', 3, null, null])
    expect(body.rows[0].cells[4]).toMatch(/^\d+s$/)
    expect(body.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'w' } })
    expect((await client.get(`${widgets}/w?includeObject=Object`, table)).body.rows[0].object.spec.size).toBe(3)
    expect((await client.get(`${widgets}/w?includeObject=None`, table)).body.rows[0].object).toBeUndefined()
  })

  it('a Table for each event of a watch', async () => {
    const watching = await client.watch(`${widgets}?watch=1`, table)
    const [event] = await watching.seen(1)
    expect(event).toMatchObject({
      type: 'ADDED',
      object: { kind: 'Table', rows: [{ cells: ['w', 3, null, null, expect.any(String)] }] },
    })
    watching.close()
  })

  it('metadata alone when it asks for that', async () => {
    const accept = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' }
    const { body } = await client.get(widgets, accept)
    expect(body.kind).toBe('PartialObjectMetadataList')
    expect(Object.keys(body.items[0])).toEqual(['kind', 'apiVersion', 'metadata'])
    expect((await client.get(`${widgets}/w`, { accept: 'application/json;as=PartialObjectMetadata' })).body.kind).toBe(
      'PartialObjectMetadata',
    )
  })

  it('every resource in discovery, in the old form and in the aggregated one', async () => {
    const groups = (await client.get('/apis')).body.groups.map((entry: { name: string }) => entry.name)
    expect(groups).toEqual(expect.arrayContaining(['apps', 'example.test', 'events.k8s.io', 'coordination.k8s.io']))
    expect((await client.get('/api')).body.versions).toEqual(['v1'])
    expect((await client.get('/apis/example.test')).body.preferredVersion.groupVersion).toBe('example.test/v1')
    const list = (await client.get('/apis/example.test/v1')).body
    expect(list.resources.map((entry: { name: string }) => entry.name)).toEqual(['widgets', 'widgets/status'])
    const accept = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' }
    const aggregated = await client.get('/apis', accept)
    expect(aggregated.headers['content-type']).toContain('APIGroupDiscoveryList')
    const group = aggregated.body.items.find(
      (item: { metadata: { name: string } }) => item.metadata.name === 'example.test',
    )
    expect(group.versions[0].resources[0]).toMatchObject({
      resource: 'widgets',
      scope: 'Namespaced',
      shortNames: ['wd'],
      subresources: [{ subresource: 'status' }],
    })
    expect((await client.get('/apis/none.test')).code).toBe(404)
  })

  it('schemas in OpenAPI v3', async () => {
    const root = (await client.get('/openapi/v3')).body
    expect(root.paths['apis/example.test/v1'].serverRelativeURL).toBe('/openapi/v3/apis/example.test/v1')
    const { body } = await client.get('/openapi/v3/apis/example.test/v1')
    const schema = body.components.schemas['test.example.v1.Widget']
    expect(schema['x-kubernetes-group-version-kind']).toEqual([
      { group: 'example.test', version: 'v1', kind: 'Widget' },
    ])
    expect(schema.properties.spec.properties.size.description).toBe('How large it is.')
    expect((await client.get('/openapi/v3/apis/none.test/v1')).code).toBe(404)
    expect((await client.get('/openapi/v2')).code).toBe(404)
  })
})
