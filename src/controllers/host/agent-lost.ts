import type { PowerState } from '../../bmc/model.js'
import type { SeenFromServer } from './ports.js'

// An agent at work tells of its progress about once a second.
const quietMs = 3_000
// Even an agent that cannot reach us for a while finishes its task; this one is taken for dead.
const deadMs = 10 * 60_000

/**
 * Whether an agent that has a task is gone: its server is off, or nothing was heard of it for ten minutes. The BMC is
 * asked only while the agent is silent; one that does not answer says nothing about the agent.
 */
export const isAgentLost = async (
  { heardAt }: Pick<SeenFromServer, 'heardAt'>,
  now: number,
  readPower: () => Promise<PowerState | undefined>,
): Promise<boolean> => {
  if (heardAt === undefined || now - heardAt < quietMs) return false
  if (now - heardAt >= deadMs) return true
  return (await readPower()) === 'Off'
}
