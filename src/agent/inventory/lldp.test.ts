import { describe, expect, it } from 'vitest'
import { parseLldp } from './lldp.js'

const tlv = (type: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(2)
  head.writeUInt16BE((type << 9) | value.length)
  return Buffer.concat([head, value])
}
const header = Buffer.from('0180c200000e001122334455' + '88cc', 'hex')
const chassis = tlv(1, Buffer.from('04001122334455', 'hex'))
const port = tlv(2, Buffer.concat([Buffer.from([5]), Buffer.from('Ethernet1/7')]))
const end = tlv(0, Buffer.alloc(0))

describe('an LLDP frame', () => {
  it('tells chassis, port and name of the switch', () => {
    const frame = Buffer.concat([
      header,
      chassis,
      port,
      tlv(3, Buffer.from([0, 120])),
      tlv(5, Buffer.from('leaf-3')),
      end,
    ])
    expect(parseLldp(frame)).toEqual({ chassisID: '00:11:22:33:44:55', portID: 'Ethernet1/7', systemName: 'leaf-3' })
  })

  it('need not have a name, and hides nothing printable from us', () => {
    const odd = tlv(2, Buffer.concat([Buffer.from([7]), Buffer.from('a\u0007b\n')]))
    expect(parseLldp(Buffer.concat([header, chassis, odd, end]))).toEqual({
      chassisID: '00:11:22:33:44:55',
      portID: 'a?b?',
    })
  })

  it('is ignored when it is something else, cut off, or lacks what is mandatory', () => {
    const whole = Buffer.concat([header, chassis, port, end])
    const arp = Buffer.from(whole)
    arp.writeUInt16BE(0x0806, 12)
    for (const frame of [Buffer.alloc(0), header, arp, whole.subarray(0, 30), Buffer.concat([header, port, end])])
      expect(parseLldp(frame)).toBeUndefined()
  })
})
