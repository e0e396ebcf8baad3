import { describe, expect, it } from 'vitest'
import { traceLine } from './trace.js'

const exchange = {
  time: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  method: 'GET',
  path: '/redfish/v1/Systems/1',
  status: 200,
  milliseconds: 35.4,
  note: undefined,
}

describe('a line of the trace', () => {
  it('says when, what, how it ended and how long it took', () => {
    expect(traceLine(exchange)).toBe('03:04:05.678 GET /redfish/v1/Systems/1 200 35 ms')
  })

  it('says that there was no answer, and why', () => {
    expect(traceLine({ ...exchange, status: undefined, note: 'BMCTimeout' })).toMatch(/ no answer 35 ms {2}BMCTimeout$/)
  })

  it('stays one line, whatever the BMC wrote', () => {
    expect(traceLine({ ...exchange, status: 400, note: 'no\n\u001b[31mway\u0007 now' })).toMatch(
      / 400 35 ms {2}no \[31mway now$/,
    )
  })
})
