import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { packageRoot } from '../../base/package-root.js'
import { Processes } from './processes.js'
import { until } from './until.js'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'katametal-processes-'))
  folders.push(folder)
  return folder
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('background programs', () => {
  it('write their log, and are all gone when they are closed', async () => {
    const folder = await newFolder()
    const processes = await Processes.open(folder)
    const program = processes.start('talker', '/bin/sh', ['-c', 'echo hello; exec sleep 60'])
    await until('its first word', 5_000, [program], async () => (await program.tail()) === 'hello')
    expect(program.alive).toBe(true)
    await processes.close()
    expect(program.alive).toBe(false)
    expect(runs(program.pid)).toBe(false)
    expect(await readFile(join(folder, 'log/talker.log'), 'utf8')).toBe('hello\n')
  })

  it('that end early are told of at once, with the end of their log', async () => {
    const processes = await Processes.open(await newFolder())
    const program = processes.start('victim', '/bin/sh', ['-c', 'echo no such flag >&2; exit 1'])
    await expect(until('a miracle', 20_000, [program], async () => false)).rejects.toMatchObject({
      about: 'victim',
      seen: expect.stringContaining('no such flag'),
    })
    await processes.close()
  })

  it('that are not ready in time are told of with what they said last', async () => {
    const processes = await Processes.open(await newFolder())
    const program = processes.start('slow', '/bin/sh', ['-c', 'echo thinking; exec sleep 60'])
    await until('its first word', 5_000, [program], async () => (await program.tail()) !== '')
    await expect(until('an answer', 200, [program], async () => false)).rejects.toMatchObject({
      code: 'DeadlineExceeded',
      seen: expect.stringContaining('slow: thinking'),
    })
    await processes.close()
  })

  it('end, and their folder goes, when the process that started them is killed', async () => {
    const folder = join(await newFolder(), 'bed')
    const script = `
      const { Processes } = await import(${JSON.stringify(join(packageRoot(), 'src/lab/kubernetes/processes.ts'))})
      const processes = await Processes.open(${JSON.stringify(folder)})
      console.log(processes.start('orphan', '/bin/sh', ['-c', 'exec sleep 60']).pid)
      setInterval(() => undefined, 1000)`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: packageRoot(),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    expect(runs(pid)).toBe(true)
    child.kill('SIGKILL')
    for (let turn = 0; turn < 100 && (runs(pid) || (await exists(folder))); turn++) await pause(50)
    expect(runs(pid)).toBe(false)
    expect(await exists(folder)).toBe(false)
  })
})
