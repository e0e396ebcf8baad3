import type { Readable, Writable } from 'node:stream'

/** An event of the QEMU Machine Protocol, for example SHUTDOWN. */
export interface QmpEvent {
  readonly event: string
  readonly data?: Readonly<Record<string, unknown>>
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** A session of the QEMU Machine Protocol (docs/interop/qmp-spec.rst of QEMU) over any two streams. */
export class Qmp {
  readonly #input: Writable
  readonly #waiting = new Map<number, Waiting>()
  readonly #heard: (event: QmpEvent) => void
  #rest = ''
  #next = 1
  #closed = false

  constructor(output: Readable, input: Writable, heard: (event: QmpEvent) => void) {
    this.#input = input
    this.#heard = heard
    input.on('error', () => this.#close())
    output.on('data', (chunk: Buffer) => this.#take(chunk.toString('utf8')))
    output.once('close', () => this.#close())
    this.command('qmp_capabilities').catch(() => undefined)
  }

  /** What QEMU returns; rejects with its words, or when QEMU is gone. */
  command(execute: string, args: object = {}): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error('QEMU is gone'))
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#input.write(`${JSON.stringify({ execute, arguments: args, id })}\n`)
    })
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') this.#message(JSON.parse(line) as Message)
  }

  #message(message: Message): void {
    if (message.event !== undefined) return this.#heard({ event: message.event, ...dataOf(message) })
    const waiting = this.#waiting.get(message.id ?? 0)
    if (waiting === undefined) return
    this.#waiting.delete(message.id ?? 0)
    if (message.error === undefined) waiting.resolve(message.return)
    else waiting.reject(new Error(`${message.error.class}: ${message.error.desc}`))
  }

  #close(): void {
    this.#closed = true
    for (const { reject } of this.#waiting.values()) reject(new Error('QEMU is gone'))
    this.#waiting.clear()
  }
}

interface Message {
  readonly id?: number
  readonly return?: unknown
  readonly error?: { readonly class: string; readonly desc: string }
  readonly event?: string
  readonly data?: Record<string, unknown>
}

const dataOf = ({ data }: Message): { data?: Record<string, unknown> } => (data === undefined ? {} : { data })
