import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a program to its end and answers what it printed. Throws with its last words when it fails. */
export const runProgram = async (program: string, args: readonly string[], input: string): Promise<string> => {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const closed = once(child, 'close') as Promise<[number | null]>
  child.stdin.end(input)
  const [out, err, [code]] = await Promise.all([child.stdout.toArray(), child.stderr.toArray(), closed])
  if (code !== 0)
    throw new Error(
      `${program} ended with ${code}: ${Buffer.concat(err as Buffer[])
        .toString()
        .slice(-2000)}`,
    )
  return Buffer.concat(out as Buffer[]).toString()
}
