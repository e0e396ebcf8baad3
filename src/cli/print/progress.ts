import type { Clock } from '../../base/clock.js'
import type { Sink } from '../console.js'

/** One line on a terminal that says what is being waited for. */
export interface Progress {
  /** What is done from now on: "reading the inventory". */
  step(text: string): void
  /** Lets other lines be written to the same sink; the line is drawn anew below them. */
  interrupt(write: () => void): void
  /** Takes the line away; what is written next begins in an empty one. */
  clear(): void
}

const quietMs = 2000
const tickMs = 1000

/** Says nothing for the first two seconds of a step, and nothing at all when `sink` is not a terminal. */
export const createProgress = (sink: Sink, clock: Clock): Progress => {
  if (!sink.isTTY) return { step: () => undefined, interrupt: write => write(), clear: () => undefined }
  let cancel: (() => void) | undefined
  let shown = false
  let draw: () => void = () => undefined
  const wipe = () => {
    cancel?.()
    cancel = undefined
    if (shown) sink.write('\r\u001b[2K')
    shown = false
  }
  return {
    clear: wipe,
    interrupt: write => {
      if (shown) sink.write('\r\u001b[2K')
      write()
      if (shown) draw()
    },
    step: text => {
      wipe()
      const began = clock.now()
      draw = () => {
        const line = `${text} (${Math.floor((clock.now() - began) / 1000)}s)`
        sink.write(`\r\u001b[2K${line.slice(0, sink.columns - 1)}`)
        shown = true
      }
      const tick = () => {
        draw()
        cancel = clock.after(tickMs, tick)
      }
      cancel = clock.after(quietMs, tick)
    },
  }
}
