import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../test/support/manual-clock.js'
import type { BmcIdentity } from '../../bmc/model.js'
import type { BiosSnapshot } from '../../firmware/model.js'
import { RecentLooks } from './recent-looks.js'

const identity = { vendor: 'dell', power: 'On' } as BmcIdentity
const bios = { attributes: { ProcVirtualization: 'Enabled' } } as unknown as BiosSnapshot

const setUp = () => {
  const clock = new ManualClock()
  return { clock, recent: new RecentLooks(clock) }
}

describe('recent looks', () => {
  it('show what was seen, each look only its own part', () => {
    const { recent } = setUp()
    recent.note(['power', 'bios'], { power: 'Off', bios })
    expect(recent.of('power')).toEqual({ power: 'Off' })
    expect(recent.of('bios')).toEqual({ bios })
    expect(recent.of('boot')).toBeUndefined()
    expect(recent.of('identity')).toBeUndefined()
  })

  it('know the power from an identity, but no identity from the power', () => {
    const { recent } = setUp()
    recent.note(['identity'], { identity, power: 'On' })
    expect(recent.of('power')).toEqual({ power: 'On' })
    expect(recent.of('identity')).toEqual({ identity, power: 'On' })
    recent.forget()
    recent.note(['power'], { power: 'On' })
    expect(recent.of('identity')).toBeUndefined()
  })

  it('know nothing of a look that was not answered', async () => {
    const { recent } = setUp()
    recent.note(['power', 'boot', 'bios'], { power: 'On' })
    expect(recent.of('boot')).toBeUndefined()
    expect(recent.of('bios')).toBeUndefined()
    recent.note(['bios'], { biosUnsupported: true })
    expect(recent.of('bios')).toEqual({ biosUnsupported: true })
    recent.note(['boot'], { bootClear: false })
    expect(recent.of('boot')).toEqual({ bootClear: false })
  })

  it('are worth nothing after some seconds, nor after something was done to the server', async () => {
    const { clock, recent } = setUp()
    recent.note(['power'], { power: 'On' })
    await clock.advance(4_999)
    expect(recent.of('power')).toEqual({ power: 'On' })
    await clock.advance(1)
    expect(recent.of('power')).toBeUndefined()
    recent.note(['power'], { power: 'On' })
    recent.forget()
    expect(recent.of('power')).toBeUndefined()
  })
})
