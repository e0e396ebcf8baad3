import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../../test/support/manual-clock.js'
import type { ApiServer } from '../api-server.js'
import type { TestClient } from '../testing/client.js'
import { startWithWidgets, widget, widgets } from '../testing/widgets.js'

let server: ApiServer
let client: TestClient
const clock = new ManualClock(Date.now())

beforeAll(async () => {
  ;({ server, client } = await startWithWidgets({ clock }))
})
afterAll(() => server.stop())

const at = (name: string) => `${widgets}/${name}`

describe('creating', () => {
  it('refuses a name that is taken', async () => {
    await client.post(widgets, widget('taken'))
    const { body } = await client.post(widgets, widget('taken'))
    expect(body).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'widgets.example.test "taken" already exists',
    })
    expect(body.details).toEqual({ name: 'taken', group: 'example.test', kind: 'widgets' })
  })

  it('makes a name from generateName, another one each time', async () => {
    const body = { ...widget(''), metadata: { generateName: 'made-' } }
    const names = await Promise.all([1, 2].map(async () => (await client.post(widgets, body)).body.metadata.name))
    expect(names[0]).toMatch(/^made-[a-z0-9]{5}$/)
    expect(names[0]).not.toBe(names[1])
    expect((await client.post(widgets, { ...widget(''), metadata: {} })).code).toBe(400)
  })

  it('decides itself about uid, times, generation and status', async () => {
    const lies = {
      uid: 'mine',
      creationTimestamp: '2000-01-01T00:00:00Z',
      deletionTimestamp: '2000-01-01T00:00:00Z',
      generation: 7,
    }
    const { body } = await client.post(widgets, { ...widget('honest', { size: 1 }, lies), status: { phase: 'Lie' } })
    expect(body.metadata.uid).not.toBe('mine')
    expect(body.metadata).toMatchObject({
      generation: 1,
      creationTimestamp: new Date(clock.now()).toISOString().replace(/\.\d+/, ''),
    })
    expect(body.metadata.deletionTimestamp).toBeUndefined()
    expect(body.status).toBeUndefined()
  })

  it.each<[string, object, number, RegExp]>([
    ['a resourceVersion', widget('x', { size: 1 }, { resourceVersion: '1' }), 400, /resourceVersion should not be set/],
    ['another namespace', widget('x', { size: 1 }, { namespace: 'other' }), 400, /does not match the namespace/],
    ['another kind', { ...widget('x'), kind: 'Gadget' }, 400, /do not match/],
    ['an impossible name', widget('Not_A_Name'), 422, /RFC 1123/],
    ['a missing required field', widget('x', {}), 422, /spec.size: Required value/],
    ['a label value with a space', widget('x', { size: 1 }, { labels: { a: 'b c' } }), 422, /metadata.labels/],
    ['labels that are no map', widget('x', { size: 1 }, { labels: ['a'] }), 422, /metadata.labels/],
    ['a label that is no text', widget('x', { size: 1 }, { labels: { a: 1 } }), 422, /metadata.labels.a/],
    ['a finalizer with two slashes', widget('x', { size: 1 }, { finalizers: ['a/b/c'] }), 422, /metadata.finalizers/],
    [
      'annotations beyond 256 KiB',
      widget('x', { size: 1 }, { annotations: { a: 'x'.repeat(262_145) } }),
      422,
      /may not be more than 262144/,
    ],
    [
      'two controllers',
      widget(
        'x',
        { size: 1 },
        { ownerReferences: ['a', 'b'].map(uid => ({ apiVersion: 'v1', kind: 'X', name: uid, uid, controller: true })) },
      ),
      422,
      /Only one reference can have Controller set to true/,
    ],
  ])('refuses %s', async (_what, body, code, message) => {
    const answer = await client.post(widgets, body)
    expect(answer.code).toBe(code)
    expect(answer.body.message).toMatch(message)
  })

  it('wants the namespace to exist', async () => {
    const { body } = await client.post('/apis/example.test/v1/namespaces/nowhere/widgets', widget('x'))
    expect(body).toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' })
  })

  it('refuses bodies that are no JSON, no object or in another format, without quoting them', async () => {
    const json = { 'content-type': 'application/json' }
    const broken = await client.call('POST', widgets, Buffer.from('{"password": "geheim'), json)
    expect(broken.code).toBe(400)
    expect(broken.text).not.toContain('geheim')
    expect((await client.call('POST', widgets, [], json)).code).toBe(400)
    expect((await client.call('POST', widgets, {}, { 'content-type': 'text/html' })).code).toBe(415)
    expect((await client.call('POST', widgets, Buffer.alloc(4 * 1024 * 1024, 32), json)).code).toBe(413)
  })

  it('reads YAML', async () => {
    const text = 'apiVersion: example.test/v1\nkind: Widget\nmetadata:\n  name: yaml\nspec:\n  size: 3\n'
    const { body } = await client.call('POST', widgets, Buffer.from(text), { 'content-type': 'application/yaml' })
    expect(body.spec).toEqual({ size: 3, color: 'red' })
  })

  it('drops unknown fields, warns about them, and refuses them when asked to be strict', async () => {
    const warned = await client.post(widgets, widget('warned', { size: 1, sizze: 2 }))
    expect(warned.body.spec).toEqual({ size: 1, color: 'red' })
    expect(warned.headers['warning']).toContain('unknown field \\"spec.sizze\\"')
    const strict = await client.post(`${widgets}?fieldValidation=Strict`, widget('strict', { size: 1, sizze: 2 }))
    expect(strict.body).toMatchObject({ code: 400, message: 'strict decoding error: unknown field "spec.sizze"' })
    const ignored = await client.post(`${widgets}?fieldValidation=Ignore`, widget('ignored', { size: 1, sizze: 2 }))
    expect(ignored.headers['warning']).toBeUndefined()
  })

  it('stores nothing in a dry run but answers as if it had', async () => {
    const { code, body } = await client.post(`${widgets}?dryRun=All`, widget('dry'))
    expect(code).toBe(201)
    expect(body.metadata.uid).toMatch(/-/)
    expect((await client.get(at('dry'))).code).toBe(404)
    expect((await client.post(`${widgets}?dryRun=Some`, widget('dry'))).code).toBe(400)
  })
})

