import { describe, expect, it } from 'vitest'
import type { Condition } from '../../api/meta.js'
import { type ConditionDecision, findCondition, isTrue, setCondition } from './conditions.js'

const noon = Date.UTC(2026, 0, 1, 12)
const ready: ConditionDecision = { type: 'Ready', status: 'False', reason: 'Inspecting', message: 'step 1' }
const at = (hour: number): string => `2026-01-01T${hour}:00:00Z`

describe('conditions', () => {
  it('begin with the time they were first decided', () => {
    expect(setCondition(undefined, ready, noon)).toEqual([{ ...ready, lastTransitionTime: at(12) }])
  })

  it('keep the time while only reason, message or generation change', () => {
    const before = setCondition([], ready, noon)
    const after = setCondition(before, { ...ready, reason: 'Waiting', observedGeneration: 2 }, noon + 3_600_000)
    expect(after).toEqual([{ ...ready, reason: 'Waiting', observedGeneration: 2, lastTransitionTime: at(12) }])
  })

  it('move the time when the status changes', () => {
    const before = setCondition([], ready, noon)
    const after = setCondition(before, { ...ready, status: 'True' }, noon + 3_600_000)
    expect(after[0]?.lastTransitionTime).toBe(at(13))
  })

  it('are the very same list when nothing changed', () => {
    const before = setCondition([], ready, noon)
    expect(setCondition(before, { ...ready }, noon + 5000)).toBe(before)
  })

  it('do not disturb their neighbours, nor the list they came from', () => {
    const paused: Condition = { ...ready, type: 'Paused', lastTransitionTime: at(10) }
    const before = Object.freeze([paused, { ...ready, lastTransitionTime: at(11) }])
    const after = setCondition(before, { ...ready, status: 'True' }, noon)
    expect(after.map(({ type }) => type)).toEqual(['Paused', 'Ready'])
    expect(after[0]).toBe(paused)
    expect(before[1]?.status).toBe('False')
  })

  it('drop an observed generation that is no longer given', () => {
    const before = setCondition([], { ...ready, observedGeneration: 1 }, noon)
    expect(setCondition(before, ready, noon)[0]).not.toHaveProperty('observedGeneration')
  })

  it('are found by type, and are true only when they say so', () => {
    const list = setCondition(setCondition([], ready, noon), { ...ready, type: 'Known', status: 'Unknown' }, noon)
    expect(findCondition(list, 'Known')?.status).toBe('Unknown')
    expect(findCondition(undefined, 'Known')).toBeUndefined()
    expect([isTrue(list, 'Ready'), isTrue(list, 'Known'), isTrue(list, 'Absent')]).toEqual([false, false, false])
    expect(isTrue(setCondition(list, { ...ready, status: 'True' }, noon), 'Ready')).toBe(true)
  })
})
