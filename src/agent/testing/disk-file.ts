import { execFileSync } from 'node:child_process'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunProgram, runProgram } from '../programs.js'

/** A disk that is a file; tools that only work on block devices do nothing. */
export interface DiskFile {
  readonly path: string
  readonly folder: string
  readonly run: RunProgram
  /** What was run, oldest first. */
  readonly ran: string[]
  read(): Promise<Buffer>
  fill(bytes: Buffer | string, at: number): Promise<void>
  remove(): Promise<void>
}

export const createDiskFile = async (bytes: number): Promise<DiskFile> => {
  const folder = await mkdtemp(join(tmpdir(), 'disk-'))
  const path = join(folder, 'disk')
  const file = await open(path, 'w')
  await file.truncate(bytes)
  await file.close()
  const ran: string[] = []
  return {
    path,
    folder,
    ran,
    run: async (program, words, options) => {
      ran.push([program, ...words].join(' '))
      return program === 'blockdev' ? '' : runProgram(program, words, options)
    },
    read: () => readFile(path),
    fill: async (contents, at) => {
      const handle = await open(path, 'r+')
      await handle.write(Buffer.from(contents), 0, undefined, at)
      await handle.close()
    },
    remove: () => rm(folder, { recursive: true }),
  }
}

/** Whether programs are there; suites that need them are skipped otherwise. */
export const haveAll = (...programs: readonly string[]): boolean => {
  try {
    for (const program of programs) execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
