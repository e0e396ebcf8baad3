import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.js'
import { sleep, systemClock } from '../base/clock.js'
import { KatametalError } from '../base/errors.js'
import { createLogger, silentLogger } from '../base/log.js'
import { Metrics } from '../base/metrics.js'
import { createKubeClient } from './client.js'
import { type Controller, type ControllerOptions, createController } from './controller.js'
import { createInformer } from './informer.js'
import { TestApiServer, widget, widgets } from './testing/api-server.js'
import { isList } from './testing/request.js'
import type { Stored } from './testing/storage.js'
import { eventually } from './testing/eventually.js'
import { type Reconcile, keyOf } from './types.js'

let clock: ManualClock
let stop: AbortController
let metrics: Metrics
let running: Promise<void>[]

beforeEach(() => {
  clock = new ManualClock()
  stop = new AbortController()
  metrics = new Metrics()
  running = []
})
afterEach(async () => {
  stop.abort()
  await Promise.all(running)
})

const make = (reconcile: Reconcile, options: Partial<ControllerOptions> = {}): Controller => {
  const backoff = { baseMs: 10, maxMs: 1000 }
  return createController({
    name: 'test',
    reconcile,
    clock,
    log: silentLogger,
    metrics,
    backoff,
    random: () => 1,
    ...options,
  })
}
/** Lets what is due now begin before time moves. */
const pass = async (ms: number): Promise<void> => {
  await clock.advance(0)
  await clock.advance(ms)
}
const start = (controller: Controller): void => {
  running.push(controller.run(stop.signal))
}
const count = async (line: string): Promise<number> => {
  const found = (await metrics.render()).split('\n').find(text => text.startsWith(`${line} `))
  return found === undefined ? Number.NaN : Number(found.split(' ').at(-1))
}
const total = (result: string): Promise<number> =>
  count(`controller_runtime_reconcile_total{controller="test",result="${result}"}`)

