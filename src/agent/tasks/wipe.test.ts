import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import { AgentLog } from '../agent-log.js'
import type { RunProgram } from '../programs.js'
import { createDiskFile, type DiskFile } from '../testing/disk-file.js'
import { wipe, type WipeTask, type WipeWorld } from './wipe.js'

const mebibyte = 1024 * 1024
const sizeBytes = 10 * mebibyte
let one: DiskFile
let two: DiskFile
let partitions: { start: number; length: number }[]
/** What the kernel sees after the table was read again. */
let partitionsAfter: { start: number; length: number }[]

beforeEach(async () => {
  ;[one, two] = [await createDiskFile(sizeBytes), await createDiskFile(sizeBytes)]
  for (const disk of [one, two]) await disk.fill(Buffer.alloc(sizeBytes, 'x'), 0)
  partitions = [{ start: 2 * mebibyte, length: 4 * mebibyte }]
  partitionsAfter = []
})
afterEach(async () => {
  await one.remove()
  await two.remove()
})

const task = (more: Partial<WipeTask> = {}): WipeTask => ({
  action: 'wipe',
  taskID: 'op.wipe.0',
  level: 'metadata',
  keep: [],
  ...more,
})

const world = (more: Partial<WipeWorld> = {}): WipeWorld => {
  let reread = false
  return {
    drives: async () => [
      { deviceName: one.path, sizeBytes, serialNumber: 'S1' },
      { deviceName: two.path, sizeBytes },
    ],
    partitions: async () => (reread ? partitionsAfter : partitions),
    run: async (program, words) => {
      if (words[0] === '--rereadpt') reread = true
      return one.run(program, words)
    },
    log: new AgentLog(systemClock, () => undefined),
    signal: new AbortController().signal,
    ...more,
  }
}

/** The MiBs that hold nothing but zeros. */
const emptyMiBs = async (disk: DiskFile): Promise<number[]> => {
  const bytes = await disk.read()
  return Array.from({ length: 10 }, (_, index) => index).filter(index =>
    bytes.subarray(index * mebibyte, (index + 1) * mebibyte).every(byte => byte === 0),
  )
}

describe('wiping', () => {
  it('empties both ends of the disk and of every partition, and proves it', async () => {
    const result = await wipe(task({ keep: [two.path] }), () => undefined, world())
    expect(result).toEqual({
      taskID: 'op.wipe.0',
      ok: true,
      wiped: [one.path],
      proof: [
        {
          device: one.path,
          serialNumber: 'S1',
          sizeBytes,
          method: 'metadata',
          firstMiBZero: true,
          lastMiBZero: true,
          partitions: 0,
        },
      ],
    })
    expect(await emptyMiBs(one)).toEqual([0, 2, 5, 9])
  })

  it('never touches a disk on the keep-list', async () => {
    await wipe(task({ keep: [two.path] }), () => undefined, world())
    expect(await emptyMiBs(two)).toEqual([])
  })

  it('overwrites everything when asked to, telling how far it is', async () => {
    const seen: { bytes: number; totalBytes?: number | undefined }[] = []
    const result = await wipe(task({ level: 'overwrite', keep: [two.path] }), progress => seen.push(progress), world())
    expect(result.proof?.[0]?.method).toBe('overwrite')
    expect(await emptyMiBs(one)).toHaveLength(10)
    expect(seen.at(-1)).toMatchObject({ phase: 'Wiping', bytes: sizeBytes, totalBytes: sizeBytes })
  })

  it('overwrites what cannot erase itself', async () => {
    const result = await wipe(task({ level: 'erase', keep: [two.path] }), () => undefined, world())
    expect(result.proof?.[0]?.method).toBe('overwrite')
    expect(await emptyMiBs(one)).toHaveLength(10)
  })

  it('does not call a disk wiped on which partitions are still seen', async () => {
    partitionsAfter = [{ start: 0, length: 1 }]
    const result = await wipe(task({ keep: [two.path] }), () => undefined, world())
    expect(result).toMatchObject({
      ok: false,
      wiped: [],
      code: 'AgentFailed',
      message: expect.stringContaining('"partitions":1'),
    })
  })

  it('goes on with the others when one fails, and reports the failure', async () => {
    const run: RunProgram = async (program, words) => {
      if (words.includes(one.path)) throw new KatametalError('AgentFailed', { about: one.path, seen: 'no such tool' })
      return two.run(program, words)
    }
    const result = await wipe(task(), () => undefined, world({ run, partitions: async () => [] }))
    expect(result).toMatchObject({ ok: false, wiped: [two.path], code: 'AgentFailed' })
    expect(await emptyMiBs(two)).toEqual([0, 9])
  })
})
