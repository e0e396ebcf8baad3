import { toKatametalError } from '../../base/errors.js'
import { type AgentResult, agentPaths, bootDataSchema } from '../../deploy/protocol.js'
import type { Task } from '../agent.js'
import { writeConfigDrive } from '../disk/config-drive.js'
import { type Drive, findDrive } from '../inventory/drives.js'
import type { ManagerClient } from '../manager-client.js'
import type { RunProgram } from '../programs.js'

export interface HandOverWorld {
  readonly client: Pick<ManagerClient, 'send'>
  readonly drives: () => Promise<readonly Drive[]>
  readonly run: RunProgram
  readonly signal: AbortSignal
}

/**
 * Fetches the boot data, which is served once, and writes the config drive. Undefined when the manager wants to be
 * greeted first. Never throws.
 */
export const handOver = async (
  { taskID, device }: Extract<Task, { action: 'handover' }>,
  { client, drives, run, signal }: HandOverWorld,
): Promise<AgentResult | undefined> => {
  try {
    const { sizeBytes } = findDrive(await drives(), device)
    const { status, text } = await client.send('GET', agentPaths.bootdata)
    if (status === 409 || status >= 500) return undefined
    if (status !== 200)
      return { taskID, ok: false, code: 'AgentFailed', message: `the boot data was answered with ${status}` }
    await writeConfigDrive(device, sizeBytes, bootDataSchema.parse(JSON.parse(text)), run)
    return { taskID, ok: true, device }
  } catch (error) {
    signal.throwIfAborted()
    const { code, message } = toKatametalError(error)
    return { taskID, ok: false, code, message }
  }
}
