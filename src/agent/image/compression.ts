import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { KatametalError } from '../../base/errors.js'

export type Compression = 'none' | 'gzip' | 'zstd' | 'xz'

/** Long enough for every magic below. */
export const magicBytes = 6

const magics: readonly (readonly [Exclude<Compression, 'none'>, Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
]

/**
 * Told by the first bytes (RFC 1952, RFC 8878, the .xz format 1.2), never by a name. Throws ImageUnusable for a qcow2:
 * written as it is, it would not boot.
 */
export const compressionOf = (head: Buffer): Compression => {
  if (head.subarray(0, 4).equals(Buffer.from('QFI\xfb', 'latin1')))
    throw new KatametalError('ImageUnusable', { seen: 'it is a qcow2 file; convert it (qemu-img convert -O raw)' })
  return magics.find(([, magic]) => head.subarray(0, magic.length).equals(magic))?.[0] ?? 'none'
}

const outputBytes = 1024 * 1024

/**
 * The decompressed bytes of `source`. zstd and xz run as programs beside Node, on a core of their own. Throws
 * ImageUnusable for a stream that is damaged or cut off.
 */
export const decompress = (source: AsyncIterable<Buffer>, compression: Compression): AsyncIterable<Buffer> => {
  switch (compression) {
    case 'none':
      return source
    case 'gzip':
      return throughGunzip(source)
    case 'zstd':
      return throughProgram(source, 'zstd', ['-dcq', '--long=31'])
    case 'xz':
      return throughProgram(source, 'xz', ['-dcq', '-T0'])
  }
}

async function* throughGunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: outputBytes })
  yield* through(source, gunzip, gunzip, error => `gzip: ${error.message}`)
}

async function* throughProgram(
  source: AsyncIterable<Buffer>,
  program: string,
  words: readonly string[],
): AsyncGenerator<Buffer> {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = endOf(child, program)
  try {
    yield* through(source, child.stdin, child.stdout, error => `${program}: ${error.message}`)
    const problem = await ended
    if (problem !== undefined) throw damaged(problem)
  } finally {
    child.kill('SIGKILL')
  }
}

/** Undefined when the program ended well, else what it said last. Never rejects. */
const endOf = (child: ChildProcess, program: string): Promise<string | undefined> => {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-500)
  })
  return new Promise(resolve => {
    child.once('error', error => resolve(`${program} cannot be run: ${error.message}`))
    child.once('close', code => resolve(code === 0 ? undefined : said.trim() || `${program} ended with ${code ?? -1}`))
  })
}

/** What comes out while `source` is fed in. A failure of the source itself is thrown as it is. */
async function* through(
  source: AsyncIterable<Buffer>,
  input: Writable,
  output: Readable,
  describe: (error: Error) => string,
): AsyncGenerator<Buffer> {
  let failure: Error | undefined
  input.on('error', () => undefined)
  const feeding = feed(source, input).catch((error: unknown) => {
    failure = error instanceof Error ? error : new Error(String(error))
    output.destroy()
  })
  try {
    for await (const chunk of output as AsyncIterable<Buffer>) yield chunk
  } catch (error) {
    if (failure === undefined) throw damaged(describe(error as Error))
  } finally {
    input.destroy()
  }
  await feeding
  if (failure !== undefined) throw failure
}

const feed = async (source: AsyncIterable<Buffer>, input: Writable): Promise<void> => {
  for await (const chunk of source) {
    if (input.destroyed) return
    if (!input.write(chunk)) await roomIn(input)
  }
  input.end()
}

/** Until more can be written, or never again. */
const roomIn = (input: Writable): Promise<void> =>
  new Promise(resolve => {
    const events = ['drain', 'close', 'error'] as const
    const done = (): void => {
      for (const event of events) input.off(event, done)
      resolve()
    }
    for (const event of events) input.once(event, done)
    if (input.destroyed) done()
  })

const damaged = (seen: string): KatametalError =>
  new KatametalError('ImageUnusable', { seen: `it cannot be decompressed: ${seen}` })
