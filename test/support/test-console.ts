import type { Console } from '../../src/cli/console.js'

export interface TestConsole extends Console {
  /** Everything written so far. */
  readonly text: { out: string; err: string }
  readonly abort: () => void
}

/** A console that remembers what was written; no terminal and nobody to ask, unless told otherwise. */
export const testConsole = (
  environment: Record<string, string> = {},
  options: { tty?: boolean; columns?: number; answers?: readonly string[] } = {},
): TestConsole => {
  const stop = new AbortController()
  const text = { out: '', err: '' }
  const answers = options.answers === undefined ? undefined : [...options.answers]
  const sink = (name: 'out' | 'err') => ({
    isTTY: options.tty ?? false,
    columns: options.columns ?? 80,
    write: (more: string) => {
      text[name] += more
    },
  })
  return {
    environment,
    out: sink('out'),
    err: sink('err'),
    signal: stop.signal,
    text,
    abort: () => stop.abort(),
    ask:
      answers === undefined
        ? undefined
        : async (question, echo) => {
            text.err += `${question}${echo ? '' : '(hidden) '}`
            return answers.shift() ?? ''
          },
  }
}