describe('updating', () => {
  it('needs the resourceVersion that was read, where one is given', async () => {
    const { body } = await client.post(widgets, widget('raced'))
    expect((await client.put(at('raced'), { ...body, spec: { size: 2 } })).code).toBe(200)
    const late = await client.put(at('raced'), { ...body, spec: { size: 3 } })
    expect(late.body).toMatchObject({ code: 409, reason: 'Conflict' })
    expect(late.body.message).toContain('the object has been modified')
    const patch = { metadata: { resourceVersion: body.metadata.resourceVersion }, spec: { size: 4 } }
    expect((await client.merge(at('raced'), patch)).code).toBe(409)
    expect((await client.merge(at('raced'), { spec: { size: 4 } })).body.spec.size).toBe(4)
  })

  it('may replace a custom object only on the state that was read, but built-in ones at any time', async () => {
    await client.post(widgets, widget('conditional'))
    const { body } = await client.put(at('conditional'), widget('conditional', { size: 3 }))
    expect(body).toMatchObject({ code: 422 })
    expect(body.message).toContain('metadata.resourceVersion')
    const maps = '/api/v1/namespaces/default/configmaps'
    await client.post(maps, { metadata: { name: 'free' } })
    expect((await client.put(`${maps}/free`, { metadata: { name: 'free' }, data: { a: 'b' } })).code).toBe(200)
  })

  it('counts generations for spec only', async () => {
    await client.post(widgets, widget('counted'))
    const generation = async () => (await client.get(at('counted'))).body.metadata.generation
    await client.merge(at('counted'), { metadata: { labels: { a: 'b' } } })
    await client.merge(`${at('counted')}/status`, { status: { phase: 'Up' } })
    expect(await generation()).toBe(1)
    await client.merge(at('counted'), { spec: { size: 2 } })
    expect(await generation()).toBe(2)
  })

  it('keeps status and the rest apart', async () => {
    await client.post(widgets, widget('apart'))
    const whole = await client.merge(at('apart'), { spec: { size: 2 }, status: { phase: 'Lie' } })
    expect(whole.body).toMatchObject({ spec: { size: 2 } })
    expect(whole.body.status).toBeUndefined()
    const status = await client.merge(`${at('apart')}/status`, {
      metadata: { labels: { a: 'b' } },
      spec: { size: 3 },
      status: { phase: 'Up' },
    })
    expect(status.body).toMatchObject({ spec: { size: 2 }, status: { phase: 'Up' } })
    expect(status.body.metadata.labels).toBeUndefined()
    const replaced = await client.put(`${at('apart')}/status`, {
      ...status.body,
      spec: { size: 9 },
      status: { count: 1 },
    })
    expect(replaced.body).toMatchObject({ spec: { size: 2 }, status: { count: 1 } })
    expect((await client.merge(`${at('apart')}/status`, { status: { count: 'x' } })).code).toBe(422)
  })

  it('writes nothing when nothing changes', async () => {
    const { body } = await client.post(widgets, widget('same', { size: 1, tags: ['a'] }))
    const again = await client.put(at('same'), body)
    const empty = await client.merge(at('same'), {})
    const equal = await client.merge(at('same'), { spec: { tags: ['a'] } })
    for (const answer of [again, empty, equal])
      expect(answer.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion)
  })

  it('does not let identity and history be changed', async () => {
    const { body } = await client.post(widgets, widget('fixed'))
    const metadata = {
      ...body.metadata,
      creationTimestamp: '2000-01-01T00:00:00Z',
      generation: 9,
      deletionTimestamp: '2000-01-01T00:00:00Z',
    }
    const { body: after } = await client.put(at('fixed'), { ...body, metadata, spec: { size: 2 } })
    expect(after.metadata).toMatchObject({
      creationTimestamp: body.metadata.creationTimestamp,
      generation: 2,
      uid: body.metadata.uid,
    })
    expect(after.metadata.deletionTimestamp).toBeUndefined()
    expect((await client.put(at('fixed'), { ...body, metadata: { ...body.metadata, name: 'other' } })).code).toBe(400)
    expect((await client.put(at('fixed'), { ...body, metadata: { ...after.metadata, uid: 'other' } })).code).toBe(409)
  })

  it('answers 404 for what is not there and 415 for patches it does not know', async () => {
    expect((await client.put(at('absent'), widget('absent'))).code).toBe(404)
    expect((await client.merge(at('absent'), {})).code).toBe(404)
    await client.post(widgets, widget('there'))
    expect((await client.strategic(at('there'), {})).code).toBe(415)
    expect((await client.call('PATCH', at('there'), {}, { 'content-type': 'application/json' })).code).toBe(415)
  })

  it('answers 422 when a test of a JSON patch fails and leaves the object alone', async () => {
    await client.post(widgets, widget('tested', { size: 1 }, { finalizers: ['a.test/x', 'b.test/y'] }))
    const wrong = [
      { op: 'test', path: '/metadata/finalizers/0', value: 'b.test/y' },
      { op: 'remove', path: '/metadata/finalizers/0' },
    ]
    expect((await client.jsonPatch(at('tested'), wrong)).code).toBe(422)
    const right = [
      { op: 'test', path: '/metadata/finalizers/1', value: 'b.test/y' },
      { op: 'remove', path: '/metadata/finalizers/1' },
    ]
    expect((await client.jsonPatch(at('tested'), right)).body.metadata.finalizers).toEqual(['a.test/x'])
  })
})

