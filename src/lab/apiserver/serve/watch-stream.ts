import type { ServerResponse } from 'node:http'
import type { Clock } from '../../../base/clock.js'
import type { Faults } from '../faults.js'
import type { ApiResource } from '../resource.js'
import { expired, type StatusError } from '../status-error.js'

/** A client that lets this many bytes pile up is cut off rather than allowed to fill the memory. */
const backlogLimit = 16 * 1024 * 1024

export const errorLine = (error: StatusError): string =>
  `${JSON.stringify({ type: 'ERROR', object: error.toStatus() })}\n`

/** The lines of one watch on their way to the client, past the faults that are armed. Order is always kept. */
export class WatchStream {
  readonly #clock: Clock
  readonly #faults: Faults
  readonly #resource: ApiResource
  readonly #response: ServerResponse
  /** Lines that wait behind a late one. */
  #held: string[] | undefined
  #stalled = false

  constructor(clock: Clock, faults: Faults, resource: ApiResource, response: ServerResponse) {
    this.#clock = clock
    this.#faults = faults
    this.#resource = resource
    this.#response = response
  }

  /** Sends a change; the only kind of line that faults look at. */
  event(line: string): void {
    const fault = this.#faults.take(['stall', 'reset', 'gone', 'duplicate', 'late'], this.#resource.plural, 'watch')
    switch (fault?.kind) {
      case 'stall':
        this.#stalled = true
        return
      case 'reset':
        this.#response.write(line.slice(0, line.length / 2), () => this.#response.destroy())
        this.#stalled = true
        return
      case 'gone':
        this.gone()
        return
      case 'late':
        this.#hold(fault.delayMs ?? 1000)
        break
      case 'duplicate':
        this.send(line)
        break
      default:
    }
    this.send(line)
  }

  /** Sends a line as it is: bookmarks and what follows late lines. */
  send(line: string): void {
    if (this.#stalled || this.#response.writableEnded) return
    if (this.#held !== undefined) this.#held.push(line)
    else if (this.#response.writableLength > backlogLimit) this.#response.destroy()
    else this.#write(line)
  }

  /** Lines of one turn of the event loop leave together: each write is a TLS record and a system call of its own. */
  #write(line: string): void {
    if (this.#response.writableCorked === 0) {
      this.#response.cork()
      setImmediate(() => this.#response.uncork())
    }
    this.#response.write(line)
  }

  /** Tells the client that its history is gone, and ends. */
  gone(): void {
    this.send(errorLine(expired('too old resource version: the history was forgotten')))
    this.end()
  }

  end(): void {
    if (this.#stalled) return
    // Node 22 and later drop what is corked when the response ends.
    if (this.#response.writableCorked > 0) this.#response.uncork()
    this.#response.end()
    this.#stalled = true
  }

  #hold(ms: number): void {
    if (this.#held !== undefined) return
    this.#held = []
    this.#clock.after(ms, () => {
      const lines = this.#held ?? []
      this.#held = undefined
      for (const line of lines) this.send(line)
    })
  }
}
