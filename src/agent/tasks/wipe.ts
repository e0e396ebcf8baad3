import { KatametalError, toKatametalError } from '../../base/errors.js'
import type { AgentResult, WipeProof } from '../../deploy/protocol.js'
import type { ReportProgress, Task } from '../agent.js'
import type { AgentLog } from '../agent-log.js'
import { eraseByDrive } from '../disk/erase.js'
import { forgetCache, isZero } from '../disk/read-disk.js'
import { endsOf, mebibyte, writeZeros } from '../disk/zeros.js'
import type { Drive } from '../inventory/drives.js'
import type { RunProgram } from '../programs.js'

export type WipeTask = Extract<Task, { action: 'wipe' }>

export interface WipeWorld {
  readonly drives: () => Promise<readonly Drive[]>
  /** Where the partitions of a drive are, in bytes, as the kernel sees them now. */
  readonly partitions: (device: string) => Promise<readonly { readonly start: number; readonly length: number }[]>
  readonly run: RunProgram
  readonly log: AgentLog
  readonly signal: AbortSignal
}

/**
 * Wipes every drive that is not to be kept and proves it by looking again. Goes on with the others when one fails, and
 * reports the failure. Never throws.
 */
export const wipe = async (task: WipeTask, progress: ReportProgress, world: WipeWorld): Promise<AgentResult> => {
  const { taskID, keep } = task
  const victims = (await world.drives()).filter(({ deviceName }) => !keep.includes(deviceName))
  const proof: WipeProof[] = []
  const failures: KatametalError[] = []
  progress({ phase: 'Wiping', bytes: 0 })
  for (const drive of victims) {
    try {
      proof.push(await wipeDrive(drive, task, progress, world))
    } catch (error) {
      world.signal.throwIfAborted()
      failures.push(toKatametalError(error, drive.deviceName))
    }
  }
  const wiped = proof.map(({ device }) => device)
  const [failure] = failures
  return failure === undefined
    ? { taskID, ok: true, wiped, proof }
    : {
        taskID,
        ok: false,
        wiped,
        proof,
        code: failure.code,
        message: failures.map(({ message }) => message).join('; '),
      }
}

const wipeDrive = async (
  drive: Drive,
  { level }: WipeTask,
  progress: ReportProgress,
  world: WipeWorld,
): Promise<WipeProof> => {
  const { deviceName, sizeBytes, serialNumber } = drive
  world.log.say(`wiping ${deviceName}: ${level}`)
  const partitions = await world.partitions(deviceName)
  const method = await empty(drive, level, progress, world)
  // What holds file systems, volume groups and RAID sets together is at the ends of partitions and of the disk.
  await writeZeros(deviceName, [
    ...partitions.flatMap(({ start, length }) => endsOf(length, start)),
    ...endsOf(sizeBytes),
  ])
  const seen = await look(drive, world)
  if (!seen.firstMiBZero || !seen.lastMiBZero || seen.partitions > 0)
    throw new KatametalError('AgentFailed', {
      about: deviceName,
      seen: `it still shows data after the wipe: ${JSON.stringify(seen)}`,
    })
  return { device: deviceName, ...(serialNumber === undefined ? {} : { serialNumber }), sizeBytes, method, ...seen }
}

const empty = async (
  drive: Drive,
  level: WipeTask['level'],
  progress: ReportProgress,
  { run, log }: WipeWorld,
): Promise<WipeProof['method']> => {
  if (level === 'metadata') return 'metadata'
  if (level === 'erase') {
    const method = await eraseByDrive(drive, run)
    if (method !== undefined) return method
    log.say(`${drive.deviceName} offers no erase of its own; writing zeros`)
  }
  await writeZeros(drive.deviceName, [{ start: 0, length: drive.sizeBytes }], bytes =>
    progress({ phase: 'Wiping', bytes, totalBytes: drive.sizeBytes }),
  )
  return 'overwrite'
}

const look = async ({ deviceName, sizeBytes }: Drive, { run, partitions }: WipeWorld) => {
  await forgetCache(deviceName, run)
  await run('blockdev', ['--rereadpt', deviceName])
  const length = Math.min(mebibyte, sizeBytes)
  return {
    firstMiBZero: await isZero(deviceName, 0, length),
    lastMiBZero: await isZero(deviceName, sizeBytes - length, length),
    partitions: (await partitions(deviceName)).length,
  }
}
