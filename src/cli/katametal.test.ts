import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { credentials } from '../../test/support/bmc-client.js'
import { systemClock } from '../base/clock.js'
import { packageRoot } from '../base/package-root.js'
import { startBmcSimulator } from '../lab/bmc/simulator.js'

const start = (...words: readonly string[]): ChildProcess =>
  spawn(process.execPath, ['--import', 'tsx', join(packageRoot(), 'src/cli/katametal.ts'), ...words], {
    cwd: packageRoot(),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      KATAMETAL_BMC_USERNAME: credentials.username,
      KATAMETAL_BMC_PASSWORD: credentials.password,
    },
  })

const collect = async (child: ChildProcess) => {
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const [exit] = await once(child, 'close')
  return { exit, out, err }
}

describe('the katametal process', () => {
  it('stays until a command that waits is done', { timeout: 60_000 }, async () => {
    const bmc = await startBmcSimulator({ persona: 'dell', credentials, clock: systemClock, timings: { speed: 5 } })
    try {
      const { exit, out } = await collect(start('bmc', 'power', bmc.url, 'on', '--fingerprint', bmc.fingerprint))
      expect(exit).toBe(0)
      expect(out).toMatch(/on +Off +On/)
      expect(bmc.power).toBe('On')
    } finally {
      await bmc.stop()
    }
  })

  it('logs out and ends with 130 on Ctrl-C', { timeout: 60_000 }, async () => {
    const bmc = await startBmcSimulator({ persona: 'dell', credentials, clock: systemClock })
    bmc.faults.add({ effect: { kind: 'hang' }, path: /Bios/ })
    try {
      const child = start('bmc', 'plan', bmc.url, '--insecure')
      const ended = collect(child)
      await expect.poll(() => bmc.sessions, { timeout: 40_000 }).toBe(1)
      child.kill('SIGINT')
      expect(await ended).toMatchObject({ exit: 130, out: '', err: expect.stringContaining('(Cancelled)') })
      expect(bmc.sessions).toBe(0)
    } finally {
      await bmc.stop()
    }
  })
})
