import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { remediationPhases } from '../../../api/infrastructure/kata-metal-remediation.js'
import { type RemediationFacts, type RemediationStep, step } from './lifecycle.js'

/** A Machine that a health check calls unhealthy, on a host that is on. */
const facts = (overrides: Partial<RemediationFacts> = {}): RemediationFacts => ({
  phase: 'Waiting',
  tries: 0,
  retryLimit: 1,
  overdue: false,
  fencingOverdue: false,
  deleting: false,
  machineDeleting: false,
  health: 'Unhealthy',
  byHealthCheck: true,
  host: 'InService',
  power: 'On',
  powerWish: 'On',
  node: 'Unfenced',
  ownerAsked: false,
  ...overrides,
})
const enter = (phase: RemediationFacts['phase']) => ({ do: 'enter', phase })
const begin = { do: 'begin' }

describe('a remediation that goes well', () => {
  it('cuts the power, sees it off, fences the Node, powers on, sees the Machine healthy and takes the fence down', () => {
    const story: [Partial<RemediationFacts>, object][] = [
      [{ phase: undefined }, enter('Waiting')],
      [{}, begin],
      [{ phase: 'PoweringOff', tries: 1 }, { do: 'powerOff' }],
      [{ phase: 'PoweringOff', tries: 1, powerWish: 'Off', power: 'Off' }, enter('Fencing')],
      [{ phase: 'Fencing', tries: 1, powerWish: 'Off', power: 'Off' }, { do: 'fence' }],
      [{ phase: 'Fencing', tries: 1, powerWish: 'Off', power: 'Off', node: 'Fenced' }, enter('PoweringOn')],
      // The last word of a Node can be as young as the moment its server was seen off.
      [{ phase: 'Fencing', tries: 1, powerWish: 'Off', power: 'Off', node: 'Back' }, enter('PoweringOn')],
      [{ phase: 'PoweringOn', tries: 1, powerWish: 'Off', power: 'Off', node: 'Fenced' }, { do: 'powerOn' }],
      [{ phase: 'PoweringOn', tries: 1, node: 'Fenced' }, enter('Verifying')],
      [{ phase: 'Verifying', tries: 1, node: 'Back' }, { do: 'unfence' }],
      [{ phase: 'Verifying', tries: 1, health: 'Healthy' }, enter('Succeeded')],
      [{ phase: 'Succeeded', tries: 1, health: 'Healthy', deleting: true }, { do: 'release' }],
    ]
    for (const [overrides, expected] of story) expect(step(facts(overrides))).toEqual(expected)
  })

  it('waits for the power to be seen, off and on, and never takes its wish for it', () => {
    for (const power of ['On', 'Unknown'] as const)
      expect(step(facts({ phase: 'PoweringOff', tries: 1, powerWish: 'Off', power })).do).toBe('wait')
    for (const power of ['Off', 'Unknown'] as const)
      expect(step(facts({ phase: 'PoweringOn', tries: 1, power })).do).toBe('wait')
    // Off for a reason of its own: the wish is written, so that nobody powers it on meanwhile.
    expect(step(facts({ phase: 'PoweringOff', tries: 1, power: 'Off' }))).toEqual({ do: 'powerOff' })
  })
})

describe('a remediation that may not begin', () => {
  it('waits for the health check to say that the Machine is unhealthy', () => {
    expect(step(facts({ health: 'Healthy' })).do).toBe('wait')
    expect(step(facts({ health: 'Unknown' })).do).toBe('wait')
  })

  it('begins without one when a person asks', () => {
    expect(step(facts({ health: 'Unknown', byHealthCheck: false }))).toEqual(begin)
  })

  it('never cuts the power of a server that is being installed; waits, and gives up when it takes too long', () => {
    expect(step(facts({ host: 'NotInService' })).do).toBe('wait')
    expect(step(facts({ host: 'NotInService', overdue: true }))).toEqual(enter('GivenUp'))
  })

  it('gives up at once when the Machine holds no host', () => {
    expect(step(facts({ host: 'None' }))).toEqual(enter('GivenUp'))
  })
})

