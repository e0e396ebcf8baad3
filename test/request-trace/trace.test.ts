import { beforeAll, describe, expect, it } from 'vitest'
import { personaNames } from '../../src/lab/bmc/personas/personas.js'
import { pageOf } from './page.js'
import { figuresOf, type LifeTrace, traceLives } from './trace.js'

describe('the whole life of a server', () => {
  let lives: readonly LifeTrace[] = []
  beforeAll(async () => {
    lives = await traceLives()
  }, 240_000)
  const requestsOf = (life: LifeTrace) => life.stretches.flatMap(one => one.requests)

  it('is traced for every simulated make', () => {
    expect(lives.map(one => one.persona)).toEqual([...personaNames])
    for (const life of lives)
      for (const { requests } of life.stretches.slice(0, 3)) expect(requests.length).toBeGreaterThan(5)
  })

  it.each(personaNames)('closes each session that it opens, on %s', persona => {
    const life = lives.find(one => one.persona === persona)
    const { opened, closed } = figuresOf(life === undefined ? [] : requestsOf(life))
    expect(opened).toBeGreaterThan(0)
    expect(closed).toBe(opened)
  })

  it.each(personaNames)('asks no more than two things at once of %s, and one while it writes', persona => {
    const life = lives.find(one => one.persona === persona)
    const requests = life === undefined ? [] : requestsOf(life)
    expect(figuresOf(requests).atOnce).toBeLessThanOrEqual(2)
    expect(Math.max(...requests.filter(one => one.method !== 'GET').map(one => one.inHand))).toBe(1)
  })

  it.each(personaNames)('is never refused a login by %s', persona => {
    const life = lives.find(one => one.persona === persona)
    expect(figuresOf(life === undefined ? [] : requestsOf(life)).refused['401'] ?? 0).toBe(0)
  })

  it('makes a page that tells of each make what was written to it', () => {
    const page = pageOf(lives)
    for (const persona of personaNames) expect(page).toContain(`### ${persona}`)
    expect(page).toMatch(/InsertMedia/)
    expect(page).not.toMatch(/undefined|NaN/)
  })
})
