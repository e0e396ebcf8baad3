import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { systemClock } from '../../src/base/clock.js'
import { packageRoot } from '../../src/base/package-root.js'
import { startBmcSimulator } from '../../src/lab/bmc/simulator.js'
import { credentials } from '../support/bmc-client.js'
import { hasTree, unpackTree } from '../support/captured-trees.js'
import { plainAddress, planCommand, type PlannedKnob, type PlanSeen } from '../support/plan-command.js'
import { startRedfishServer } from '../support/redfish-server.js'

const golden = join(packageRoot(), 'test/firmware-plans/golden')

type Row = readonly [outcome: string, attribute: string, from: string, to: string]

interface Expected {
  readonly knobs: Readonly<Record<string, Row>>
  readonly changes?: Readonly<Record<string, unknown>>
  readonly reboots: number
  /** Knobs that stand in the way. */
  readonly obstacles: readonly string[]
  /** Attributes that become locked, among others. */
  readonly locks?: readonly string[]
}

const expected: Record<string, Record<string, Expected>> = parse(readFileSync(join(golden, 'expected.yaml'), 'utf8'))
const profiles = ['tenants', 'locked-down']
const captured = Object.keys(expected).filter(name => name.includes('-'))
const personas = ['lenovo', 'ami', 'cisco'] as const

const stops: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const planned = (address: string, profile: string, ...flags: string[]) =>
  planCommand(address, join(golden, `${profile}.yaml`), credentials, ...flags)

const rowOf = ({ outcome, attribute = '-', from = '-', to = '-' }: PlannedKnob) => [outcome, attribute, from, to]

const check = ({ exit, plan }: PlanSeen, wanted: Expected | undefined) => {
  if (wanted === undefined || plan === undefined) throw new Error('there is no plan, or nothing is expected of it')
  expect(Object.fromEntries(plan.knobs.map(knob => [knob.knob, rowOf(knob)]))).toEqual(wanted.knobs)
  for (const { evidence } of plan.knobs) expect(evidence).not.toBe('')
  if (wanted.changes !== undefined) expect(plan.changes).toEqual(wanted.changes)
  expect(plan.reboots).toBe(wanted.reboots)
  expect(plan.obstacles.map(({ knob }) => knob)).toEqual(wanted.obstacles)
  expect(exit).toBe(wanted.obstacles.length === 0 ? 0 : 1)
  expect(plan.steps.map(({ attribute }) => attribute)).toEqual(Object.keys(plan.changes))
  const locks = plan.steps.flatMap(step => step.locks)
  for (const name of wanted.locks ?? []) expect(locks).toContain(name)
}

describe.each(captured)('the plan for the captured %s, served by a server that knows nothing of katametal', name => {
  it.skipIf(!hasTree(name)).each(profiles)('by the profile %s is what the rules say', async profile => {
    const { folder, remove } = unpackTree(name)
    stops.push(remove)
    const server = await startRedfishServer({ folder, tls: false, login: 'none' })
    stops.push(() => server.stop())
    check(await planned(plainAddress(server), profile), expected[name]?.[profile])
    expect(server.requests.filter(({ method }) => !['GET', 'POST', 'DELETE'].includes(method))).toEqual([])
  })
})

describe.each(personas)('the plan for the %s-like persona', persona => {
  it.each(profiles)('by the profile %s is what the rules say', async profile => {
    const bmc = await startBmcSimulator({ persona, credentials, clock: systemClock })
    stops.push(() => bmc.stop())
    check(await planned(bmc.url, profile, '--fingerprint', bmc.fingerprint), expected[persona]?.[profile])
    expect(bmc.bios.pending).toEqual({})
  })
})
