import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { KatametalError } from '../base/errors.js'

/** Everything through which a command meets the world; passed in, so that tests can look and answer. */
export interface Console {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly out: Sink
  readonly err: Sink
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** Asks a person. Undefined when there is nobody to ask: standard input is not a terminal. */
  readonly ask: ((question: string, echo: boolean) => Promise<string>) | undefined
}

export interface Sink {
  readonly isTTY: boolean
  readonly columns: number
  write(text: string): void
}

/** The console of this process. */
export const processConsole = (signal: AbortSignal): Console => ({
  environment: process.env,
  out: sinkOf(process.stdout),
  err: sinkOf(process.stderr),
  signal,
  ask: process.stdin.isTTY
    ? (question, echo) => askOn(process.stdin, process.stderr, question, echo, signal)
    : undefined,
})

const sinkOf = (stream: NodeJS.WriteStream): Sink => ({
  get isTTY() {
    return stream.isTTY
  },
  get columns() {
    return stream.isTTY ? stream.columns : 80
  },
  write: text => {
    stream.write(text)
  },
})

/**
 * Asks on a terminal; without `echo` nothing of the answer is shown. The question goes to standard error, so that the
 * output can be piped. Throws Cancelled on Ctrl-C or end of input.
 */
export const askOn = (
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  question: string,
  echo: boolean,
  signal: AbortSignal,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
    const lines = createInterface({ input, output: echo ? output : silent, terminal: true })
    const cancel = () => lines.close()
    output.write(question)
    lines.once('line', answer => {
      lines.removeAllListeners('close')
      lines.close()
      if (!echo) output.write('\n')
      signal.removeEventListener('abort', cancel)
      resolve(answer)
    })
    lines.once('SIGINT', cancel)
    lines.once('close', () => {
      output.write('\n')
      signal.removeEventListener('abort', cancel)
      reject(new KatametalError('Cancelled', { about: question.replace(/:? *$/, '') }))
    })
    signal.addEventListener('abort', cancel, { once: true })
  })
