import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiServer } from '../api-server.js'
import type { TestClient } from '../testing/client.js'
import { startWithWidgets, widget, widgets } from '../testing/widgets.js'

let server: ApiServer
let client: TestClient
const all = '/apis/example.test/v1/widgets'

beforeAll(async () => {
  ;({ server, client } = await startWithWidgets())
  for (let index = 0; index < 7; index++)
    await client.post(widgets, widget(`w${index}`, { size: 1 }, { labels: { odd: String(index % 2 === 1) } }))
  await client.post('/apis/example.test/v1/namespaces/kube-system/widgets', widget('w0'))
})
afterAll(() => server.stop())

const names = (body: { items: { metadata: { name: string } }[] }) => body.items.map(item => item.metadata.name)

describe('a list', () => {
  it('has its kind, the revision it shows and objects sorted by namespace and name', async () => {
    const { body } = await client.get(all)
    expect(body).toMatchObject({ kind: 'WidgetList', apiVersion: 'example.test/v1' })
    expect(body.metadata).toEqual({ resourceVersion: String(server.storage.revision) })
    expect(names(body)).toEqual(['w0', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w0'])
    expect(names((await client.get(widgets)).body)).toHaveLength(7)
  })

  it('comes in pages that together show one moment, whatever happens between them', async () => {
    const first = (await client.get(`${all}?limit=3`)).body
    expect(first.metadata).toMatchObject({ remainingItemCount: 5, resourceVersion: String(server.storage.revision) })
    await client.delete(`${widgets}/w3`)
    await client.post(widgets, widget('w33'))
    await client.merge(`${widgets}/w4`, { spec: { size: 9 } })
    const second = (await client.get(`${all}?limit=3&continue=${first.metadata.continue}`)).body
    const third = (await client.get(`${all}?limit=3&continue=${second.metadata.continue}`)).body
    expect([...names(first), ...names(second), ...names(third)]).toEqual([
      'w0',
      'w1',
      'w2',
      'w3',
      'w4',
      'w5',
      'w6',
      'w0',
    ])
    expect(second.items[1].spec.size).toBe(1)
    expect(third.metadata.continue).toBeUndefined()
    for (const page of [second, third]) expect(page.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
    await client.delete(`${widgets}/w33`)
    await client.post(widgets, widget('w3', { size: 1 }, { labels: { odd: 'true' } }))
  })

  it('is 410 Expired when the rest of it has been forgotten', async () => {
    const first = (await client.get(`${all}?limit=3`)).body
    server.storage.compact()
    await client.merge(`${widgets}/w1`, { spec: { size: 2 } })
    const { code, body } = await client.get(`${all}?limit=3&continue=${first.metadata.continue}`)
    expect(code).toBe(200)
    server.storage.compact()
    expect((await client.get(`${all}?limit=3&continue=${first.metadata.continue}`)).body).toMatchObject({
      code: 410,
      reason: 'Expired',
    })
    expect(body.items).toHaveLength(3)
  })

  it('refuses tokens that it did not give out', async () => {
    expect((await client.get(`${all}?continue=nonsense`)).body).toMatchObject({
      code: 400,
      message: 'continue key is not valid',
    })
  })

  it('can be asked for one exact moment, or for one not older than', async () => {
    const { body: before } = await client.get(widgets)
    const { resourceVersion } = before.metadata
    await client.merge(`${widgets}/w2`, { spec: { size: 7 } })
    const exact = await client.get(`${widgets}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`)
    expect(exact.body).toEqual(before)
    const newer = await client.get(`${widgets}?resourceVersion=${resourceVersion}&resourceVersionMatch=NotOlderThan`)
    expect(Number(newer.body.metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion))
    expect((await client.get(`${widgets}?resourceVersion=0`)).body.items).toHaveLength(7)
  })

  it.each([
    ['a moment that has not come', 'resourceVersion=99999999&resourceVersionMatch=NotOlderThan', 504],
    ['a resourceVersion that is no number', 'resourceVersion=abc', 400],
    ['an unknown match', 'resourceVersion=1&resourceVersionMatch=Roughly', 400],
    ['a match without resourceVersion', 'resourceVersionMatch=Exact', 400],
    ['a broken label selector', 'labelSelector=a%20b', 400],
    ['an unknown field', 'fieldSelector=spec.size%3D1', 400],
  ])('refuses %s', async (_what, query, code) => {
    expect((await client.get(`${widgets}?${query}`)).code).toBe(code)
  })

  it('is narrowed by labels and fields', async () => {
    expect(names((await client.get(`${widgets}?labelSelector=odd%3Dtrue`)).body)).toEqual(['w1', 'w3', 'w5'])
    expect(names((await client.get(`${all}?labelSelector=odd%20notin%20(true)&limit=2`)).body)).toEqual(['w0', 'w2'])
    expect(names((await client.get(`${all}?fieldSelector=metadata.name%3Dw0`)).body)).toEqual(['w0', 'w0'])
    expect(
      names((await client.get(`${all}?fieldSelector=metadata.name%3Dw0,metadata.namespace!%3Ddefault`)).body),
    ).toEqual(['w0'])
  })
})
