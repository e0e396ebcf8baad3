import { rfc3339, type Clock } from '../base/clock.js'
import type { AgentLogLines } from '../deploy/protocol.js'

type Line = AgentLogLines['lines'][number]

/** Lines kept for a manager that cannot be reached; older ones are on the console only. */
const keptLines = 2_000
const linesAtOnce = 200

/** What the agent says: at once on the console of the server, and kept until the manager has acknowledged it. */
export class AgentLog {
  readonly #clock: Clock
  readonly #write: (line: string) => void
  #lines: Line[] = []

  constructor(clock: Clock, write: (line: string) => void) {
    this.#clock = clock
    this.#write = write
  }

  /** One line; never a secret. */
  say(text: string): void {
    const line = { time: rfc3339(this.#clock.now()), text: text.replaceAll(/\s+/g, ' ').slice(0, 1000) }
    this.#write(`katametal: ${line.text}`)
    this.#lines.push(line)
    if (this.#lines.length > keptLines) this.#lines = this.#lines.slice(-keptLines)
  }

  /** Hands the oldest unsent lines to `send`; they stay when it throws or answers false. */
  async ship(send: (lines: AgentLogLines) => Promise<boolean>): Promise<void> {
    const lines = this.#lines.slice(0, linesAtOnce)
    if (lines.length === 0 || !(await send({ lines }))) return
    this.#lines = this.#lines.filter(line => !lines.includes(line))
  }
}