describe('a remediation that goes badly', () => {
  it.each(['PoweringOff', 'PoweringOn', 'Verifying'] as const)('tries again when %s takes too long', phase => {
    const overdue = { phase, overdue: true, power: 'Unknown', health: 'Unhealthy' } as const
    expect(step(facts({ ...overdue, tries: 1 }))).toEqual(begin)
    expect(step(facts({ ...overdue, tries: 2 }))).toEqual(enter('GivenUp'))
    expect(step(facts({ ...overdue, tries: 1, retryLimit: 0 }))).toEqual(enter('GivenUp'))
  })

  it('powers on without a fence when the workload cluster cannot be asked for long: it may run on this server', () => {
    const dark = { phase: 'Fencing', tries: 1, node: 'Unknown', powerWish: 'Off', power: 'Off' } as const
    expect(step(facts(dark)).do).toBe('wait')
    expect(step(facts({ ...dark, fencingOverdue: true }))).toEqual(enter('PoweringOn'))
    expect(step(facts({ ...dark, node: 'Absent' }))).toEqual(enter('PoweringOn'))
  })

  it('asks the owner once when it has given up, and leaves the rest to it', () => {
    expect(step(facts({ phase: 'GivenUp', tries: 2 }))).toEqual({ do: 'askOwner' })
    expect(step(facts({ phase: 'GivenUp', tries: 2, ownerAsked: true })).do).toBe('wait')
  })

  it('tries again when a Machine that was healthy falls ill while the request is still there', () => {
    expect(step(facts({ phase: 'Succeeded', tries: 1 }))).toEqual(begin)
    expect(step(facts({ phase: 'Succeeded', tries: 2 }))).toEqual(enter('GivenUp'))
  })
})

describe('a remediation that ends before its time', () => {
  const ending = { deleting: true, tries: 1, phase: 'Fencing', powerWish: 'Off', power: 'Off' } as const

  it('puts power and Node back first', () => {
    expect(step(facts({ ...ending, node: 'Fenced' }))).toEqual({ do: 'powerOn' })
    expect(step(facts({ ...ending, powerWish: 'On', node: 'Fenced' }))).toEqual({ do: 'unfence' })
    expect(step(facts({ ...ending, powerWish: 'On' }))).toEqual({ do: 'release' })
  })

  it('leaves a server alone that was off before it did anything, and one whose Machine goes', () => {
    expect(step(facts({ ...ending, tries: 0 }))).toEqual({ do: 'release' })
    expect(step(facts({ ...ending, machineDeleting: true, node: 'Fenced' }))).toEqual({ do: 'release' })
  })
})

describe('a remediation without its status, as after `clusterctl move`', () => {
  it('never cuts the power a second time for it', () => {
    expect(step(facts({ phase: undefined, tries: 1 }))).toEqual(enter('PoweringOn'))
    expect(step(facts({ phase: 'PoweringOn', tries: 1 }))).toEqual(enter('Verifying'))
  })
})

const anyFacts = fc.record<RemediationFacts>({
  phase: fc.constantFrom(undefined, ...remediationPhases),
  tries: fc.integer({ min: 0, max: 4 }),
  retryLimit: fc.integer({ min: 0, max: 3 }),
  overdue: fc.boolean(),
  fencingOverdue: fc.boolean(),
  deleting: fc.boolean(),
  machineDeleting: fc.boolean(),
  health: fc.constantFrom('Healthy', 'Unhealthy', 'Unknown'),
  byHealthCheck: fc.boolean(),
  host: fc.constantFrom('None', 'NotInService', 'InService'),
  power: fc.constantFrom('On', 'Off', 'Unknown'),
  powerWish: fc.constantFrom('On', 'Off'),
  node: fc.constantFrom('Absent', 'Unknown', 'Unfenced', 'Fenced', 'Back'),
  ownerAsked: fc.boolean(),
})

describe('whatever is seen', () => {
  const always = (holds: (seen: RemediationFacts, next: RemediationStep) => boolean) =>
    fc.assert(
      fc.property(anyFacts, seen => holds(seen, step(seen))),
      { numRuns: 2_000 },
    )

  it('a Node is fenced only while its server is meant to be off and was seen so', () => {
    always(({ phase }, next) => next.do !== 'fence' || phase === 'Fencing')
    always(
      ({ power, powerWish }, next) =>
        next.do !== 'enter' || next.phase !== 'Fencing' || (power === 'Off' && powerWish === 'Off'),
    )
  })

  it('the power is cut at most once more than retries are allowed', () => {
    always(({ tries, retryLimit, phase }, next) => next.do !== 'begin' || phase === 'Waiting' || tries <= retryLimit)
  })

  it('the fence is taken down only for a Node that is back, or when the request goes', () => {
    always(({ node, deleting }, next) => next.do !== 'unfence' || node === 'Back' || deleting)
  })

  it('a request that goes only ever tidies up', () => {
    always(({ deleting }, next) => !deleting || ['powerOn', 'unfence', 'release'].includes(next.do))
  })

  it('the owner is asked only after giving up', () => {
    always(({ phase }, next) => next.do !== 'askOwner' || phase === 'GivenUp')
  })
})
