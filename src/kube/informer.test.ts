import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../base/clock.js'
import { type Logger, createLogger, silentLogger } from '../base/log.js'
import { Metrics } from '../base/metrics.js'
import { createKubeClient } from './client.js'
import { type InformerOptions, createInformer } from './informer.js'
import { TestApiServer, widget, widgets } from './testing/api-server.js'
import { isList, isWatch, statusBody } from './testing/request.js'
import type { Stored } from './testing/storage.js'
import { eventually } from './testing/eventually.js'
import type { Informer, KubeClient } from './types.js'

const collection = '/apis/test.example/v1/widgets'

let server: TestApiServer
let client: KubeClient
let stop: AbortController
let running: Promise<void>[]
let metrics: Metrics

beforeEach(async () => {
  server = await TestApiServer.start()
  client = createKubeClient(server.access(), { clock: systemClock })
  stop = new AbortController()
  running = []
  metrics = new Metrics()
})

afterEach(async () => {
  stop.abort()
  await Promise.all(running)
  await client.close()
  await server.stop()
})

const quick = { backoff: { baseMs: 5, maxMs: 40 }, shortMs: 1 }

interface Started {
  informer: Informer<Stored>
  changes: string[]
}

const start = (options: Partial<InformerOptions<Stored>> = {}): Started => {
  const { timings, ...rest } = options
  const informer = createInformer<Stored>(client, widgets, {
    clock: systemClock,
    log: silentLogger,
    metrics,
    timings: { ...quick, ...timings },
    ...rest,
  })
  const changes: string[] = []
  informer.onChange(({ type, object }) => changes.push(`${type} ${object.metadata.name}`))
  running.push(informer.run(stop.signal))
  return { informer, changes }
}

const put = (name: string, fields: object = {}, silently = false): Stored =>
  server.storage.put(collection, widget(name, fields), silently)
const remove = (name: string, silently = false): boolean => server.storage.remove(collection, 'default', name, silently)
const watching = (count = 1) => eventually(() => server.watches.open.size).toBe(count)
const names = (informer: Informer<Stored>): string[] => informer.store.list().map(({ metadata }) => metadata.name)
const metric = async (line: string): Promise<boolean> => (await metrics.render()).includes(line)

