import { describe, expect, it } from 'vitest'
import { hostStates } from '../../../api/metal/bare-metal-host.js'
import { condition, hostObject } from '../../../test/support/cluster-api-objects.js'
import { releaseStep } from './release.js'

const emptied = (status: Parameters<typeof hostObject>[1] & object = {}) =>
  hostObject('h1', { ...status, spec: { online: false, ...status.spec } })

describe('giving a host back', () => {
  it.each([
    ['an image', { image: { url: 'http://images.test/os.raw' }, online: false }],
    ['user data', { userData: { name: 'boot' }, online: false }],
    ['the wish to be on', { online: true }],
    ['no wish about power', {}],
  ])('first empties a host that has %s', (_title, spec) => {
    expect(releaseStep(hostObject('h1', { spec }))).toEqual({ step: 'Empty' })
  })

  it('lets go of a host that is Available, empty and off', () => {
    expect(releaseStep(emptied())).toEqual({ step: 'Detach' })
  })

  it.each([
    ['is on', { poweredOn: true }, 'its power is not known to be off'],
    ['is Available while nobody knows its power', { poweredOn: undefined }, 'its power is not known to be off'],
    ['has something installed', { installed: { url: 'x', time: '2026-01-01T00:00:00Z' } }, 'not wiped yet'],
    ['has not been looked at since', { observedGeneration: 0 }, 'has not seen the release yet'],
  ])('waits while the host %s', (_title, status, words) => {
    const host = emptied({ status: status })
    expect(releaseStep(host)).toEqual({ step: 'Wait', awaiting: expect.stringContaining(words) })
  })

  it('waits while the annotation says that a system is installed, as after a move', () => {
    const host = emptied({ metadata: { annotations: { 'metal.akraino.org/installed': '{}' } } })
    expect(releaseStep(host)).toEqual({ step: 'Wait', awaiting: expect.stringContaining('not wiped yet') })
  })

  it('waits when nothing is known about the host at all', () => {
    expect(releaseStep({ ...emptied(), status: {} })).toMatchObject({ step: 'Wait' })
  })

  it('never lets go in a state in which a system of the machine may run', () => {
    const free = hostStates.filter(state => releaseStep(emptied({ status: { state } })).step === 'Detach')
    expect(free).toEqual(['Discovering', 'Inspecting', 'Preparing', 'Available'])
  })

  it('says what holds the host up', () => {
    const conditions = [
      condition('Stuck', 'False'),
      condition('BMCReachable', 'False', 'BMCUnreachable', 'the BMC does not answer'),
    ]
    const host = emptied({ status: { state: 'Deprovisioning', step: 'PowerOff', conditions } })
    expect(releaseStep(host)).toEqual({
      step: 'Wait',
      awaiting: 'host h1: it is Deprovisioning (PowerOff) (BMCUnreachable: the BMC does not answer)',
    })
  })
})