describe('a controller', () => {
  it('reconciles a key once for many changes before its turn', async () => {
    const seen: string[] = []
    const controller = make(async key => void seen.push(key))
    for (const key of ['a', 'b', 'a', 'a']) controller.enqueue(key)
    start(controller)
    await pass(0)
    expect(seen).toEqual(['a', 'b'])
    expect(await total('success')).toBe(2)
  })

  it('looks again when the reconcile asks for it, or earlier', async () => {
    const seen: number[] = []
    const begin = clock.now()
    const controller = make(async () => {
      seen.push(clock.now() - begin)
      return { requeueAfterMs: 1000 }
    })
    start(controller)
    controller.enqueue('a')
    await pass(1000)
    controller.enqueue('a', 200)
    await pass(1200)
    expect(seen).toEqual([0, 1000, 1200, 2200])
    expect(await total('requeue_after')).toBe(4)
  })

  it('looks again at once for a delay of nothing', async () => {
    let runs = 0
    const controller = make(async () => (++runs < 3 ? { requeueAfterMs: 0 } : undefined))
    start(controller)
    controller.enqueue('a')
    await pass(0)
    expect(runs).toBe(3)
    expect(await total('requeue')).toBe(2)
  })

  it('tries again after a failure, later each time, and from the start after a success', async () => {
    const seen: number[] = []
    const begin = clock.now()
    const controller = make(async () => {
      seen.push(clock.now() - begin)
      if (seen.length !== 4) throw new KatametalError('BMCBusy')
      return undefined
    })
    start(controller)
    controller.enqueue('a')
    await pass(70)
    expect(seen).toEqual([0, 10, 30, 70])
    controller.enqueue('a')
    await pass(10)
    expect(seen.slice(4)).toEqual([70, 80])
    expect(await count('controller_runtime_reconcile_errors_total{controller="test"}')).toBe(5)
    expect(await count('workqueue_retries_total{name="test"}')).toBe(5)
  })

  it('waits as long as the other side asked for', async () => {
    let runs = 0
    const controller = make(async () => {
      runs++
      throw new KatametalError('KubernetesBusy', { retryAfterMs: 5000 })
    })
    start(controller)
    controller.enqueue('a')
    await pass(4999)
    expect(runs).toBe(1)
    await pass(1)
    expect(runs).toBe(2)
  })

  it.each(['BMCLoginRefused', 'HostInUse'] as const)(
    'does not try again after %s until something changes, and counts it',
    async code => {
      let runs = 0
      const controller = make(async () => {
        runs++
        throw new KatametalError(code)
      })
      start(controller)
      controller.enqueue('a')
      await pass(3_600_000)
      expect(runs).toBe(1)
      controller.enqueue('a')
      await pass(0)
      expect(runs).toBe(2)
      expect(await total('error')).toBe(2)
      expect(await count('controller_runtime_terminal_reconcile_errors_total{controller="test"}')).toBe(2)
    },
  )

  it('survives anything that a reconcile throws, and logs where it came from', async () => {
    const lines: string[] = []
    const log = createLogger('error', { write: line => void lines.push(line) })
    let runs = 0
    const controller = make(
      async () => {
        if (++runs === 1) throw new TypeError('a bug')
      },
      { log },
    )
    start(controller)
    controller.enqueue('a')
    await pass(10)
    expect(runs).toBe(2)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      controller: 'test',
      key: 'a',
      err: { code: 'Internal', seen: 'TypeError: a bug' },
      stack: expect.stringContaining('controller.test.ts'),
    })
  })

  it('aborts a reconcile at its deadline and tries again', async () => {
    const reasons: unknown[] = []
    const lines: string[] = []
    const log = createLogger('warn', { write: line => void lines.push(line) })
    const controller = make(
      async (_key, { signal }) => {
        await sleep(clock, 60_000, signal).catch((error: unknown) => {
          reasons.push(error)
          throw new KatametalError('Cancelled')
        })
      },
      { deadlineMs: 500, log },
    )
    start(controller)
    controller.enqueue('a')
    await pass(500)
    expect(reasons).toMatchObject([{ name: 'TimeoutError' }])
    expect(lines.join()).toContain('DeadlineExceeded')
    await pass(510)
    expect(reasons).toHaveLength(2)
  })

  it('works on as many keys at once as it may, but on each key alone', async () => {
    const open = new Map<string, number>()
    let most = 0
    let overlaps = 0
    const controller = make(
      async (key, { signal }) => {
        overlaps += open.get(key) ?? 0
        open.set(key, 1)
        most = Math.max(most, [...open.values()].filter(Boolean).length)
        await sleep(clock, 100, signal)
        open.set(key, 0)
      },
      { concurrency: 3 },
    )
    start(controller)
    for (const key of ['a', 'b', 'c', 'd', 'e']) controller.enqueue(key)
    await pass(0)
    expect(await count('controller_runtime_active_workers{controller="test"}')).toBe(3)
    controller.enqueue('a')
    controller.enqueue('b')
    await pass(1000)
    expect([most, overlaps]).toEqual([3, 0])
    expect(await total('success')).toBe(7)
    expect(await count('controller_runtime_active_workers{controller="test"}')).toBe(0)
    expect(await count('controller_runtime_max_concurrent_reconciles{controller="test"}')).toBe(3)
    expect(await count('controller_runtime_reconcile_time_seconds_sum{controller="test"}')).toBeCloseTo(0.7)
  })

  it('ends when the reconciles under way have ended, and leaves the rest to the next one', async () => {
    const seen: string[] = []
    const controller = make(async (key, { signal }) => {
      await sleep(clock, 60_000, signal).catch(() => undefined)
      await sleep(clock, 50)
      seen.push(key)
      throw new KatametalError('Cancelled')
    })
    const ended: string[] = []
    running.push(controller.run(stop.signal).then(() => void ended.push('ended')))
    controller.enqueue('a')
    controller.enqueue('b')
    await pass(10)
    stop.abort()
    await pass(0)
    expect(ended).toEqual([])
    await pass(50)
    expect([seen, ended]).toEqual([['a'], ['ended']])
    expect(await total('error')).toBe(0)
  })

  it('ends at once when it is not wanted any more before it began', async () => {
    stop.abort()
    await expect(make(async () => undefined).run(stop.signal)).resolves.toBeUndefined()
  })
})

describe('a controller that watches', () => {
  let server: TestApiServer
  beforeEach(async () => {
    server = await TestApiServer.start()
  })
  afterEach(() => server.stop())

  const collection = '/apis/test.example/v1/widgets'

  it('reconciles what exists and what changes, by the keys that its map names, once it is in sync', async () => {
    for (const name of ['a', 'b']) server.storage.put(collection, widget(name, { owner: `default/owner-of-${name}` }))
    let release: () => void = () => undefined
    server.answerWith(1, isList, response => {
      release = () => response.destroy()
    })
    const client = createKubeClient(server.access(), { clock: systemClock })
    const timings = { backoff: { baseMs: 1, maxMs: 5 } }
    const informer = createInformer<Stored>(client, widgets, { clock: systemClock, log: silentLogger, timings })
    const seen: string[] = []
    const controller = make(async key => void seen.push(key), { clock: systemClock })
    controller.watch(informer, object => [keyOf(object), String(object['owner'])])
    controller.enqueue('early')
    running.push(informer.run(stop.signal), controller.run(stop.signal))
    await eventually(() => server.requests.length).toBe(1)
    expect(seen).toEqual([])
    release()
    const both = ['default/a', 'default/b', 'default/owner-of-a', 'default/owner-of-b', 'early']
    await eventually(() => [...seen].sort()).toEqual(both)
    await eventually(() => server.watches.open.size).toBe(1)
    server.storage.remove(collection, 'default', 'a')
    await eventually(() => seen.slice(5)).toEqual(['default/a', 'default/owner-of-a'])
    stop.abort()
    await Promise.all(running)
    await client.close()
  })
})
