import type { BmcCall, BmcUser } from '../model.js'
import type { Ipmitool } from './ipmitool.js'

/** LAN channel that nearly all BMCs use. */
const channel = '1'

/** The accounts of the LAN channel that have a name; free slots are left out. */
export const readUsers = async (tool: Ipmitool, call: BmcCall): Promise<BmcUser[]> =>
  parseUsers((await tool.look(['-c', 'user', 'list', channel], call)).stdout)

/** Lines `number,name,callin,link auth,IPMI messaging,privilege`. */
export const parseUsers = (stdout: string): BmcUser[] =>
  stdout.split('\n').flatMap(line => {
    const [, number, name = '', enabled, privilege = ''] =
      /^(\d+),(.*),(?:true|false),(?:true|false),(true|false),([^,]*)$/.exec(line.trim()) ?? []
    if (number === undefined || name.trim() === '') return []
    const role = privilege.trim().toUpperCase()
    return [
      { id: number, name: name.trim(), enabled: enabled === 'true', role: /^UNKNOWN/.test(role) ? undefined : role },
    ]
  })
