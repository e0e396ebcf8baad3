import { describe, expect, it } from 'vitest'
import { commandGaps, turnsOf } from './gaps.js'
import { idleMs } from './idle.js'
import type { Moment, Request } from './timeline.js'

const read = (from: number, to: number): Request => ({ from, to, method: 'GET', path: '/redfish/v1', command: false })
const write = (from: number, to: number): Request => ({ from, to, method: 'POST', path: '/reset', command: true })
const at = (time: number, what: string): Moment => ({ time, what })

describe('the gap before a command', () => {
  it('begins with the end of the newest answer of the BMC', () => {
    expect(commandGaps({ requests: [read(0, 10), read(20, 30), write(35, 40)], messages: [] })).toEqual([5])
  })

  it('begins with a message when that is newer than every answer', () => {
    expect(commandGaps({ requests: [read(0, 10), write(35, 40)], messages: [at(33, 'hello')] })).toEqual([2])
  })

  it('begins with the answer to the command before it', () => {
    expect(commandGaps({ requests: [read(0, 10), write(12, 20), write(27, 30)], messages: [] })).toEqual([2, 7])
  })

  it('is not shortened by what came to be known later', () => {
    const requests = [read(0, 10), write(40, 50), read(41, 42)]
    expect(commandGaps({ requests, messages: [at(60, 'result')] })).toEqual([30])
  })

  it('does not exist for logins, nor before anything was known', () => {
    const login = { ...write(5, 8), command: false }
    expect(commandGaps({ requests: [login, read(9, 10)], messages: [] })).toEqual([])
    expect(commandGaps({ requests: [write(5, 8)], messages: [] })).toEqual([])
  })
})

describe('a turn', () => {
  it('tells apart how long an outcome went unnoticed and how long the next command took then', () => {
    const requests = [read(90, 95), read(120, 130), read(135, 140), write(150, 160)]
    expect(turnsOf({ requests, outcomes: [at(100, 'power is Off')], messages: [] })).toEqual([
      { what: 'power is Off', noticed: 30, decided: 20 },
    ])
  })

  it('takes no answer for a notice that was under way when it happened', () => {
    const requests = [read(95, 110), read(120, 125), write(130, 140)]
    const [turn] = turnsOf({ requests, outcomes: [at(100, 'power is Off')], messages: [] })
    expect(turn).toMatchObject({ noticed: 25, decided: 5 })
  })

  it('notices at once what a message tells', () => {
    const requests = [read(0, 10), read(110, 115), write(130, 140)]
    expect(turnsOf({ requests, outcomes: [], messages: [at(100, 'spec edited')] })).toEqual([
      { what: 'spec edited', noticed: 0, decided: 30 },
    ])
  })

  it('counts the last outcome before the command and only the first command after it', () => {
    const outcomes = [at(50, 'boots cd'), at(100, 'power is Off')]
    const requests = [read(105, 110), write(120, 130), write(140, 150)]
    expect(turnsOf({ requests, outcomes, messages: [] })).toEqual([{ what: 'power is Off', noticed: 10, decided: 10 }])
  })

  it('leaves out an outcome that led to nothing', () => {
    expect(turnsOf({ requests: [read(105, 110)], outcomes: [at(100, 'power is Off')], messages: [] })).toEqual([])
  })

  it('leaves out a command that nobody could have based on the outcome', () => {
    expect(turnsOf({ requests: [write(105, 110)], outcomes: [at(100, 'power is Off')], messages: [] })).toEqual([])
  })
})

describe('idle time', () => {
  it('is when neither the server worked nor the BMC was asked', () => {
    const requests = [read(0, 10), write(15, 20)]
    expect(idleMs({ requests, busy: [{ from: 18, to: 60 }] }, { from: 0, to: 100 })).toBe(5 + 40)
  })
})
