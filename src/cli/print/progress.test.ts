import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../test/support/manual-clock.js'
import { testConsole } from '../../../test/support/test-console.js'
import { createProgress } from './progress.js'

const begin = (tty: boolean, columns = 80) => {
  const console = testConsole({}, { tty, columns })
  const clock = new ManualClock()
  return { console, clock, progress: createProgress(console.err, clock) }
}

describe('progress', () => {
  it('says nothing of what takes less than two seconds', async () => {
    const { console, clock, progress } = begin(true)
    progress.step('logging in')
    await clock.advance(1900)
    progress.step('reading')
    await clock.advance(1900)
    progress.clear()
    expect(console.text.err).toBe('')
  })

  it('shows what is waited for and for how long, in one line that is drawn anew', async () => {
    const { console, clock, progress } = begin(true)
    progress.step('reading the inventory')
    await clock.advance(3000)
    expect(console.text.err).toBe('\r\u001b[2Kreading the inventory (2s)\r\u001b[2Kreading the inventory (3s)')
  })

  it('takes its line away at the end and leaves no timer', async () => {
    const { console, clock, progress } = begin(true)
    progress.step('reading')
    await clock.advance(2000)
    progress.clear()
    expect(console.text.err.endsWith('\r\u001b[2K')).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('makes room for other lines and stands below them again', async () => {
    const { console, clock, progress } = begin(true)
    progress.step('reading')
    progress.interrupt(() => console.err.write('early\n'))
    await clock.advance(2000)
    progress.interrupt(() => console.err.write('late\n'))
    expect(console.text.err).toBe('early\n\r\u001b[2Kreading (2s)\r\u001b[2Klate\n\r\u001b[2Kreading (2s)')
  })

  it('does not wrap on a narrow terminal', async () => {
    const { console, clock, progress } = begin(true, 10)
    progress.step('reading the inventory')
    await clock.advance(2000)
    expect(console.text.err).toBe('\r\u001b[2Kreading t')
  })

  it('is silent and sets no timer when nobody watches', async () => {
    const { console, clock, progress } = begin(false)
    progress.step('reading')
    expect(clock.pending).toBe(0)
    await clock.advance(10_000)
    progress.clear()
    expect(console.text.err).toBe('')
  })
})
