import type { HostCommand } from './commands.js'

/** A command with its parameters, for people and as a key. */
export const nameOf = (command: HostCommand): string =>
  'params' in command ? `${command.type} ${Object.values(command.params).join(' ')}` : command.type

/** Commands that write to the BMC; what it answered is kept in status.lastAnswers. */
export const asksTheBMC: ReadonlySet<HostCommand['type']> = new Set<HostCommand['type']>([
  'powerOn',
  'powerOff',
  'shutDown',
  'bootAgent',
  'clearBoot',
  'writeFirmware',
])

/** Commands that have read back what they wrote: when that is not enough, the hardware needs its time after all. */
export const isReadBack: ReadonlySet<HostCommand['type']> = new Set<HostCommand['type']>(['clearBoot', 'writeFirmware'])

/** Commands whose effect is on Kubernetes objects alone, so that the next look sees it at once. */
export const actsOnOurselves: ReadonlySet<HostCommand['type']> = new Set<HostCommand['type']>([
  'inspect',
  'mergeAgentInventory',
  'planFirmware',
  'settleFirmware',
  'beginOperation',
  'recordInstalled',
  'endOperation',
  'closeOperation',
  'forgetInstalled',
  'acknowledgeReboot',
  'acknowledgeInspect',
])
