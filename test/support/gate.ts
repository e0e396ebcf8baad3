import type { Checkpoint } from '../../src/controllers/host/ports.js'

/**
 * Holds the manager of one host right after (or before) a command, so that a test can do something at exactly that
 * moment. Give {@link Gate.checkpoint} to the manager.
 */
export interface Gate {
  readonly checkpoint: Checkpoint
  /**
   * Runs `deed` while the manager stands at the command of the host for the first time, then lets it go on. Resolves
   * when the deed is done.
   */
  meanwhile(at: 'intent' | 'done', command: string, host: string, deed: () => Promise<unknown>): Promise<void>
}

interface Wait {
  readonly at: 'intent' | 'done'
  readonly command: string
  readonly host: string
  readonly arrive: () => Promise<void>
}

export const createGate = (): Gate => {
  const waits = new Set<Wait>()
  return {
    checkpoint: async (at, command, host) => {
      const wait = [...waits].find(each => each.at === at && each.command === command && each.host === host)
      if (wait === undefined) return
      waits.delete(wait)
      await wait.arrive()
    },
    meanwhile: (at, command, host, deed) =>
      new Promise((resolve, reject) => {
        waits.add({
          at,
          command,
          host,
          // A deed that fails must fail the test, not the manager.
          arrive: () => deed().then(() => resolve(), reject),
        })
      }),
  }
}
