import { execFile } from 'node:child_process'
import { KatametalError } from '../base/errors.js'

/**
 * Runs a program to its end and returns what it wrote to stdout. Throws AgentFailed with the last words of stderr when
 * it ends with another code than 0, is missing, or takes longer than `timeoutMs` (a minute when not given).
 */
export type RunProgram = (
  program: string,
  words: readonly string[],
  options?: { readonly input?: string | Buffer; readonly timeoutMs?: number },
) => Promise<string>

export const runProgram: RunProgram = (program, words, { input = '', timeoutMs = 60_000 } = {}) =>
  new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...words],
      { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout)
        const last = stderr.trim().split('\n').slice(-3).join('; ')
        reject(
          new KatametalError('AgentFailed', {
            about: `${program} ${words.join(' ')}`.slice(0, 200),
            seen: error.killed === true ? `not done after ${timeoutMs} ms` : last === '' ? error.message : last,
          }),
        )
      },
    )
    // A program that ends before it has read everything is judged by its code.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
