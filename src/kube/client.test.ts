import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../base/clock.js'
import { KatametalError } from '../base/errors.js'
import { createKubeClient } from './client.js'
import { type Secret, nodes, secrets } from './resource-types.js'
import { TestApiServer, widget, widgets } from './testing/api-server.js'
import { isList, statusBody } from './testing/request.js'
import type { Stored } from './testing/storage.js'
import { eventually } from './testing/eventually.js'
import type { KubeClient, ResourceClient } from './types.js'

const collection = '/apis/test.example/v1/widgets'

let server: TestApiServer
let client: KubeClient
let resource: ResourceClient<Stored>

beforeEach(async () => {
  server = await TestApiServer.start()
  client = createKubeClient(server.access(), { clock: systemClock })
  resource = client.resource<Stored>(widgets)
})

afterEach(async () => {
  await client.close()
  await server.stop()
})

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error instanceof KatametalError ? error.code : `not a KatametalError: ${String(error)}`
}

describe('a resource client', () => {
  it('creates, reads, replaces and deletes an object', async () => {
    const created = await resource.create(widget('a', { spec: { size: 1 } }))
    expect(created.metadata.uid).toMatch(/^uid-/)
    expect(await resource.get('default', 'a')).toEqual(created)
    const replaced = await resource.replace({ ...created, spec: { size: 2 } })
    expect(replaced['spec']).toEqual({ size: 2 })
    await resource.delete('default', 'a')
    expect(await resource.find('default', 'a')).toBeUndefined()
  })

  it('takes the deletion of an absent object for success', async () => {
    await expect(resource.delete('default', 'never-there')).resolves.toBeUndefined()
  })

  it('says which object does not exist', async () => {
    await expect(resource.get('default', 'b')).rejects.toMatchObject({
      code: 'KubernetesNotFound',
      about: 'Widget default/b',
    })
  })

  it('reports creating twice and replacing an old version as conflicts', async () => {
    const first = await resource.create(widget('a'))
    await resource.replace({ ...first, spec: { size: 2 } })
    expect(await codeOf(resource.create(widget('a')))).toBe('KubernetesConflict')
    expect(await codeOf(resource.replace({ ...first, spec: { size: 3 } }))).toBe('KubernetesConflict')
  })

  it('merges patches, with a conflict when the version in the patch is old', async () => {
    const first = await resource.create(widget('a', { spec: { size: 1, color: 'red' } }))
    const patched = await resource.mergePatch('default', 'a', { spec: { size: 2, color: null } })
    expect(patched['spec']).toEqual({ size: 2 })
    const { resourceVersion } = first.metadata
    expect(await codeOf(resource.mergePatch('default', 'a', { metadata: { resourceVersion } }))).toBe(
      'KubernetesConflict',
    )
  })

  it('patches status through its own path', async () => {
    await resource.create(widget('a', { spec: { size: 1 } }))
    const patched = await resource.mergePatchStatus('default', 'a', { spec: { size: 9 }, status: { phase: 'Done' } })
    expect(patched).toMatchObject({ spec: { size: 1 }, status: { phase: 'Done' } })
    expect(server.requests.at(-1)?.path).toBe('/apis/test.example/v1/namespaces/default/widgets/a/status')
  })

  it('applies JSON patches and reports a failed test as a conflict', async () => {
    await resource.create(widget('a', { spec: { size: 1 } }))
    const patched = await resource.jsonPatch('default', 'a', [
      { op: 'test', path: '/spec/size', value: 1 },
      { op: 'replace', path: '/spec/size', value: 2 },
    ])
    expect(patched['spec']).toEqual({ size: 2 })
    const again = resource.jsonPatch('default', 'a', [{ op: 'test', path: '/spec/size', value: 1 }])
    expect(await codeOf(again)).toBe('KubernetesConflict')
  })

  it('keeps an invalid object apart from a failed test, though both are 422', async () => {
    await resource.create(widget('a'))
    const causes = { causes: [{ reason: 'FieldValueInvalid', field: 'spec.size' }] }
    server.answerWith(
      1,
      ({ method }) => method === 'PATCH',
      response => response.writeHead(422).end(statusBody(422, 'Invalid', 'spec.size: must be positive', causes)),
    )
    const patch = resource.jsonPatch('default', 'a', [{ op: 'test', path: '/spec/size', value: -1 }])
    await expect(patch).rejects.toMatchObject({ code: 'KubernetesRejected', seen: 'spec.size: must be positive' })
  })

  it('applies as a field manager, by force when asked', async () => {
    await resource.apply(widget('a', { spec: { size: 1 } }), { fieldManager: 'katametal', force: true })
    const { method, query, headers } = server.requests.at(-1) ?? {}
    expect(method).toBe('PATCH')
    expect(query?.toString()).toBe('fieldManager=katametal&force=true')
    expect(headers?.['content-type']).toBe('application/apply-patch+yaml')
    expect(server.storage.at(collection, 'default', 'a')).toMatchObject({ spec: { size: 1 } })
  })

  it('deletes under preconditions', async () => {
    const { metadata } = await resource.create(widget('a'))
    expect(await codeOf(resource.delete('default', 'a', { uid: 'another' }))).toBe('KubernetesConflict')
    expect(await codeOf(resource.delete('default', 'a', { resourceVersion: '1' }))).toBe('KubernetesConflict')
    await resource.delete('default', 'a', { uid: metadata.uid ?? '', propagationPolicy: 'Foreground' })
    expect(server.requests.at(-1)?.body).toMatchObject({ propagationPolicy: 'Foreground' })
    expect(server.storage.at(collection, 'default', 'a')).toBeUndefined()
  })

  it('changes nothing in a dry run', async () => {
    await resource.create(widget('a', { spec: { size: 1 } }))
    const shown = await resource.mergePatch('default', 'a', { spec: { size: 2 } }, { dryRun: true })
    expect(shown['spec']).toEqual({ size: 2 })
    expect(server.storage.at(collection, 'default', 'a')).toMatchObject({ spec: { size: 1 } })
  })

  it('lists page by page and gives each item the kind that lists leave out', async () => {
    for (let index = 0; index < 1201; index++) server.storage.put(collection, widget(`w-${index}`))
    const items = await resource.list()
    expect(new Set(items.map(({ metadata }) => metadata.name)).size).toBe(1201)
    expect(items[0]).toMatchObject({ apiVersion: 'test.example/v1', kind: 'Widget' })
    expect(server.count(isList)).toBe(3)
  })

  it('begins a list again in one piece when its continue token has expired', async () => {
    for (let index = 0; index < 600; index++) server.storage.put(collection, widget(`w-${index}`))
    server.answerWith(
      1,
      ({ query }) => query.has('continue'),
      response => response.writeHead(410).end(statusBody(410, 'Expired', 'the token is too old')),
    )
    expect(await resource.list()).toHaveLength(600)
    expect(server.requests.at(-1)?.query.has('limit')).toBe(false)
  })

  it('lists one namespace and passes selectors on', async () => {
    server.storage.put(collection, widget('a'))
    server.storage.put(collection, { ...widget('b'), metadata: { name: 'b', namespace: 'other' } })
    const items = await resource.list({ namespace: 'other', labelSelector: 'x=y', fieldSelector: 'metadata.name=b' })
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['b'])
    const query = server.requests.at(-1)?.query
    expect([query?.get('labelSelector'), query?.get('fieldSelector')]).toEqual(['x=y', 'metadata.name=b'])
  })

  it('reaches cluster-scoped objects and objects of the core group', async () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }
    await client.resource(nodes).create(node)
    expect(await client.resource(nodes).get(undefined, 'n1')).toMatchObject(node)
    expect(server.requests.at(-1)?.path).toBe('/api/v1/nodes/n1')
  })

  it('refuses to guess a namespace or a name', async () => {
    await expect(resource.get(undefined, 'a')).rejects.toThrow(/without a namespace/)
    await expect(resource.get('default', '')).rejects.toThrow(/without a name/)
    expect(server.requests).toEqual([])
  })

  it('quotes what the server says, except about Secrets', async () => {
    const quoting = (response: { writeHead(code: number): { end(text: string): unknown } }) =>
      response.writeHead(422).end(statusBody(422, 'Invalid', 'Invalid value: "hunter2"', { causes: [{}] }))
    server.answerWith(2, ({ method }) => method === 'POST', quoting)
    await expect(resource.create(widget('a'))).rejects.toThrow(/hunter2/)
    const secret: Secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'default' } }
    const refused = client.resource<Secret>(secrets).create(secret)
    await expect(refused).rejects.toMatchObject({ code: 'KubernetesRejected', seen: 'Invalid' })
  })

  it.each([
    [400, 'KubernetesRejected'],
    [401, 'KubernetesUnauthorized'],
    [403, 'KubernetesForbidden'],
    [404, 'KubernetesNotFound'],
    [409, 'KubernetesConflict'],
    [410, 'KubernetesExpired'],
    [413, 'KubernetesRejected'],
    [500, 'KubernetesBusy'],
    [504, 'KubernetesBusy'],
    [302, 'KubernetesUnreachable'],
  ])('turns the status %i into %s', async (status, code) => {
    server.answerWith(
      1,
      () => true,
      response => response.writeHead(status).end(statusBody(status, 'Test', 'said the server')),
    )
    expect(await codeOf(resource.get('default', 'a'))).toBe(code)
  })

  it('does not take a page of HTML for an object', async () => {
    server.answerWith(
      1,
      () => true,
      response => response.writeHead(200).end('<html>log in first</html>'),
    )
    await expect(resource.get('default', 'a')).rejects.toMatchObject({
      code: 'KubernetesUnreachable',
      seen: 'the answer is not JSON',
    })
  })
})

