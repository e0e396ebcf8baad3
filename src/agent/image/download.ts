import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { type Clock, sleep } from '../../base/clock.js'
import { KatametalError, toKatametalError } from '../../base/errors.js'

export interface DownloadOptions {
  /** PEM to pin; `roots` for the public authorities; `anybody` where a checksum decides what is good. */
  readonly trust: { readonly ca: string } | 'roots' | 'anybody'
  /** Sent to the first server only, never to where it redirects. */
  readonly token?: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** After a broken connection: from which byte it goes on, and why it broke. */
  readonly onResume?: (position: number, reason: string) => void
  /** How long nothing at all may arrive, over any number of tries; two minutes when not given. */
  readonly patienceMs?: number
}

export interface Download {
  /** Of the file, when the server tells. */
  readonly totalBytes: number | undefined
  /** Once only. Goes on after broken connections (RFC 9110 section 14). */
  readonly chunks: AsyncIterable<Buffer>
  /** Ends the connection. */
  close(): void
}

const defaultPatienceMs = 120_000
const idleMs = 30_000
const redirects = 5

/**
 * Opens a file behind http or https. Throws ImageMissing when it is not there, changes meanwhile, or when nothing
 * arrives for too long.
 */
export const download = async (url: string, options: DownloadOptions): Promise<Download> => {
  const file = new RemoteFile(url, options)
  const first = await file.open(0)
  return {
    totalBytes: file.totalBytes,
    chunks: file.read(first),
    close: () => file.close(),
  }
}

class RemoteFile {
  readonly #url: string
  readonly #options: DownloadOptions
  readonly #about: string
  #response: IncomingMessage | undefined
  #validator: string | undefined
  #heardAt: number
  totalBytes: number | undefined

  constructor(url: string, options: DownloadOptions) {
    this.#url = url
    this.#options = options
    this.#about = withoutQuery(url)
    this.#heardAt = options.clock.now()
  }

  close(): void {
    this.#response?.destroy()
  }

  async *read(first: IncomingMessage): AsyncGenerator<Buffer> {
    let position = 0
    for (let response = first; ; response = await this.#resume(position)) {
      let broken = ''
      try {
        for await (const chunk of response as AsyncIterable<Buffer>) {
          this.#heardAt = this.#options.clock.now()
          position += chunk.length
          yield chunk
        }
      } catch (error) {
        this.#options.signal.throwIfAborted()
        broken = toKatametalError(error).message
      }
      if (broken === '' && (this.totalBytes === undefined || position >= this.totalBytes)) return
      this.#options.onResume?.(position, broken === '' ? 'the connection ended early' : broken)
    }
  }

  /** Opens at `position`, again and again until the patience ends. */
  async open(position: number): Promise<IncomingMessage> {
    const { clock, signal, patienceMs = defaultPatienceMs } = this.#options
    for (let pause = 250; ; pause = Math.min(pause * 2, 4_000)) {
      const outcome = await this.#ask(position).catch((error: unknown) => {
        signal.throwIfAborted()
        if (error instanceof KatametalError) throw error
        return toKatametalError(error).message
      })
      if (typeof outcome !== 'string') return outcome
      if (clock.now() - this.#heardAt >= patienceMs) throw this.#missing(outcome)
      await sleep(clock, pause, signal)
    }
  }

  async #resume(position: number): Promise<IncomingMessage> {
    const response = await this.open(position)
    // A server without ranges sends everything again: what is known already is thrown away.
    if (position > 0 && response.statusCode === 200) await this.#skip(response, position)
    return response
  }

  /** The response, or why it makes sense to try again. Throws ImageMissing when it does not. */
  async #ask(position: number): Promise<IncomingMessage | string> {
    const response = await this.#follow(position)
    this.#response = response
    const { statusCode: status = 0 } = response
    if (status === 408 || status === 429 || status >= 500) {
      response.destroy()
      return `it answered ${status}`
    }
    if (status !== 200 && (status !== 206 || position === 0)) {
      response.destroy()
      throw this.#missing(`it answered ${status}`)
    }
    this.#remember(response, position)
    return response
  }

  /** Follows redirects (RFC 9110 section 15.4). */
  async #follow(position: number): Promise<IncomingMessage> {
    let url = new URL(this.#url)
    for (let turn = 0; turn <= redirects; turn++) {
      const response = await this.#request(url, position, turn === 0)
      const { location } = response.headers
      if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || location === undefined) return response
      response.destroy()
      url = new URL(location, url)
    }
    throw this.#missing(`it redirects more than ${redirects} times`)
  }

  #request(url: URL, position: number, own: boolean): Promise<IncomingMessage> {
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw this.#missing(`${url.protocol} cannot be fetched; use http or https`)
    const { token, signal, trust } = this.#options
    const options: RequestOptions = {
      agent: false,
      signal,
      timeout: idleMs,
      headers: {
        ...(token !== undefined && own ? { authorization: `Bearer ${token}` } : {}),
        ...(position > 0 ? { range: `bytes=${position}-` } : {}),
        ...(position > 0 && this.#validator !== undefined ? { 'if-range': this.#validator } : {}),
      },
      ...(trust === 'anybody' ? { rejectUnauthorized: false } : trust === 'roots' ? {} : { ca: trust.ca }),
    }
    return new Promise((resolve, reject) => {
      const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, resolve)
      sent.on('timeout', () => sent.destroy(new Error(`nothing arrived for ${idleMs / 1000} s`)))
      sent.on('error', reject)
      sent.end()
    })
  }

  #remember({ headers, statusCode }: IncomingMessage, position: number): void {
    const total = statusCode === 206 ? totalOf(headers['content-range'], position) : lengthOf(headers['content-length'])
    const validator = strongValidator(headers.etag)
    if (statusCode === 206 && total === undefined) throw this.#missing('it answered with another range')
    if (position > 0 && (total !== this.totalBytes || validator !== this.#validator))
      throw this.#missing('it was replaced while it was fetched')
    this.totalBytes = total
    this.#validator = validator
  }

  async #skip(response: IncomingMessage, bytes: number): Promise<void> {
    for (let left = bytes; left > 0; ) {
      const chunk = response.read(Math.min(left, response.readableLength || 1)) as Buffer | null
      if (chunk !== null) left -= chunk.length
      else if (response.readableEnded || response.destroyed) return
      else await new Promise<void>(resolve => void response.once('readable', resolve).once('close', resolve))
    }
  }

  #missing(seen: string): KatametalError {
    return new KatametalError('ImageMissing', { about: this.#about, seen })
  }
}

/** Weak ones may not be used for ranges (RFC 9110 section 13.1.5). */
const strongValidator = (etag: string | undefined): string | undefined =>
  etag === undefined || etag.startsWith('W/') ? undefined : etag

const lengthOf = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined

const totalOf = (header: string | undefined, position: number): number | undefined => {
  const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(header ?? '')
  return match !== null && Number(match[1]) === position ? Number(match[2]) : undefined
}

/** A query may hold a signature. */
const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, '').replace(/\/\/[^/@]*@/, '//')
