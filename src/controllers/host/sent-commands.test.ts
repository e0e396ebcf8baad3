import { describe, expect, it } from 'vitest'
import type { HostCommand } from './commands.js'
import { SentCommands } from './sent-commands.js'

const powerOn: HostCommand = { type: 'powerOn' }
const shutDown: HostCommand = { type: 'shutDown' }
const write: HostCommand = { type: 'directAgent', params: { task: 'write' } }
const wipe: HostCommand = { type: 'directAgent', params: { task: 'wipe' } }
const step = '2026-01-01T00:00:00Z'

const inStep = (): SentCommands => {
  const sent = new SentCommands()
  sent.begin(step)
  return sent
}

describe('commands that were sent', () => {
  it('are due again only after their effect had time to show', () => {
    const sent = inStep()
    expect(sent.due([powerOn, shutDown], 0)).toEqual([powerOn, shutDown])
    sent.note(powerOn, 0)
    sent.note(shutDown, 0)
    expect(sent.due([powerOn, shutDown], 4_999)).toEqual([])
    expect(sent.due([powerOn, shutDown], 5_000)).toEqual([shutDown])
    expect(sent.due([powerOn, shutDown], 30_000)).toEqual([powerOn, shutDown])
  })

  it('are told apart by their parameters', () => {
    const sent = inStep()
    sent.note(write, 7)
    expect([write, wipe].map(command => sent.firstSent(command))).toEqual([7, undefined])
  })

  it('keep the first time, however often they are repeated', () => {
    const sent = inStep()
    sent.note(shutDown, 10)
    expect(sent.sentOnce(shutDown)).toBe(true)
    sent.note(shutDown, 5_010)
    expect(sent.sentOnce(shutDown)).toBe(false)
    expect(sent.firstSent(shutDown)).toBe(10)
    expect(sent.oldest).toBe(10)
    expect(sent.sentOnce(powerOn)).toBe(false)
  })

  it('count in their own step only', () => {
    const sent = inStep()
    sent.note(powerOn, 1)
    sent.inStep(step)
    expect(sent.firstSent(powerOn)).toBe(1)
    sent.inStep('2026-01-01T00:00:09Z')
    expect(sent.oldest).toBeUndefined()
    sent.note(powerOn, 2)
    // Two steps may begin within the same second.
    sent.begin('2026-01-01T00:00:09Z')
    expect(sent.firstSent(powerOn)).toBeUndefined()
  })

  it('are forgotten when they are not asked for any more', () => {
    const sent = inStep()
    sent.note(shutDown, 1)
    sent.note(powerOn, 2)
    sent.keepOnly([powerOn])
    expect(sent.oldest).toBe(2)
    expect(sent.due([shutDown, powerOn], 3)).toEqual([shutDown])
  })

  it('give a server that is booted once more all its patience again', () => {
    const sent = inStep()
    sent.note({ type: 'awaitAgent' }, 1)
    sent.note({ type: 'bootAgent' }, 50)
    expect(sent.firstSent({ type: 'awaitAgent' })).toBeUndefined()
  })
})
