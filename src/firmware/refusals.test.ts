import { describe, expect, it } from 'vitest'
import type { KnobResult } from '../../api/metal/host-firmware.js'
import { refusalTexts } from './refusals.js'

const row = (knob: string, attribute: string, also: string[] = []): KnobResult => ({
  knob,
  outcome: 'Change',
  attribute,
  ...(also.length === 0 ? {} : { also: also.map(name => ({ attribute: name })) }),
  evidence: 'seen',
})

describe('what the BMC refused', () => {
  const rows = [row('vtx', 'ProcVirtualization'), row('sriov', 'SRIOVEnable', ['SriovSupport']), row('vtd', 'Vt')]

  it('is told by the wish, also where a knob has several attributes', () => {
    expect(refusalTexts(rows, [{ attribute: 'SriovSupport', message: 'It is read-only.' }])).toEqual([
      'sriov (SriovSupport): It is read-only.',
    ])
  })

  it('names all wishes that share the attribute, and the attribute alone when no wish is behind it', () => {
    const shared = [...rows, row('txt', 'Vt')]
    expect(
      refusalTexts(shared, [
        { attribute: 'Vt', message: 'no' },
        { attribute: 'Fan', message: 'no' },
      ]),
    ).toEqual(['vtd, txt (Vt): no', 'Fan: no'])
  })
})
