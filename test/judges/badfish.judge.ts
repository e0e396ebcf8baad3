import { describe, expect, it } from 'vitest'
import { judgeProgram } from './installed.js'
import { judging, type JudgedBmc } from './judged-bmc.js'
import { runProgram } from './run-program.js'

const badfish = async ({ url, user, password, folder, env }: JudgedBmc, ...words: readonly string[]) => {
  const { stdout, stderr } = await runProgram(judgeProgram('badfish'), ['-H', url.replace('https://', ''), ...words], {
    folder,
    env: { ...env, BADFISH_USERNAME: user, BADFISH_PASSWORD: password },
  })
  return stdout + stderr
}

// Its questions share one server, as its users do; each opens a session of its own and ends it.
describe('badfish on the Dell-like persona', () => {
  it.each([
    [['--power-state'], "'On'"],
    [['--ls-jobs'], 'Found active jobs: None'],
    [['--ls-interfaces'], 'MACAddress: 02:4b:4d'],
    [['--ls-processors'], 'TotalThreads: 56'],
    [['--ls-memory'], 'TotalSystemMemoryGiB: 512'],
    [['--check-virtual-media'], 'Inserted: False'],
    [['--get-bios-attribute', '--attribute', 'ProcVirtualization'], 'CurrentValue: Disabled'],
  ])('answers %j with %j', (words, answer) =>
    judging('dell', async judged => {
      const said = await badfish(judged, ...words)
      expect(said).toContain(answer)
      expect(said).not.toMatch(/ERROR|Traceback/)
      expect(judged.bmc.sessions, 'sessions that badfish left').toBe(0)
    }),
  )

  it('switches the server off and on', () =>
    judging('dell', async judged => {
      await badfish(judged, '--power-off')
      expect(judged.bmc.power).toBe('Off')
      await badfish(judged, '--power-on')
      expect(judged.bmc.power).toBe('On')
    }))

  it('sets a BIOS attribute by a job and a restart', () =>
    judging('dell', async judged => {
      const words = ['--set-bios-attribute', '--attribute', 'ProcVirtualization', '--value', 'Enabled']
      expect(await badfish(judged, ...words)).not.toMatch(/ERROR|Traceback/)
      expect(judged.bmc.bios.current).toMatchObject({ ProcVirtualization: 'Enabled' })
      expect(judged.bmc.journal.happened.filter(what => what.startsWith('bios'))).toEqual([
        'bios write ProcVirtualization',
        'bios applied ProcVirtualization',
      ])
    }))
})
