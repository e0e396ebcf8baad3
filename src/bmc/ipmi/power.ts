import { isKatametalError, KatametalError } from '../../base/errors.js'
import type { BmcCall, PowerAction, PowerState } from '../model.js'
import type { Ipmitool } from './ipmitool.js'

/** IPMI knows only on and off (IPMI 2.0 28.2); what lies between is not told. */
export const readPower = async (tool: Ipmitool, call: BmcCall): Promise<PowerState> => {
  const stdout = await tool.run(['chassis', 'power', 'status'], call)
  const [, word] = /Chassis Power is (\w+)/i.exec(stdout) ?? []
  if (word === undefined) throw new KatametalError('BMCProtocol', { seen: stdout.trim().slice(0, 200) })
  return word.toLowerCase() === 'on' ? 'On' : word.toLowerCase() === 'off' ? 'Off' : 'Unknown'
}

/** Sends nothing when the server is already as asked; a restart needs a running server and is never sent twice. */
export const setPower = async (tool: Ipmitool, action: PowerAction, call: BmcCall): Promise<void> => {
  const power = await readPower(tool, call)
  switch (action) {
    case 'On':
      if (power !== 'On') await tool.run(['chassis', 'power', 'on'], call)
      return
    case 'ForceOff':
      if (power !== 'Off') await tool.run(['chassis', 'power', 'off'], call)
      return
    case 'GracefulOff':
      if (power !== 'Off') await tool.run(['chassis', 'power', 'soft'], call, 'once')
      return
    case 'Restart':
      if (power === 'Off') throw new KatametalError('BMCRejected', { seen: 'a server that is off cannot be restarted' })
      return restart(tool, call)
  }
}

/** Some BMCs know no reset; a power cycle does the same, a little later. */
const restart = async (tool: Ipmitool, call: BmcCall): Promise<void> => {
  try {
    await tool.run(['chassis', 'power', 'reset'], call, 'once')
  } catch (error) {
    if (!isKatametalError(error, 'BMCUnsupported') && !isKatametalError(error, 'BMCRejected')) throw error
    await tool.run(['chassis', 'power', 'cycle'], call, 'once')
  }
}
