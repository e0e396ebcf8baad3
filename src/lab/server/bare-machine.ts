import type { Clock } from '../../base/clock.js'
import type { Board, PoweredMachine } from './board.js'

/** A machine without disk and system: it posts, finds nothing to boot, and ignores the power button. */
export const createBareMachine = (clock: Clock, postMs: number): PoweredMachine => {
  let board: Board | undefined
  let cancel = () => undefined as unknown
  return {
    attach: given => {
      board = given
    },
    powerOn: () => {
      board?.postStarted()
      cancel = clock.after(postMs, () => board?.postEnded())
    },
    powerOff: () => {
      cancel()
    },
    pressPowerButton: () => undefined,
  }
}
