import { describe, expect, it } from 'vitest'
import { parseUsers } from './users.js'

describe('users as ipmitool prints them', () => {
  it('are those with a name, with what they may', () => {
    const printed = [
      '1,,true,false,true,USER',
      '2,admin,true,false,true,ADMINISTRATOR',
      '3,back,up,false,true,false,OPERATOR',
      '4,,true,false,false,Unknown (0x00)',
      '5,fresh,true,false,false,Unknown (0x00)',
      'Get User Access command failed (channel 1, user 6): Unknown (0xC9)',
    ].join('\n')
    expect(parseUsers(printed)).toEqual([
      { id: '2', name: 'admin', enabled: true, role: 'ADMINISTRATOR' },
      { id: '3', name: 'back,up', enabled: false, role: 'OPERATOR' },
      { id: '5', name: 'fresh', enabled: false, role: undefined },
    ])
  })
})
