import { setTimeout as pause } from 'node:timers/promises'
import { KatametalError } from '../../base/errors.js'
import type { RunningProgram } from './processes.js'

const pollMs = 100

/**
 * Asks until the answer is true. Throws DeadlineExceeded after `ms`, and at once, with the end of its log, when one of the
 * programs that the answer hangs on has ended.
 */
export const until = async (
  what: string,
  ms: number,
  programs: readonly RunningProgram[],
  ask: () => Promise<boolean>,
): Promise<void> => {
  const end = Date.now() + ms
  for (;;) {
    if (await ask().catch(() => false)) return
    const ended = programs.find(({ alive }) => !alive)
    if (ended !== undefined)
      throw new KatametalError('Internal', { about: ended.name, seen: `it has ended: ${await ended.tail()}` })
    if (Date.now() > end) {
      const tails = await Promise.all(programs.map(async program => `${program.name}: ${await program.tail()}`))
      throw new KatametalError('DeadlineExceeded', {
        about: what,
        seen: `not within ${ms / 1000} s\n${tails.join('\n')}`,
      })
    }
    await pause(pollMs)
  }
}
