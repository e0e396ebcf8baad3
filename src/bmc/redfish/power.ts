import type { Clock } from '../../base/clock.js'
import { isKatametalError, KatametalError } from '../../base/errors.js'
import type { BmcCall, PowerAction, PowerState } from '../model.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { allowableParameters } from './allowable.js'
import { isRedfishError } from './errors.js'
import { object, type RedfishResource, text } from './resource.js'
import { pause } from './retries.js'

/** PowerState of the ComputerSystem (DSP0268); words that mean nothing to us read as Unknown. */
export const powerOf = (system: RedfishResource): PowerState =>
  states.get(text(system.body, 'PowerState')?.toLowerCase() ?? '') ?? 'Unknown'

export const readPower = async (client: RedfishClient, context: RedfishContext, call: BmcCall): Promise<PowerState> =>
  powerOf(await client.get(context.systemPath, call))

/** Values for `ResetType`; undefined when the service does not say which it takes, or cannot. */
export const readResetTypes = async (
  client: RedfishClient,
  system: RedfishResource,
  call: BmcCall,
): Promise<readonly string[] | undefined> => {
  try {
    return await allowableParameters(client, object(system.body, 'Actions', '#ComputerSystem.Reset'), 'ResetType', call)
  } catch (error) {
    // A broken list must not keep a server from being switched.
    if (isKatametalError(error) && error.kind === 'fault') return undefined
    throw error
  }
}

/**
 * Asks for a change of power. Nothing is asked when the server is there already, and a refusal counts as success when
 * it is there by then. Errors: BMCUnsupported when the BMC offers no way, BMCRejected for a restart of a server that
 * is off.
 */
export const setPower = async (
  client: RedfishClient,
  context: RedfishContext,
  action: PowerAction,
  clock: Clock,
  call: BmcCall,
): Promise<void> => {
  const system = await client.get(context.systemPath, call)
  const state = powerOf(system)
  if (isThere(action, state)) return
  const about = context.systemPath
  if (action === 'Restart' && state === 'Off')
    throw new KatametalError('BMCRejected', { about, seen: 'the server is off and cannot be restarted' })
  const target = text(system.body, 'Actions', '#ComputerSystem.Reset', 'target')
  if (target === undefined) throw new KatametalError('BMCUnsupported', { about, seen: 'there is no Reset action' })
  const offered = await readResetTypes(client, system, call)
  const resetType = chooseResetType(action, offered)
  if (resetType === undefined)
    throw new KatametalError('BMCUnsupported', { about, seen: `${action} by none of ${offered?.join(', ') ?? ''}` })
  if (resetType === toggle && state !== 'On' && state !== 'Off')
    throw new KatametalError('BMCBusy', {
      about,
      seen: `the power button would be pressed while the server is ${state}`,
    })

  for (const wait of [...conflictWaitsMs, undefined]) {
    try {
      await client.action(target, { ResetType: resetType }, call)
      return
    } catch (error) {
      if (!isRedfishError(error, 400, 409, 429, 503)) throw error
      if (isThere(action, powerOf(await client.get(context.systemPath, call)))) return
      // Some BMCs answer 409 to On for a short while after the server went off.
      if (wait === undefined || isRedfishError(error, 400)) throw error
      // A button that was pressed after all, in spite of the answer, must not be pressed again.
      if (resetType === toggle && !isRedfishError(error, 409, 429)) throw error
      await pause(clock, wait, call)
    }
  }
}

const conflictWaitsMs = [2000, 4000, 8000]
const toggle = 'PushPowerButton'

const states: ReadonlyMap<string, PowerState> = new Map([
  ['on', 'On'],
  ['off', 'Off'],
  ['poweringon', 'PoweringOn'],
  ['poweringoff', 'PoweringOff'],
])

const isThere = (action: PowerAction, state: PowerState): boolean => {
  switch (action) {
    case 'On':
      return state === 'On' || state === 'PoweringOn'
    case 'ForceOff':
      return state === 'Off'
    case 'GracefulOff':
      return state === 'Off' || state === 'PoweringOff'
    case 'Restart':
      return false
  }
}

/**
 * The values that do what is asked, best first. A restart by way of the operating system is not one: it may never
 * come. PushPowerButton toggles, so it only stands where the state was just read and the effect is the one asked for.
 */
const resetTypes: Readonly<Record<PowerAction, readonly [string, ...string[]]>> = {
  On: ['On', 'ForceOn', 'PushPowerButton'],
  ForceOff: ['ForceOff'],
  GracefulOff: ['GracefulShutdown', 'PushPowerButton'],
  Restart: ['ForceRestart', 'PowerCycle'],
}

const chooseResetType = (action: PowerAction, offered: readonly string[] | undefined): string | undefined => {
  const [usual] = resetTypes[action]
  return offered === undefined ? usual : resetTypes[action].find(word => offered.includes(word))
}
