import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { askOn } from './console.js'

const terminal = () => {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
  const output = new PassThrough()
  let shown = ''
  output.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
  })
  return { input, output, shown: () => shown }
}

describe('asking on a terminal', () => {
  it('shows nothing of a password', async () => {
    const { input, output, shown } = terminal()
    const answer = askOn(input, output, 'Password: ', false, new AbortController().signal)
    input.write('geh')
    input.write('eim\r')
    expect(await answer).toBe('geheim')
    expect(shown()).toBe('Password: \n')
  })

  it('shows a user name while it is typed', async () => {
    const { input, output, shown } = terminal()
    const answer = askOn(input, output, 'Username: ', true, new AbortController().signal)
    input.write('root\r')
    expect(await answer).toBe('root')
    expect(shown()).toContain('root')
  })

  it('is given up on Ctrl-C', async () => {
    const { input, output } = terminal()
    const answer = askOn(input, output, 'Password: ', false, new AbortController().signal)
    input.write('\u0003')
    await expect(answer).rejects.toMatchObject({ code: 'Cancelled', about: 'Password' })
  })

  it('is given up at the end of the input and when the command is stopped', async () => {
    const ended = terminal()
    const first = askOn(ended.input, ended.output, 'Password: ', false, new AbortController().signal)
    ended.input.end()
    await expect(first).rejects.toMatchObject({ code: 'Cancelled' })
    const { input, output } = terminal()
    const stop = new AbortController()
    const second = askOn(input, output, 'Password: ', false, stop.signal)
    stop.abort()
    await expect(second).rejects.toMatchObject({ code: 'Cancelled' })
  })
})
