import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../test/support/manual-clock.js'
import { Journal } from './journal.js'
import { defaultBmcTimings, scaled } from './timings.js'

describe('the journal of a simulated BMC', () => {
  it('tells requests and events in the order of time', async () => {
    const clock = new ManualClock(0)
    const journal = new Journal(clock)
    journal.note('power On')
    await clock.advance(5)
    const ended = journal.request('GET', '/redfish/v1')
    await clock.advance(5)
    ended(200)
    journal.note('power is On')
    expect(journal.entries.map(entry => [entry.time, entry.kind])).toEqual([
      [0, 'event'],
      [5, 'request'],
      [10, 'event'],
    ])
    expect(journal.requests[0]).toMatchObject({ method: 'GET', status: 200, milliseconds: 5 })
  })

  it('tells of each request how many were in hand when it came', () => {
    const journal = new Journal(new ManualClock(0))
    const first = journal.request('GET', '/a')
    const second = journal.request('GET', '/b')
    first(200)
    const third = journal.request('GET', '/c')
    second(200)
    third(200)
    journal.request('GET', '/d')(200)
    expect(journal.requests.map(one => one.inHand)).toEqual([1, 2, 2, 1])
  })

  it('does not grow without end', () => {
    const journal = new Journal(new ManualClock(), 10)
    for (let count = 0; count < 1000; count++) {
      journal.note(`event ${count}`)
      journal.request('GET', `/${count}`)(200)
    }
    expect(journal.events.length).toBeLessThanOrEqual(20)
    expect(journal.happened.at(-1)).toBe('event 999')
    expect(journal.requests.length).toBeLessThanOrEqual(20)
    expect(journal.requests.at(-1)?.path).toBe('/999')
  })
})

describe('timings', () => {
  it('are divided by their speed, which itself stays', () => {
    const fast = scaled({ ...defaultBmcTimings, speed: 10 })
    expect([fast.speed, fast.powerOn, fast.powerOff]).toEqual([10, 30, 20])
  })
})