describe('a watch', () => {
  const open = (from: number, signal: AbortSignal) =>
    resource.watch({ resourceVersion: String(from), timeoutSeconds: 300, signal })

  it('tells changes since a point in history, and bookmarks', async () => {
    const abort = new AbortController()
    const start = server.storage.version
    server.storage.put(collection, widget('a'))
    const events = await open(start, abort.signal)
    server.storage.put(collection, widget('a', { spec: { size: 2 } }))
    server.storage.remove(collection, 'default', 'a')
    server.watches.bookmark()
    const seen: string[] = []
    for await (const event of events) {
      seen.push(event.type === 'BOOKMARK' ? `BOOKMARK ${event.resourceVersion}` : event.type)
      if (event.type === 'BOOKMARK') break
    }
    expect(seen).toEqual(['ADDED', 'MODIFIED', 'DELETED', `BOOKMARK ${server.storage.version}`])
    await eventually(() => server.watches.open.size).toBe(0)
  })

  it('is refused with KubernetesExpired when the history is gone', async () => {
    server.storage.put(collection, widget('a'))
    server.storage.compact()
    expect(await codeOf(open(1, new AbortController().signal))).toBe('KubernetesExpired')
  })

  it.each([
    ['an ERROR event 410', () => server.watches.error(410, 'Expired'), 'KubernetesExpired'],
    ['an ERROR event 500', () => server.watches.error(500, 'InternalError'), 'KubernetesBusy'],
    ['a broken connection', () => server.watches.breakAll(), 'KubernetesUnreachable'],
    ['a line that is not JSON', () => server.watches.raw('{"type":"ADD\n'), 'KubernetesUnreachable'],
    ['JSON that is no event', () => server.watches.raw('{"kind":"Status"}\n'), 'KubernetesUnreachable'],
  ])('throws on %s', async (_name, fault, code) => {
    const abort = new AbortController()
    const events = await open(server.storage.version, abort.signal)
    fault()
    const drained = (async () => {
      for await (const event of events) expect(event).toBeUndefined()
    })()
    expect(await codeOf(drained)).toBe(code)
    abort.abort()
  })

  it('ends quietly with the stream and drops a line that was cut off', async () => {
    const events = await open(server.storage.version, new AbortController().signal)
    server.watches.raw('{"type":"ADDED","object":{"metadata":{"na')
    server.watches.endAll()
    const seen: unknown[] = []
    for await (const event of events) seen.push(event)
    expect(seen).toEqual([])
  })

  it('ends with Cancelled when it is aborted', async () => {
    const abort = new AbortController()
    const events = await open(server.storage.version, abort.signal)
    setImmediate(() => abort.abort())
    const drained = (async () => {
      for await (const event of events) expect(event).toBeUndefined()
    })()
    expect(await codeOf(drained)).toBe('Cancelled')
  })

  it('puts characters together that arrive in pieces', async () => {
    const events = await open(server.storage.version, new AbortController().signal)
    const line = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: widget('ü-名') })}\n`)
    const cut = line.indexOf('名') + 1
    for (const watch of server.watches.open) {
      watch.write(line.subarray(0, cut))
      setTimeout(() => watch.end(line.subarray(cut)), 20)
    }
    const names: string[] = []
    for await (const event of events) if (event.type === 'ADDED') names.push(event.object.metadata.name)
    expect(names).toEqual(['ü-名'])
  })
})
