import { type Clock, sleep } from '../base/clock.js'
import { type BootSettings, bootSettingsSchema, type DiscoverySettings } from '../deploy/protocol.js'
import type { AgentLog } from './agent-log.js'
import { ManagerClient } from './manager-client.js'
import type { Watchdog } from './watchdog.js'

export interface DiscoveryWorld {
  readonly macs: readonly string[]
  readonly clock: Clock
  readonly log: AgentLog
  readonly watchdog: Watchdog
  readonly signal: AbortSignal
}

const pauseMs = 2_000

/**
 * Asks the manager which operation this server was booted for, by each of its MAC addresses, until one is known. Throws
 * DeadlineExceeded when the watchdog gives up.
 */
export const discover = async (
  { discovery, ca, giveUpMinutes }: DiscoverySettings,
  { macs, clock, log, watchdog, signal }: DiscoveryWorld,
): Promise<BootSettings> => {
  const client = new ManagerClient({ url: discovery, ca }, signal)
  try {
    for (;;) {
      for (const mac of macs) {
        const answer = await client.send('GET', `${mac}/settings`).catch((error: unknown) => String(error))
        signal.throwIfAborted()
        if (typeof answer === 'string') watchdog.note(`the manager was not reached: ${answer}`)
        else if (answer.status === 200) {
          log.say(`the manager knows this server by ${mac}`)
          return {
            ...bootSettingsSchema.parse(JSON.parse(answer.text)),
            ...(giveUpMinutes === undefined ? {} : { giveUpMinutes }),
          }
        } else watchdog.note(`the manager expects no server with MAC ${macs.join(' or ')}`)
      }
      watchdog.check()
      await sleep(clock, pauseMs, signal)
    }
  } finally {
    client.close()
  }
}
