import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.js'
import { testConsole } from '../../test/support/test-console.js'
import { run } from './program.js'

const katametal = async (...words: readonly string[]) => {
  const console = testConsole()
  return { exit: await run(words, console, new ManualClock()), ...console.text }
}

describe('the katametal command', () => {
  it('tells its version, for people and for programs', async () => {
    const { out } = await katametal('version', '-o', 'json')
    const { katametal: version, node } = JSON.parse(out)
    expect(version).toMatch(/^\d+\.\d+\.\d+/)
    expect(node).toBe(process.versions.node)
    expect((await katametal('--version')).out).toBe(`${version}\n`)
    expect((await katametal('version')).out).toContain(version)
  })

  it('lists what it can do, on standard output and with exit code 0, when asked for help', async () => {
    const { exit, out, err } = await katametal('--help')
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    for (const group of ['lab', 'bmc', 'host', 'kud', 'manager', 'version'])
      expect(out).toMatch(new RegExp(`^  ${group}\\b`, 'm'))
  })

  it('says the same on standard error, with exit code 2, when it is told nothing', async () => {
    const { exit, out, err } = await katametal()
    expect({ exit, out }).toEqual({ exit: 2, out: '' })
    expect(err).toContain('Usage: katametal')
  })

  it.each([
    ['lab'],
    ['bmc', 'doctor'],
    ['bmc', 'inspect'],
    ['bmc', 'plan'],
    ['bmc', 'apply'],
    ['bmc', 'power'],
    ['host', 'list'],
    ['host', 'show'],
    ['host', 'explain'],
    ['host', 'retry'],
    ['kud', 'render'],
    ['version'],
  ])('has help with an example for %s %s', async (...words) => {
    const { exit, out, err } = await katametal(...words.filter(word => typeof word === 'string'), '--help')
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    expect(out).toMatch(/Examples?:\n/)
    expect(out).toContain(`katametal ${words.join(' ')}`)
  })

  it('shows the same help by the word help', async () => {
    expect((await katametal('help', 'bmc')).out).toBe((await katametal('bmc', '--help')).out)
  })

  it.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['bmc', 'frobnicate'], "unknown command 'frobnicate'"],
    [['version', '--loud'], "unknown option '--loud'"],
  ])('refuses %j with exit code 2 and says how to get help', async (words, text) => {
    const { exit, out, err } = await katametal(...words)
    expect({ exit, out }).toEqual({ exit: 2, out: '' })
    expect(err).toContain(text)
    expect(err).toContain('--help')
  })
})
