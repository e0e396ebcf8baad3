import type { ServerResponse } from 'node:http'
import { type SeenRequest, statusBody } from './request.js'
import { type StoredEvent, type TestStorage, parsePath } from './storage.js'

/** The open watches of a test server, and what can go wrong with them. */
export class TestWatches {
  readonly open = new Set<ServerResponse>()
  /** While true, nothing is sent on watches and nobody is told. */
  mute = false
  readonly #storage: TestStorage

  constructor(storage: TestStorage) {
    this.#storage = storage
  }

  serve(request: SeenRequest, response: ServerResponse): void {
    const { root, namespace, plural } = parsePath(request.path)
    const from = Number(request.query.get('resourceVersion'))
    if (from < this.#storage.floor) {
      response.writeHead(410).end(statusBody(410, 'Expired', 'too old resource version'))
      return
    }
    const send = (event: StoredEvent): void => {
      const { type, object, collection } = event
      if (this.mute || response.writableEnded || collection !== `${root}/${plural}`) return
      if (namespace !== undefined && object.metadata.namespace !== namespace) return
      response.write(`${JSON.stringify({ type, object })}\n`)
    }
    response.writeHead(200)
    response.flushHeaders()
    this.open.add(response)
    this.#storage.history.filter(event => event.version > from).forEach(send)
    this.#storage.listeners.add(send)
    response.on('close', () => {
      this.open.delete(response)
      this.#storage.listeners.delete(send)
    })
  }

  bookmark(): void {
    const object = { kind: 'Widget', metadata: { resourceVersion: String(this.#storage.version) } }
    this.#all(response => response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`))
  }

  /** An ERROR event; with 410 the server has forgotten where the watch stands. */
  error(code: number, reason: string): void {
    this.#all(response => response.end(`{"type":"ERROR","object":${statusBody(code, reason, 'watch failed')}}\n`))
  }

  /** Sends as it is. */
  raw(text: string): void {
    this.#all(response => response.write(text))
  }

  endAll(): void {
    this.#all(response => response.end())
  }

  /** Destroys the connections. */
  breakAll(): void {
    this.#all(response => response.destroy())
  }

  #all(run: (response: ServerResponse) => void): void {
    for (const response of this.open) run(response)
  }
}
