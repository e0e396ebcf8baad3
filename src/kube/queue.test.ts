import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.js'
import { Metrics } from '../base/metrics.js'
import { decorrelatedBackoff, exponentialBackoff } from './backoff.js'
import { type Queue, createQueue } from './queue.js'
import { queueMetrics } from './queue-metrics.js'

const limits = { baseMs: 10, maxMs: 1000 }
const make = (metrics?: Metrics): { clock: ManualClock; queue: Queue } => {
  const clock = new ManualClock()
  const queue = createQueue({ clock, backoff: limits, random: () => 1, counts: queueMetrics(metrics, 'test') })
  return { clock, queue }
}
describe('the queue', () => {
  it('hands keys out in the order they came, each once', async () => {
    const { queue } = make()
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key)
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['a', 'b', 'c'])
  })

  it('wakes a worker that waits', async () => {
    const { queue } = make()
    const taken = queue.take()
    queue.add('a')
    expect(await taken).toBe('a')
  })

  it('keeps a key that is added while it is worked on until it is given back', async () => {
    const { queue } = make()
    queue.add('a')
    expect(await queue.take()).toBe('a')
    queue.add('a')
    queue.add('a')
    const next = queue.take()
    let taken = false
    void next.then(() => (taken = true))
    await new Promise(resolve => setImmediate(resolve))
    expect(taken).toBe(false)
    queue.done('a')
    expect(await next).toBe('a')
    queue.done('a')
    queue.add('b')
    expect(await queue.take()).toBe('b')
  })

  it('gives a key only after its delay, and the earliest of several counts', async () => {
    const { clock, queue } = make()
    queue.addAfter('a', 500)
    queue.addAfter('a', 200)
    queue.addAfter('a', 900)
    let taken: string | undefined
    void queue.take().then(key => (taken = key))
    await clock.advance(199)
    expect(taken).toBeUndefined()
    await clock.advance(1)
    expect([taken, clock.pending]).toEqual(['a', 0])
  })

  it('gives a key without delay at once', async () => {
    const { queue } = make()
    queue.addAfter('a', 0)
    expect(await queue.take()).toBe('a')
  })

  it('drops the delay of a key that is handed out earlier', async () => {
    const { clock, queue } = make()
    queue.addAfter('a', 500)
    queue.add('a')
    expect(await queue.take()).toBe('a')
    expect(clock.pending).toBe(0)
    queue.addAfter('a', 100)
    queue.done('a')
    const next = queue.take()
    await clock.advance(100)
    expect(await next).toBe('a')
  })

  it('holds a key back whose delay ends while it is worked on', async () => {
    const { clock, queue } = make()
    queue.add('a')
    await queue.take()
    queue.addAfter('a', 100)
    await clock.advance(100)
    const next = queue.take()
    queue.done('a')
    expect(await next).toBe('a')
  })

  it('doubles the pause of a key that keeps failing, up to the limit, until it is forgotten', () => {
    const { queue } = make()
    const pauses = Array.from({ length: 9 }, () => queue.addRateLimited('a'))
    expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 640, 1000, 1000])
    expect(queue.failures('a')).toBe(9)
    expect(queue.addRateLimited('b')).toBe(10)
    queue.forget('a')
    expect([queue.failures('a'), queue.addRateLimited('a')]).toEqual([0, 10])
  })

  it('waits at least as long as the other side asked', () => {
    const { queue } = make()
    expect(queue.addRateLimited('a', 5000)).toBe(5000)
  })

  it('lets all workers go when it is shut down, and takes nothing more', async () => {
    const { clock, queue } = make()
    const waiting = [queue.take(), queue.take()]
    queue.addAfter('a', 100)
    queue.shutDown()
    expect(await Promise.all(waiting)).toEqual([undefined, undefined])
    expect(clock.pending).toBe(0)
    queue.add('b')
    queue.addAfter('c', 1)
    expect(await queue.take()).toBeUndefined()
  })

  it('counts under the names of client-go', async () => {
    const metrics = new Metrics()
    const { clock, queue } = make(metrics)
    queue.add('a')
    queue.add('a')
    queue.add('b')
    await clock.advance(2000)
    await queue.take()
    await clock.advance(60_000)
    queue.done('a')
    queue.addRateLimited('a')
    const text = await metrics.render()
    expect(text).toContain('workqueue_depth{name="test"} 1')
    expect(text).toContain('workqueue_adds_total{name="test"} 2')
    expect(text).toContain('workqueue_retries_total{name="test"} 1')
    expect(text).toContain('workqueue_queue_duration_seconds_sum{name="test"} 2')
    expect(text).toContain('workqueue_work_duration_seconds_sum{name="test"} 60')
  })

  it('never has two workers on one key, and loses none of a thousand', async () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 999 }),
      how: fc.constantFrom('add', 'later', 'retry'),
      ms: fc.integer({ min: 0, max: 50 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 1500 }), fc.integer({ min: 1, max: 8 }), runAll),
      { numRuns: 12 },
    )
  })
})

interface Step {
  key: number
  how: string
  ms: number
}

/** Every add must be followed by a run that begins after it. */
const runAll = async (steps: Step[], workers: number): Promise<void> => {
  const { clock, queue } = make()
  const owed = new Set<string>()
  const holding = new Set<string>()
  let overlaps = 0
  const work = async (seed: number): Promise<void> => {
    for (let key = await queue.take(), turn = seed; key !== undefined; key = await queue.take(), turn++) {
      if (holding.has(key)) overlaps++
      holding.add(key)
      owed.delete(key)
      for (let pause = 0; pause < turn % 4; pause++) await Promise.resolve()
      holding.delete(key)
      queue.done(key)
    }
  }
  const working = Array.from({ length: workers }, (_, seed) => work(seed))
  for (const [index, { key, how, ms }] of steps.entries()) {
    const name = `k-${key}`
    owed.add(name)
    if (how === 'add') queue.add(name)
    else if (how === 'later') queue.addAfter(name, ms)
    else queue.addRateLimited(name)
    if (index % 50 === 0) await Promise.resolve()
    if (index % 300 === 299) await clock.advance(10)
  }
  for (let round = 0; owed.size > 0 && round < 5; round++) await clock.advance(500)
  queue.shutDown()
  await Promise.all(working)
  expect({ overlaps, lost: [...owed], pending: clock.pending }).toEqual({ overlaps: 0, lost: [], pending: 0 })
}

describe('back-off', () => {
  it('stays within its limits, whatever chance says', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 60 }), chances => {
        let turn = 0
        const random = () => chances[turn++ % Math.max(1, chances.length)] ?? 0.5
        const loop = decorrelatedBackoff(limits, random)
        for (let failures = 1; failures <= 60; failures++) {
          for (const pause of [loop.next(), exponentialBackoff(limits, failures, random)]) {
            expect(pause).toBeGreaterThanOrEqual(limits.baseMs * 0.75)
            expect(pause).toBeLessThanOrEqual(limits.maxMs)
          }
        }
      }),
    )
  })

  it('grows on average and begins again after a reset', () => {
    const loop = decorrelatedBackoff(limits, () => 0.5)
    const pauses = Array.from({ length: 20 }, () => loop.next())
    expect(pauses[0]).toBe(20)
    expect(pauses[19]).toBe(1000)
    loop.reset()
    expect(loop.next()).toBe(20)
  })
})
