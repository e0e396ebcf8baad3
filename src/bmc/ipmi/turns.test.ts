import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../test/support/manual-clock.js'
import { createTurns } from './turns.js'

const never = new AbortController().signal

describe('turns', () => {
  it('let one through at a time, in order, with the interval between them', async () => {
    const clock = new ManualClock(0)
    const turns = createTurns(clock, 100)
    const seen: string[] = []
    const take = (name: string) => turns.take(never, async () => void seen.push(`${name}@${clock.now()}`))
    const all = Promise.all([take('a'), take('b'), take('c')])
    await clock.advance(0)
    await clock.advance(99)
    expect(seen).toEqual(['a@0'])
    await clock.advance(200)
    await all
    expect(seen).toEqual(['a@0', 'b@100', 'c@200'])
  })

  it('go on after a piece of work that failed', async () => {
    const turns = createTurns(new ManualClock(0), 0)
    await expect(turns.take(never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    await expect(turns.take(never, () => Promise.resolve('next'))).resolves.toBe('next')
  })

  it('skip a caller who gave up while others were before him, and tell him at once', async () => {
    const turns = createTurns(new ManualClock(0), 0)
    let finish = () => {}
    const first = turns.take(never, () => new Promise<void>(resolve => (finish = resolve)))
    const impatient = new AbortController()
    let ran = false
    const second = turns.take(impatient.signal, async () => void (ran = true))
    impatient.abort(new Error('gave up'))
    await expect(second).rejects.toThrow('gave up')
    finish()
    await first
    await turns.take(never, () => Promise.resolve())
    expect(ran).toBe(false)
  })
})
