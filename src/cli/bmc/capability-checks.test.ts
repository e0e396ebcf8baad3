import { describe, expect, it } from 'vitest'
import type { BmcCapabilities, BmcIdentity } from '../../bmc/model.js'
import { bootMethodChecks, capabilityChecks } from './capability-checks.js'

const everything: BmcCapabilities = {
  mediaSlots: [],
  settingsObject: '/redfish/v1/Systems/1/Bios/Settings',
  applyTimes: ['OnReset'],
  secureBoot: true,
  taskService: true,
  events: 'push',
  expand: '$expand=.($levels=1)',
  expandLevels: 2,
  sessionTimeoutSeconds: 300,
  sessionLimit: 8,
}
const nothing: BmcCapabilities = {
  ...everything,
  settingsObject: undefined,
  applyTimes: [],
  secureBoot: false,
  taskService: false,
  events: 'none',
  expand: undefined,
  expandLevels: undefined,
  sessionTimeoutSeconds: undefined,
  sessionLimit: undefined,
}
const states = (capabilities: BmcCapabilities) => new Set(capabilityChecks(capabilities).map(({ state }) => state))

describe('what a service says that it can do', () => {
  it('works where it is offered, with what it is', () => {
    expect(states(everything)).toEqual(new Set(['works']))
    expect(capabilityChecks(everything).map(({ seen }) => seen)).toEqual([
      '/redfish/v1/Systems/1/Bios/Settings; apply times: OnReset',
      'has its resource',
      'task service',
      'push',
      '$expand=.($levels=1), 2 levels at most',
      'end after 300 s, 8 at most',
    ])
  })

  it('is missing where it is not, which is no fault', () => {
    expect(states(nothing)).toEqual(new Set(['missing']))
    expect(capabilityChecks(nothing).every(({ ok, advice }) => ok && advice === '')).toBe(true)
  })

  it('is nothing where no such record is kept', () => {
    expect(capabilityChecks(undefined)).toEqual([])
  })
})

describe('the ways to boot', () => {
  it('are all named, with the one that would be chosen', () => {
    const checks = bootMethodChecks({ bootMethods: ['UefiHttp', 'Pxe'] } as unknown as BmcIdentity)
    expect(checks.map(({ check, state, seen }) => [check, state, seen])).toEqual([
      ['boot by virtual media', 'missing', 'not offered'],
      ['boot by UEFI HTTP', 'works', 'offered, and would be used'],
      ['boot by network (PXE)', 'works', 'offered'],
    ])
  })
})
