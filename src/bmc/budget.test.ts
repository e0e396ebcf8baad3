import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.js'
import { KatametalError } from '../base/errors.js'
import { createBudget } from './budget.js'

const forever = new AbortController().signal

/** Something that runs until the test lets it end. */
const work = () => {
  let running = false
  let end: (error?: Error) => void = () => undefined
  const done = new Promise<void>((resolve, reject) => {
    end = error => (error === undefined ? resolve() : reject(error))
  })
  return {
    get running() {
      return running
    },
    end: (error?: Error) => end(error),
    run: () => {
      running = true
      return done
    },
  }
}

const turns = async () => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

const unreachable = () => new KatametalError('BMCUnreachable', { seen: 'ECONNREFUSED' })

describe('the budget of a BMC', () => {
  it('lets two reads run at once and makes the third wait', async () => {
    const budget = createBudget({ about: 'bmc', clock: new ManualClock() })
    const [a, b, c] = [work(), work(), work()]
    const all = [a, b, c].map(one => budget.read(forever, one.run))
    await turns()
    expect([a.running, b.running, c.running]).toEqual([true, true, false])
    a.end()
    await turns()
    expect(c.running).toBe(true)
    b.end()
    c.end()
    await Promise.all(all)
  })

  it('lets a write run alone, before reads that were asked for after it', async () => {
    const budget = createBudget({ about: 'bmc', clock: new ManualClock() })
    const [read, write, later] = [work(), work(), work()]
    const all = [budget.read(forever, read.run), budget.write(forever, write.run), budget.read(forever, later.run)]
    await turns()
    expect([read.running, write.running, later.running]).toEqual([true, false, false])
    read.end()
    await turns()
    expect([write.running, later.running]).toEqual([true, false])
    write.end()
    await turns()
    expect(later.running).toBe(true)
    later.end()
    await Promise.all(all)
  })

  it('takes whoever gives up out of the line, so that those behind move up', async () => {
    const budget = createBudget({ about: 'bmc', clock: new ManualClock() })
    const [read, write, later] = [work(), work(), work()]
    const giveUp = new AbortController()
    const first = budget.read(forever, read.run)
    const second = budget.write(giveUp.signal, write.run)
    const third = budget.read(forever, later.run)
    await turns()
    giveUp.abort()
    await expect(second).rejects.toMatchObject({ code: 'Cancelled' })
    await turns()
    expect([write.running, later.running]).toEqual([false, true])
    read.end()
    later.end()
    await Promise.all([first, third])
  })

  it('gives the place back when the work fails', async () => {
    const budget = createBudget({ about: 'bmc', clock: new ManualClock() })
    await expect(budget.write(forever, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await budget.write(forever, () => Promise.resolve(1))).toBe(1)
  })

  it('is never exceeded and loses nobody, whatever is asked for in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ write: fc.boolean(), ms: fc.nat(3), abort: fc.boolean() })), async jobs => {
        const budget = createBudget({ about: 'bmc', clock: new ManualClock() })
        let [reads, writes] = [0, 0]
        const run = async (write: boolean, ms: number) => {
          if (write) writes++
          else reads++
          expect(writes === 0 ? reads <= 2 : writes === 1 && reads === 0).toBe(true)
          for (let turn = 0; turn < ms; turn++) await Promise.resolve()
          if (write) writes--
          else reads--
        }
        const ends = await Promise.allSettled(
          jobs.map(({ write, ms, abort }) => {
            const controller = new AbortController()
            const end = budget[write ? 'write' : 'read'](controller.signal, () => run(write, ms))
            if (abort) controller.abort()
            return end
          }),
        )
        expect(ends.filter((end, index) => end.status === 'rejected' && jobs[index]?.abort === false)).toEqual([])
        expect([reads, writes]).toEqual([0, 0])
      }),
    )
  })
})

describe('the breaker of a BMC', () => {
  const fail = (budget: ReturnType<typeof createBudget>) => budget.read(forever, () => Promise.reject(unreachable()))

  it('opens after three failures to connect in a row: then nothing is tried for a while', async () => {
    const clock = new ManualClock()
    const budget = createBudget({ about: 'bmc', clock })
    for (let turn = 0; turn < 3; turn++) await expect(fail(budget)).rejects.toThrow('ECONNREFUSED')
    const tried = work()
    await expect(budget.read(forever, tried.run)).rejects.toMatchObject({ code: 'BMCUnreachable', retryAfterMs: 5000 })
    expect(tried.running).toBe(false)
    await clock.advance(5000)
    expect(await budget.read(forever, () => Promise.resolve('there'))).toBe('there')
  })

  it('rests longer with each failure after that, up to its limit, and not at all after a success', async () => {
    const clock = new ManualClock()
    const budget = createBudget({ about: 'bmc', clock, restMs: 1000, restMaxMs: 3000 })
    for (let turn = 0; turn < 3; turn++) await expect(fail(budget)).rejects.toThrow()
    for (const rest of [1000, 2000, 3000, 3000]) {
      await expect(fail(budget)).rejects.toMatchObject({ retryAfterMs: rest })
      await clock.advance(rest)
      await expect(fail(budget)).rejects.toThrow('ECONNREFUSED')
    }
    await clock.advance(3000)
    await budget.read(forever, () => Promise.resolve())
    await expect(fail(budget)).rejects.not.toHaveProperty('retryAfterMs', expect.any(Number))
  })

  it('does not count a BMC that answers badly, nor an abort of ours', async () => {
    const budget = createBudget({ about: 'bmc', clock: new ManualClock() })
    for (let turn = 0; turn < 2; turn++) await expect(fail(budget)).rejects.toThrow()
    await expect(budget.read(forever, () => Promise.reject(new KatametalError('BMCBusy')))).rejects.toThrow()
    for (let turn = 0; turn < 2; turn++) await expect(fail(budget)).rejects.toThrow('ECONNREFUSED')
    await expect(budget.read(forever, () => Promise.reject(new KatametalError('Cancelled')))).rejects.toThrow()
    await expect(fail(budget)).rejects.toThrow('ECONNREFUSED')
    await expect(fail(budget)).rejects.toThrow(/3 times in a row/)
  })

  it('also stops those that were waiting in line when it opened', async () => {
    const budget = createBudget({ about: 'bmc', clock: new ManualClock(), breakAfter: 1 })
    const [first, second] = [work(), work()]
    const one = budget.write(forever, first.run)
    const two = budget.write(forever, second.run)
    await turns()
    first.end(unreachable())
    await expect(one).rejects.toThrow()
    await expect(two).rejects.toThrow(/not tried again/)
    expect(second.running).toBe(false)
  })
})