describe('deleting', () => {
  it('waits for finalizers, refuses new ones, and ends with the last', async () => {
    await client.post(widgets, widget('held', { size: 1 }, { finalizers: ['a.test/x', 'b.test/y'] }))
    const { body } = await client.delete(at('held'))
    expect(body).toMatchObject({ kind: 'Widget', metadata: { generation: 2, deletionGracePeriodSeconds: 0 } })
    const { deletionTimestamp } = body.metadata
    await clock.advance(5000)
    expect((await client.delete(at('held'))).body.metadata.deletionTimestamp).toBe(deletionTimestamp)
    const more = await client.merge(at('held'), { metadata: { finalizers: ['a.test/x', 'b.test/y', 'c.test/z'] } })
    expect(more.body.message).toContain('no new finalizers can be added if the object is being deleted')
    expect((await client.merge(at('held'), { metadata: { finalizers: ['a.test/x'] } })).code).toBe(200)
    expect((await client.merge(at('held'), { metadata: { finalizers: null } })).code).toBe(200)
    expect((await client.get(at('held'))).code).toBe(404)
  })

  it('keeps to the preconditions', async () => {
    const { body } = await client.post(widgets, widget('guarded'))
    const wrong = { preconditions: { uid: 'other' } }
    expect((await client.delete(at('guarded'), wrong)).body).toMatchObject({ code: 409, reason: 'Conflict' })
    await client.merge(at('guarded'), { spec: { size: 2 } })
    const stale = { preconditions: { resourceVersion: body.metadata.resourceVersion } }
    expect((await client.delete(at('guarded'), stale)).code).toBe(409)
    expect((await client.delete(at('guarded'), { preconditions: { uid: body.metadata.uid } })).code).toBe(200)
  })

  it('does nothing in a dry run', async () => {
    await client.post(widgets, widget('spared'))
    await client.delete(`${at('spared')}?dryRun=All`)
    await client.delete(at('spared'), { dryRun: ['All'] })
    expect((await client.get(at('spared'))).code).toBe(200)
  })

  it('deletes what a selector finds in a collection', async () => {
    for (const name of ['many-1', 'many-2'])
      await client.post(widgets, widget(name, { size: 1 }, { labels: { many: 'yes' } }))
    await client.post(widgets, widget('many-3'))
    const { body } = await client.delete(`${widgets}?labelSelector=many`)
    expect(body.items).toHaveLength(2)
    expect((await client.get(at('many-3'))).code).toBe(200)
    expect((await client.get(at('many-1'))).code).toBe(404)
  })

  it('refuses a policy that does not exist', async () => {
    expect((await client.delete(`${at('taken')}?propagationPolicy=Somehow`)).code).toBe(400)
  })
})
