import { execFile } from 'node:child_process'
import { KatametalError } from '../../base/errors.js'

/** How a program ended. `exitCode` is undefined when a signal ended it. */
export interface ProgramResult {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Nothing that we ask a BMC for is longer; more means that something is wrong with the answer. */
const outputLimit = 4 * 1024 * 1024

/**
 * Runs ipmitool and waits for its end. The password goes through the environment, where only the same user can see
 * it, never through the arguments. Nothing else of our own environment is handed on. An aborted signal kills the
 * process at once (SIGKILL: it has nothing to tidy up) and rejects with the signal's reason.
 *
 * @throws KatametalError IPMIToolMissing, BMCProtocol (output beyond all measure)
 */
export const runProgram = (
  path: string,
  args: readonly string[],
  password: string,
  signal: AbortSignal,
): Promise<ProgramResult> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(reasonOf(signal))
    const env = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LC_ALL: 'C',
      TZ: 'UTC',
      IPMI_PASSWORD: password,
    }
    execFile(
      path,
      args,
      { env, signal, killSignal: 'SIGKILL', maxBuffer: outputLimit, encoding: 'utf8' },
      (error, stdout, stderr) => {
        if (signal.aborted) return reject(reasonOf(signal))
        if (error === null) return resolve({ exitCode: 0, stdout, stderr })
        if (error.code === 'ENOENT' || error.code === 'EACCES')
          return reject(new KatametalError('IPMIToolMissing', { about: path, seen: error.code }))
        if (typeof error.code === 'string') return reject(new KatametalError('BMCProtocol', { seen: error.code }))
        resolve({ exitCode: error.code ?? undefined, stdout, stderr })
      },
    )
  })

const reasonOf = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError')
