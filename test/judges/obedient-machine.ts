import type { Clock } from '../../src/base/clock.js'
import type { Board, PoweredMachine } from '../../src/lab/server/board.js'

/** A machine with an operating system that shuts down when the power button is pressed, which graceful resets need. */
export const createObedientMachine = (
  clock: Clock,
  { postMs, shutdownMs }: Record<'postMs' | 'shutdownMs', number>,
) => {
  let board: Board | undefined
  let cancel = (): void => undefined
  let running = false
  const machine: PoweredMachine = {
    attach: (given, on) => {
      board = given
      running = on
    },
    powerOn: () => {
      board?.postStarted()
      cancel = clock.after(postMs, () => {
        running = board?.postEnded().kind !== 'setup'
      })
    },
    powerOff: () => {
      running = false
      cancel()
    },
    pressPowerButton: () => {
      if (running) cancel = clock.after(shutdownMs, () => board?.powerDown())
    },
  }
  return machine
}