describe('an informer', () => {
  it('lists, watches from there, and tells each change once', async () => {
    put('a')
    const { informer, changes } = start()
    await informer.synced()
    await watching()
    put('b')
    put('a', { spec: { size: 2 } })
    remove('b')
    await eventually(() => changes).toEqual(['added a', 'added b', 'updated a', 'deleted b'])
    expect(informer.store.get('default/a')).toMatchObject({ spec: { size: 2 }, kind: 'Widget' })
    expect(server.count(isList)).toBe(1)
  })

  it('reads long lists in pages', async () => {
    for (let index = 0; index < 1100; index++) put(`w-${index}`)
    const { informer } = start()
    await informer.synced()
    expect(names(informer)).toHaveLength(1100)
    expect(server.requests.filter(isList).map(({ query }) => query.get('limit'))).toEqual(['500', '500', '500'])
  })

  it('asks for bookmarks and for watches of different lengths', async () => {
    start()
    await watching()
    server.watches.endAll()
    await eventually(() => server.count(isWatch)).toBeGreaterThan(1)
    const queries = server.requests.filter(isWatch).map(({ query }) => query)
    expect(queries[0]?.get('allowWatchBookmarks')).toBe('true')
    const seconds = queries.map(query => Number(query.get('timeoutSeconds')))
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(290)
    expect(Math.max(...seconds)).toBeLessThanOrEqual(590)
    expect(new Set(seconds).size).toBeGreaterThan(1)
  })

  it('watches what its selectors say and nothing else', async () => {
    put('a')
    server.storage.put(collection, { ...widget('b'), metadata: { name: 'b', namespace: 'other' } })
    const { informer } = start({ namespace: 'default', labelSelector: 'x=y' })
    await informer.synced()
    expect(names(informer)).toEqual(['a'])
    await watching()
    for (const { path, query } of server.requests) {
      expect(path).toBe('/apis/test.example/v1/namespaces/default/widgets')
      expect(query.get('labelSelector')).toBe('x=y')
    }
  })

  it('goes on from the last known point after the connection broke in mid-line, without listing', async () => {
    const { informer, changes } = start()
    await informer.synced()
    await watching()
    put('a')
    await eventually(() => changes).toEqual(['added a'])
    server.watches.raw('{"type":"ADDED","object":{"metada')
    server.watches.breakAll()
    put('b')
    await eventually(() => changes).toEqual(['added a', 'added b'])
    expect(server.count(isList)).toBe(1)
    expect(server.requests.filter(isWatch).at(-1)?.query.get('resourceVersion')).toBe('101')
  })

  it('goes on from a bookmark, so that a quiet resource survives compaction', async () => {
    const { informer } = start()
    await informer.synced()
    await watching()
    server.storage.put('/apis/test.example/v1/gadgets', widget('busy'))
    server.watches.bookmark()
    server.storage.compact()
    server.watches.endAll()
    await eventually(() => server.requests.filter(isWatch).at(-1)?.query.get('resourceVersion')).toBe('101')
    await watching()
    expect(server.count(isList)).toBe(1)
  })

  it('lists again after 410 as a status, and finds what was deleted meanwhile', async () => {
    put('a')
    put('b')
    const { informer, changes } = start()
    await informer.synced()
    await watching()
    server.watches.breakAll()
    remove('b', true)
    put('c', {}, true)
    server.storage.compact()
    await eventually(() => changes).toEqual(['added a', 'added b', 'deleted b', 'added c'])
    await eventually(() => metric('katametal_informer_relists_total{resource="widgets.test.example"} 1')).toBe(true)
  })

  it('lists again after 410 as an event', async () => {
    put('a')
    const { informer, changes } = start()
    await informer.synced()
    await watching()
    put('a', { spec: { size: 2 } }, true)
    server.watches.error(410, 'Expired')
    await eventually(() => changes).toEqual(['added a', 'updated a'])
  })

  it('goes on from where it was after an ERROR event that is not 410', async () => {
    const { informer, changes } = start()
    await informer.synced()
    await watching()
    server.watches.error(500, 'InternalError')
    put('a')
    await eventually(() => changes).toEqual(['added a'])
    expect(server.count(isList)).toBe(1)
  })

  it('lists again when watches keep failing', async () => {
    const { informer } = start()
    server.answerWith(3, isWatch, response => response.writeHead(500).end(statusBody(500, 'InternalError', 'no')))
    await informer.synced()
    await watching()
    expect(server.count(isList)).toBe(2)
  })

  it('notices a watch that has fallen silent', async () => {
    const { informer, changes } = start({ timings: { silenceMs: 80 } })
    await informer.synced()
    await watching()
    server.watches.mute = true
    put('a')
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(changes).toEqual([])
    server.watches.mute = false
    await eventually(() => changes).toEqual(['added a'])
    expect(server.count(isList)).toBe(1)
  })

  it('takes bookmarks for a sign of life', async () => {
    const { informer } = start({ timings: { silenceMs: 1000 } })
    await informer.synced()
    await watching()
    for (let beat = 0; beat < 7; beat++) {
      await new Promise(resolve => setTimeout(resolve, 200))
      server.watches.bookmark()
    }
    expect(server.count(isWatch)).toBe(1)
  })

  it('breaks a watch that outlives the time it asked for', async () => {
    const { informer } = start({ timings: { watchMs: [50, 60], overtimeMs: 20 } })
    await informer.synced()
    await eventually(() => server.count(isWatch)).toBeGreaterThan(2)
    expect(server.count(isList)).toBe(1)
  })

  it('survives a server that refuses, breaks, hangs up and comes back', async () => {
    put('a')
    const refusals = [429, 500, 403, 401]
    for (const code of refusals)
      server.answerWith(1, isList, response => response.writeHead(code, { 'retry-after': '0' }).end())
    server.answerWith(1, isList, response => response.destroy())
    server.answerWith(1, isList, response => response.writeHead(200).end('<html>'))
    const { informer, changes } = start()
    await informer.synced()
    expect(changes).toEqual(['added a'])
    expect(server.count(isList)).toBe(refusals.length + 3)
  })

  it('pauses longer and longer when watches end at once', async () => {
    const { informer } = start({ timings: { shortMs: 1000, backoff: { baseMs: 20, maxMs: 5000 } } })
    server.answerWith(Infinity, isWatch, response => response.writeHead(200).end())
    await informer.synced()
    const began = Date.now()
    await eventually(() => server.count(isWatch)).toBeGreaterThan(4)
    expect(Date.now() - began).toBeGreaterThan(80)
  })

  it('finds events that the watch lost, counts them and puts them right', async () => {
    put('a')
    put('b')
    const { informer, changes } = start({ timings: { auditMs: 60, lagMs: 30 } })
    await informer.synced()
    await watching()
    put('a', { spec: { size: 2 } }, true)
    remove('b', true)
    put('c', {}, true)
    await eventually(() => [...changes].sort()).toEqual(['added a', 'added b', 'added c', 'deleted b', 'updated a'])
    expect(await metric('katametal_informer_missed_events_total{resource="widgets.test.example"} 3')).toBe(true)
    await watching()
  })

  it('does not count as lost what the watch tells while it is audited', async () => {
    const { informer, changes } = start({ timings: { auditMs: 20, lagMs: 400 } })
    await informer.synced()
    await watching()
    const audits = () => server.count(isList) - 1
    for (let size = 0; audits() < 3; size++) {
      put(`w-${size % 7}`, { spec: { size } })
      if (size % 10 === 9) remove(`w-${size % 7}`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    expect(changes.length).toBeGreaterThan(20)
    expect(await metric('katametal_informer_missed_events_total{')).toBe(false)
    expect(server.count(isWatch)).toBe(1)
  })

  it('takes an object that was deleted and made again for another one', async () => {
    const first = put('a')
    const { informer, changes } = start()
    await informer.synced()
    await watching()
    remove('a')
    put('a')
    await eventually(() => changes).toEqual(['added a', 'deleted a', 'added a'])
    expect(informer.store.get('default/a')?.metadata.uid).not.toBe(first.metadata.uid)
  })

  it('logs what a handler throws and tells the other handlers all the same', async () => {
    const lines: string[] = []
    const log: Logger = createLogger('error', { write: line => void lines.push(line) })
    const { informer, changes } = start({ log })
    const late: string[] = []
    informer.onChange(() => {
      throw new Error('handler is broken')
    })
    informer.onChange(({ object }) => late.push(object.metadata.name))
    await informer.synced()
    await watching()
    put('a')
    await eventually(() => late).toEqual(['a'])
    expect(changes).toEqual(['added a'])
    expect(lines.join()).toContain('handler is broken')
  })

  it('tells a handler that comes late what is already there', async () => {
    put('a')
    const { informer } = start()
    await informer.synced()
    const late: string[] = []
    informer.onChange(({ type, object }) => late.push(`${type} ${object.metadata.name}`))
    expect(late).toEqual(['added a'])
  })

  it('shows handlers the previous object and a store that is up to date', async () => {
    put('a', { spec: { size: 1 } })
    const { informer } = start()
    const seen: unknown[] = []
    informer.onChange(change => {
      if (change.type === 'updated') seen.push(change.previous?.['spec'], informer.store.get('default/a')?.['spec'])
    })
    await informer.synced()
    await watching()
    put('a', { spec: { size: 2 } })
    await eventually(() => seen).toEqual([{ size: 1 }, { size: 2 }])
  })

  it('stops waiting for the first list when asked, and ends with its signal in every situation', async () => {
    server.answerWith(Infinity, isList, response => response.writeHead(500).end())
    const { informer } = start()
    const waiting = informer.synced(AbortSignal.timeout(30))
    await expect(waiting).rejects.toMatchObject({ code: 'Cancelled' })
    stop.abort()
    await expect(running[0]).resolves.toBeUndefined()
  })

  it('runs once', async () => {
    const { informer } = start()
    await expect(informer.run(stop.signal)).rejects.toMatchObject({ code: 'Internal' })
  })
})
