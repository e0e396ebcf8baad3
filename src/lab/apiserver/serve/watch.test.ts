import { afterEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../../test/support/manual-clock.js'
import type { ApiServer } from '../api-server.js'
import type { TestClient, Watching } from '../testing/client.js'
import { startWithWidgets, widget, widgets } from '../testing/widgets.js'

let server: ApiServer
let client: TestClient
const open: Watching[] = []

const start = async (options: Parameters<typeof startWithWidgets>[0] = {}) => {
  ;({ server, client } = await startWithWidgets(options))
}

const watch = async (query = ''): Promise<Watching> => {
  const watching = await client.watch(`${widgets}?watch=1${query}`)
  open.push(watching)
  return watching
}

afterEach(async () => {
  for (const watching of open.splice(0)) watching.close()
  await server.stop()
})

const brief = (events: { type: string; object: { metadata: { name?: string } } }[]) =>
  events.map(event => `${event.type} ${event.object.metadata.name ?? ''}`.trim())

describe('a watch', () => {
  it('shows what is there and then every change in order', async () => {
    await start()
    await client.post(widgets, widget('a'))
    const watching = await watch()
    await client.post(widgets, widget('b'))
    await client.merge(`${widgets}/a`, { spec: { size: 2 } })
    await client.delete(`${widgets}/b`)
    const events = await watching.seen(4)
    expect(brief(events)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b'])
    expect(events[2].object.spec.size).toBe(2)
    const revisions = events.map(event => Number(event.object.metadata.resourceVersion))
    expect(revisions).toEqual([...revisions].sort((x, y) => x - y))
  })

  it('goes on after a resourceVersion without loss or repetition', async () => {
    await start()
    const { body } = await client.post(widgets, widget('a'))
    await client.merge(`${widgets}/a`, { spec: { size: 2 } })
    await client.post(widgets, widget('b'))
    const watching = await watch(`&resourceVersion=${body.metadata.resourceVersion}`)
    await client.post(widgets, widget('c'))
    expect(brief(await watching.seen(3))).toEqual(['MODIFIED a', 'ADDED b', 'ADDED c'])
  })

  it('shows objects that enter and leave its selection as added and deleted', async () => {
    await start()
    await client.post(widgets, widget('a'))
    const watching = await watch('&labelSelector=on%3Dyes')
    await client.merge(`${widgets}/a`, { metadata: { labels: { on: 'yes' } } })
    await client.merge(`${widgets}/a`, { spec: { size: 2 } })
    await client.merge(`${widgets}/a`, { metadata: { labels: { on: 'no' } } })
    await client.merge(`${widgets}/a`, { spec: { size: 3 } })
    await client.merge(`${widgets}/a`, { metadata: { labels: { on: 'yes' } } })
    await client.delete(`${widgets}/a`)
    const events = await watching.seen(5)
    expect(brief(events)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED a', 'DELETED a'])
    expect(events[2].object.metadata.labels).toEqual({ on: 'yes' })
    expect(Number(events[2].object.metadata.resourceVersion)).toBeGreaterThan(
      Number(events[1].object.metadata.resourceVersion),
    )
  })

  it('keeps to one namespace and one name', async () => {
    await start()
    const other = '/apis/example.test/v1/namespaces/kube-system/widgets'
    const byName = await client.watch(`${widgets}/a?watch=true`)
    open.push(byName)
    const watching = await watch()
    await client.post(other, widget('a'))
    await client.post(widgets, widget('b'))
    await client.post(widgets, widget('a'))
    expect(brief(await watching.seen(2))).toEqual(['ADDED b', 'ADDED a'])
    expect(brief(await byName.seen(1))).toEqual(['ADDED a'])
  })

  it('is 410 when it begins before what is remembered', async () => {
    await start()
    const { body } = await client.post(widgets, widget('a'))
    await client.post(widgets, widget('b'))
    server.storage.compact()
    const { code, body: status } = await client.get(
      `${widgets}?watch=1&resourceVersion=${body.metadata.resourceVersion}`,
    )
    expect(code).toBe(410)
    expect(status).toMatchObject({ kind: 'Status', reason: 'Expired', code: 410 })
  })

  it('sends bookmarks every minute when asked, ends after its time with a last one, and lets go of its timers', async () => {
    const clock = new ManualClock()
    await start({ clock })
    const before = clock.pending
    const watching = await watch('&allowWatchBookmarks=true&timeoutSeconds=90')
    await client.post(widgets, widget('a'))
    await watching.seen(1)
    await clock.advance(60_000)
    await client.post('/api/v1/namespaces/default/configmaps', { metadata: { name: 'elsewhere' } })
    await clock.advance(30_000)
    const events = await watching.seen(3)
    expect(brief(events)).toEqual(['ADDED a', 'BOOKMARK', 'BOOKMARK'])
    expect(events[1].object).toMatchObject({ kind: 'Widget', apiVersion: 'example.test/v1' })
    expect(events[2].object.metadata.resourceVersion).toBe(String(server.storage.revision))
    expect(await watching.over).toBe('ended')
    await expect.poll(() => clock.pending).toBe(before)
  })

  it('marks the end of the initial state when a client asks for it in the stream', async () => {
    await start()
    await client.post(widgets, widget('a'))
    const watching = await watch('&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true')
    const events = await watching.seen(2)
    expect(brief(events)).toEqual(['ADDED a', 'BOOKMARK'])
    expect(events[1].object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' })
  })

  it('stops listening when its client leaves', async () => {
    await start()
    const clock = new ManualClock()
    await server.stop()
    await start({ clock })
    const before = clock.pending
    const watching = await watch('&allowWatchBookmarks=true')
    expect(clock.pending).toBe(before + 2)
    watching.close()
    await expect.poll(() => clock.pending).toBe(before)
  })
})

describe('faults of watches', () => {
  it('end running watches with the ERROR event of a 410, for one resource or all', async () => {
    await start()
    const watching = await watch()
    const secrets = await client.watch('/api/v1/secrets?watch=1')
    open.push(secrets)
    server.faults.expireHistory('widgets')
    const [event] = await watching.seen(1)
    expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })
    expect(await watching.over).toBe('ended')
    expect(secrets.events).toEqual([])
    server.faults.expireHistory()
    expect(await secrets.over).toBe('ended')
  })

  it('can go silent without a sign', async () => {
    await start()
    const watching = await watch()
    const healthy = await watch()
    server.faults.inject({ kind: 'stall', resource: 'widgets', count: 1 })
    await client.post(widgets, widget('a'))
    await client.post(widgets, widget('b'))
    expect(brief(await healthy.seen(2))).toEqual(['ADDED a', 'ADDED b'])
    expect(watching.events).toEqual([])
  })

  it('can break in the middle of a line', async () => {
    await start()
    const watching = await watch()
    server.faults.inject({ kind: 'reset', count: 1 })
    await client.post(widgets, widget('a'))
    expect(await watching.over).toBe('broken')
    expect(watching.events).toEqual([])
    expect(watching.rest()).toMatch(/^\{"type":"ADDED"/)
  })

  it('can repeat events and hold them back, but keeps their order', async () => {
    const clock = new ManualClock()
    await start({ clock })
    const watching = await watch()
    server.faults.inject({ kind: 'duplicate', count: 1 })
    await client.post(widgets, widget('a'))
    expect(brief(await watching.seen(2))).toEqual(['ADDED a', 'ADDED a'])
    server.faults.inject({ kind: 'late', count: 1, delayMs: 5000 })
    await client.post(widgets, widget('b'))
    await client.post(widgets, widget('c'))
    expect(watching.events).toHaveLength(2)
    await clock.advance(5000)
    expect(brief(await watching.seen(4))).toEqual(['ADDED a', 'ADDED a', 'ADDED b', 'ADDED c'])
  })

  it('can end with the ERROR event of a 410 at the next change', async () => {
    await start()
    const watching = await watch()
    server.faults.inject({ kind: 'gone', count: 1 })
    await client.post(widgets, widget('a'))
    expect((await watching.seen(1))[0]).toMatchObject({ type: 'ERROR', object: { code: 410 } })
    expect(await watching.over).toBe('ended')
  })
})

describe('faults of requests', () => {
  it('answer 429 with the time to wait, 500, 410 and 409, as often as was said', async () => {
    await start()
    await client.post(widgets, widget('a'))
    server.faults.inject({ kind: 'busy', resource: 'widgets', verb: 'list', count: 1, retryAfterSeconds: 7 })
    const busy = await client.get(widgets)
    expect(busy.body).toMatchObject({ code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 7 } })
    expect(busy.headers['retry-after']).toBe('7')
    expect((await client.get(widgets)).code).toBe(200)
    server.faults.inject({ kind: 'fail', verb: 'get', count: 2 })
    expect((await client.get(`${widgets}/a`)).body).toMatchObject({ code: 500, reason: 'InternalError' })
    expect((await client.get(`${widgets}/a`)).code).toBe(500)
    expect((await client.get(`${widgets}/a`)).code).toBe(200)
    server.faults.inject({ kind: 'expired', verb: 'watch', count: 1 })
    expect((await client.get(`${widgets}?watch=1`)).code).toBe(410)
    server.faults.inject({ kind: 'conflict', count: 1 })
    expect((await client.merge(`${widgets}/a`, { spec: { size: 2 } })).body).toMatchObject({
      code: 409,
      reason: 'Conflict',
    })
    expect((await client.merge(`${widgets}/a`, { spec: { size: 2 } })).code).toBe(200)
  })

  it('make pages slow', async () => {
    const clock = new ManualClock()
    await start({ clock })
    server.faults.inject({ kind: 'slow', resource: 'widgets', delayMs: 3000, count: 1 })
    const before = clock.pending
    let done = false
    const answer = client.get(widgets).then(result => {
      done = true
      return result
    })
    await expect.poll(() => clock.pending).toBe(before + 1)
    expect(done).toBe(false)
    await clock.advance(3000)
    expect((await answer).code).toBe(200)
  })

  it('strike by chance, the same way for the same seed, until they are switched off', async () => {
    const outcomes = async (seed: number) => {
      await start({ seed })
      const off = server.faults.inject({ kind: 'fail', resource: 'widgets', probability: 0.5 })
      const codes: number[] = []
      for (let index = 0; index < 20; index++) codes.push((await client.get(widgets)).code)
      off()
      for (let index = 0; index < 5; index++) expect((await client.get(widgets)).code).toBe(200)
      return codes
    }
    const first = await outcomes(7)
    await server.stop()
    expect(await outcomes(7)).toEqual(first)
    expect(new Set(first)).toEqual(new Set([200, 500]))
    server.faults.inject({ kind: 'fail' })
    server.faults.clear()
    expect((await client.get(widgets)).code).toBe(200)
  })
})
