import { describe, expect, it } from 'vitest'
import { parseControllerInfo, parseFru } from './facts.js'

describe('the facts in the answers of ipmitool', () => {
  it('are who made the BMC and which firmware it runs', () => {
    const stdout = [
      'Device ID                 : 32',
      'Firmware Revision         : 1.23',
      'IPMI Version              : 2.0',
      'Manufacturer ID           : 10876',
      'Manufacturer Name         : Example Boards: Inc.',
      'Product ID                : 6929 (0x1b11)',
      'Product Name              : Unknown (0x1B11)',
      'Aux Firmware Rev Info     : ',
      '    0x01',
    ].join('\n')
    expect(parseControllerInfo(stdout)).toEqual({
      firmwareVersion: '1.23',
      ipmiVersion: '2.0',
      manufacturerId: 10876,
      manufacturer: 'Example Boards: Inc.',
      product: undefined,
    })
  })

  it('come from the product area of the FRU, and from the board where that is empty or filled with words', () => {
    const stdout = [
      ' Chassis Type          : Rack Mount Chassis',
      ' Chassis Serial        : C-77',
      ' Board Mfg             : Example Boards',
      ' Board Product         : X1-Board',
      ' Product Manufacturer  : Example Systems',
      ' Product Name          : To be filled by O.E.M.',
      ' Product Serial        : 00000000',
      ' Product Part Number   : SYS-1',
    ].join('\n')
    expect(parseFru(stdout)).toEqual({
      manufacturer: 'Example Systems',
      model: 'X1-Board',
      serialNumber: 'C-77',
      partNumber: 'SYS-1',
      chassis: { type: 'Rack Mount Chassis', serialNumber: 'C-77', partNumber: undefined },
    })
  })

  it('are missing, and nothing else, when the answers are empty', () => {
    const { chassis, ...server } = parseFru('')
    expect([...Object.values(server), ...Object.values(chassis)]).toEqual(Array(7).fill(undefined))
    expect(parseControllerInfo('').manufacturerId).toBeUndefined()
  })
})
