import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiServer } from '../api-server.js'
import type { TestClient } from '../testing/client.js'
import { startWithWidgets, widget, widgets } from '../testing/widgets.js'

let server: ApiServer
let client: TestClient
beforeAll(async () => {
  ;({ server, client } = await startWithWidgets())
})
afterAll(() => server.stop())

const apply = (manager: string, name: string, spec: object, metadata: object = {}, query = '') =>
  client.apply(`${widgets}/${name}?fieldManager=${manager}${query}`, widget(name, spec, metadata))

interface Entry {
  manager: string
  operation: string
  subresource?: string
  time: string
  fieldsV1: Record<string, unknown>
}

const entries = async (name: string): Promise<Entry[]> =>
  (await client.get(`${widgets}/${name}`)).body.metadata.managedFields

describe('server-side apply', () => {
  it('creates what is not there and records who applied which field', async () => {
    const { code, body } = await apply(
      'a',
      'new',
      { size: 1, tags: ['x'], parts: [{ name: 'p', weight: 2 }] },
      { labels: { l: '1' } },
    )
    expect(code).toBe(201)
    expect(body.spec).toMatchObject({ size: 1, color: 'red' })
    expect(await entries('new')).toMatchObject([
      {
        manager: 'a',
        operation: 'Apply',
        apiVersion: 'example.test/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:l': {} } },
          'f:spec': {
            'f:size': {},
            'f:tags': { 'v:"x"': {} },
            'f:parts': { 'k:{"name":"p"}': { '.': {}, 'f:name': {}, 'f:weight': {} } },
          },
        },
      },
    ])
  })

  it('changes nothing when it is repeated', async () => {
    await apply('a', 'again', { size: 1 })
    const before = await client.get(`${widgets}/again`)
    const after = await apply('a', 'again', { size: 1 })
    expect(after.code).toBe(200)
    expect(after.body).toEqual(before.body)
  })

  it('refuses to take a field from another manager, names field and manager, and takes it by force', async () => {
    await apply('a', 'fought', { size: 1 })
    const refused = await apply('b', 'fought', { size: 2 })
    expect(refused.body).toMatchObject({ code: 409, reason: 'Conflict' })
    expect(refused.body.details.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.spec.size' },
    ])
    const forced = await apply('b', 'fought', { size: 2 }, {}, '&force=true')
    expect(forced.body.spec.size).toBe(2)
    expect((await entries('fought')).map(entry => entry.manager)).toEqual(['b'])
  })

  it('lets managers share a field on whose value they agree, and removes it with the last of them', async () => {
    await apply('a', 'shared', { size: 1, tags: ['x'] }, { labels: { l: '1' } })
    await apply('b', 'shared', { size: 1 }, { labels: { l: '1' } })
    expect((await apply('a', 'shared', { size: 1 })).body.metadata.labels).toEqual({ l: '1' })
    expect((await apply('b', 'shared', { size: 1 })).body.metadata.labels).toBeUndefined()
  })

  it('removes what its manager no longer names, defaults of removed items included, and leaves what others own', async () => {
    await apply('a', 'shrinking', { size: 1, tags: ['x', 'y'], parts: [{ name: 'p' }, { name: 'q', weight: 3 }] })
    await apply('b', 'shrinking', { size: 1, tags: ['z'], parts: [{ name: 'q' }] })
    const { body } = await apply('a', 'shrinking', { size: 1, tags: ['x'] })
    expect(body.spec).toEqual({ size: 1, color: 'red', tags: ['x', 'z'], parts: [{ name: 'q', weight: 1 }] })
  })

  it('leaves alone what nobody applied', async () => {
    await client.post(widgets, widget('mixed', { size: 1, tags: ['mine'] }))
    const { body } = await apply('a', 'mixed', { size: 1, parts: [{ name: 'p' }] })
    expect(body.spec).toMatchObject({ tags: ['mine'], parts: [{ name: 'p', weight: 1 }] })
  })

  it('sees a conflict with a plain update as well, by the name of its client', async () => {
    await apply('a', 'edited', { size: 1 })
    await client.call(
      'PATCH',
      `${widgets}/edited`,
      { spec: { size: 5 } },
      { 'content-type': 'application/merge-patch+json', 'user-agent': 'editor/1.0 (x)' },
    )
    expect((await entries('edited')).map(({ manager, operation, fieldsV1 }) => [manager, operation, fieldsV1])).toEqual(
      [['editor', 'Update', { 'f:spec': { 'f:size': {} } }]],
    )
    expect((await apply('a', 'edited', { size: 1 })).body.details.causes[0].message).toBe('conflict with "editor"')
  })

  it('owns status apart from the rest', async () => {
    await apply('a', 'status', { size: 1 })
    const status = {
      apiVersion: 'example.test/v1',
      kind: 'Widget',
      metadata: { name: 'status' },
      status: { phase: 'Up', conditions: [{ type: 'Ready', status: 'True' }] },
    }
    const { body } = await client.apply(`${widgets}/status/status?fieldManager=s`, status)
    expect(body).toMatchObject({ spec: { size: 1 }, status: { phase: 'Up' } })
    const other = { ...status, status: { conditions: [{ type: 'Paused', status: 'False' }] } }
    const both = await client.apply(`${widgets}/status/status?fieldManager=t`, other)
    expect(both.body.status.conditions.map((c: { type: string }) => c.type)).toEqual(['Ready', 'Paused'])
    expect((await entries('status')).map(entry => [entry.manager, entry.subresource])).toEqual([
      ['a', undefined],
      ['s', 'status'],
      ['t', 'status'],
    ])
  })

  it('follows updates: a changed field changes hands, a removed one is nobody’s', async () => {
    const owner = (manager: string) => ({ 'content-type': 'application/merge-patch+json', 'user-agent': manager })
    await client.call('POST', widgets, widget('hands', { size: 1, tags: ['x'] }), {
      'content-type': 'application/json',
      'user-agent': 'one',
    })
    await client.call('PATCH', `${widgets}/hands`, { spec: { size: 2 } }, owner('two'))
    await client.call('PATCH', `${widgets}/hands`, { spec: { tags: null } }, owner('three'))
    const owned = Object.fromEntries((await entries('hands')).map(entry => [entry.manager, entry.fieldsV1]))
    expect(owned).toEqual({
      // 'one' keeps what it wrote and nobody changed; the default counts as written with it.
      one: { 'f:spec': { 'f:color': {} } },
      two: { 'f:spec': { 'f:size': {} } },
    })
  })

  it.each<[string, string, object, number]>([
    ['no field manager', `${widgets}/odd`, widget('odd'), 400],
    ['managed fields', `${widgets}/odd?fieldManager=a`, widget('odd', { size: 1 }, { managedFields: [] }), 400],
    ['another kind', `${widgets}/odd?fieldManager=a`, { ...widget('odd'), kind: 'Gadget' }, 400],
    ['a status of nothing', `${widgets}/odd/status?fieldManager=a`, widget('odd'), 404],
    ['a wrong value', `${widgets}/odd?fieldManager=a`, widget('odd', { size: 0 }), 422],
  ])('refuses %s', async (_what, path, body, code) => {
    expect((await client.apply(path, body)).code).toBe(code)
  })

  it('leaves no trace in a dry run', async () => {
    expect((await apply('a', 'dry', { size: 1 }, {}, '&dryRun=All')).code).toBe(201)
    expect((await client.get(`${widgets}/dry`)).code).toBe(404)
  })
})
