import { findParts } from '../../src/lab/bmc/parts.js'
import type { FleetMachine } from '../../src/lab/fleet.js'
import { ask } from './bmc-client.js'

/** Somebody uses the BMC by hand: asks for a reset type and waits until the power is as it says. */
export const resetByHand = async ({ bmc, password }: FleetMachine, type: 'On' | 'ForceOff'): Promise<void> => {
  const wanted = type === 'On' ? 'On' : 'Off'
  if (bmc.power === wanted) return
  const { status } = await ask(bmc, 'POST', `${findParts(bmc.tree).system}/Actions/ComputerSystem.Reset`, {
    json: { ResetType: type },
    login: false,
    headers: { Authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` },
  })
  if (status >= 300) throw new Error(`${type} was answered with ${status}`)
  while (bmc.power !== wanted) await new Promise(resolve => setTimeout(resolve, 2))
}

/** Somebody sets BIOS attributes in the setup menu. */
export const setBiosByHand = ({ bmc }: FleetMachine, attributes: Readonly<Record<string, string>>): void => {
  bmc.tree.update(findParts(bmc.tree).bios ?? '', body => ({
    ...body,
    Attributes: { ...(body['Attributes'] as object), ...attributes },
  }))
}
