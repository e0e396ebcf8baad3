import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.js'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program to its end in a folder of its own, because these programs write reports where they stand. It is
 * killed after `seconds`, with all that it started.
 */
export const runProgram = async (
  program: string,
  args: readonly string[],
  { env = {}, folder, seconds = 180 }: { env?: Record<string, string>; folder: string; seconds?: number },
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...env }, detached: true })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    const cancel = systemClock.after(seconds * 1000, () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    })
    child.on('error', reject)
    child.on('close', code => {
      cancel()
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })
    })
  })

/** Calls `use` with a new folder and removes it afterwards. */
export const inFolder = async <T>(use: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'katametal-judge-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
