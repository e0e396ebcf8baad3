import { repeatAfterMs } from './act.js'
import { nameOf } from './command-traits.js'
import type { HostCommand } from './commands.js'

/**
 * Which commands were sent to one host in its present step, and when; milliseconds since the epoch. Lost with the
 * process: then they are sent once more, which is harmless.
 */
export class SentCommands {
  #since: string | undefined
  readonly #times = new Map<string, { readonly first: number; readonly last: number }>()

  /** The host is in the step that it entered at `since`; what was sent in another one does not count. */
  inStep(since: string | undefined): void {
    if (this.#since !== since) this.begin(since)
  }

  /** The host enters a step. */
  begin(since: string | undefined): void {
    this.#since = since
    this.#times.clear()
  }

  note(command: HostCommand, now: number): void {
    this.#times.set(nameOf(command), { first: this.firstSent(command) ?? now, last: now })
    // A server that was booted once more has all its patience again.
    if (command.type === 'bootAgent') this.#times.delete('awaitAgent')
  }

  /** Forgets what is not asked for any more: it has had its effect, and the next time is a first time. */
  keepOnly(wanted: readonly HostCommand[]): void {
    const names = new Set(wanted.map(nameOf))
    for (const name of [...this.#times.keys()]) if (!names.has(name)) this.#times.delete(name)
  }

  /** Those of the commands that are not waiting for their effect to show. */
  due(commands: readonly HostCommand[], now: number): HostCommand[] {
    return commands.filter(command => {
      const last = this.#times.get(nameOf(command))?.last
      return last === undefined || now - last >= repeatAfterMs(command)
    })
  }

  firstSent(command: HostCommand): number | undefined {
    return this.#times.get(nameOf(command))?.first
  }

  /** Whether it was sent, and not yet a second time. */
  sentOnce(command: HostCommand): boolean {
    const times = this.#times.get(nameOf(command))
    return times !== undefined && times.first === times.last
  }

  /** When the first of all commands was sent; undefined when none was. */
  get oldest(): number | undefined {
    const [first] = [...this.#times.values()].map(times => times.first).sort((a, b) => a - b)
    return first
  }
}
