import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { stringify } from 'yaml'
import { KatametalError } from '../../base/errors.js'

/** Runs one of Kubernetes' own commands to its end and returns what it prints; throws KubernetesRejected with its words. */
export type Command = (
  args: readonly string[],
  input?: string,
  environment?: Readonly<Record<string, string>>,
) => Promise<string>

/** The command at `path`, with arguments that always come first and an environment of its own on top of this one. */
export const commandAt =
  (path: string, first: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Command =>
  async (args, input, more = {}) => {
    const child = spawn(path, [...first, ...args], { stdio: 'pipe', env: { ...environment, ...more } })
    child.stdin.on('error', () => undefined)
    child.stdin.end(input ?? '')
    const ended = once(child, 'exit') as Promise<[number | null]>
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    if (code !== 0)
      throw new KatametalError('KubernetesRejected', {
        about: args.slice(0, 2).join(' '),
        seen: err.trim() || out,
      })
    return out
  }

/** `kubectl apply --server-side`: some CRDs are larger than what a client-side apply can keep in an annotation. */
export const applyAll = async (kubectl: Command, objects: readonly object[]): Promise<void> => {
  if (objects.length === 0) return
  const documents = objects.map(object => stringify(object, { aliasDuplicateObjects: false })).join('---\n')
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], documents)
}
